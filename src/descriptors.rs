//! File descriptors: how many there are for connections, so that some are left for everything else.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many connections there may be, at most as many as are wanted. The limit of this process is raised for them as far
/// as that is allowed (`LimitNOFILE` in the unit), and a reserve is kept.
#[must_use]
pub fn for_connections(wanted: usize) -> usize {
    let needed = wanted.saturating_add(RESERVE);
    within(wanted, raised(needed))
}

/// The limit, raised to this where it is lower and may be higher.
fn raised(needed: usize) -> usize {
    let needed = u64::try_from(needed).unwrap_or(u64::MAX);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let possible = maximum.map_or(needed, |maximum| maximum.min(needed));
    let is_low = current.is_some_and(|current| current < possible);
    let raised = Rlimit {
        current: Some(possible),
        maximum,
    };
    let limit = if is_low && setrlimit(Resource::Nofile, raised).is_ok() {
        Some(possible)
    } else {
        current
    };
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

/// Some are left even where there are hardly any: without a connection nobody gets in.
fn within(wanted: usize, limit: usize) -> usize {
    let reserve = RESERVE.min(limit / 2);
    wanted.min(limit - reserve)
}

/// For the files of a reload, key servers, listeners, and whoever is accepted before somebody else makes room.
const RESERVE: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_a_reserve() {
        for (wanted, limit, expected) in [
            (1_024, 524_288, 1_024),
            (1_024, 1_152, 1_024),
            (1_024, 1_024, 896),
            (1_024, 200, 100),
            (10, 200, 10),
            (1_024, 0, 0),
            (1_024, usize::MAX, 1_024),
        ] {
            assert_eq!(within(wanted, limit), expected, "{wanted} of {limit}");
        }
    }
}
