//! What the kernel knows of this process.

use std::sync::OnceLock;
use std::time::Duration;

use procfs::process::{self, LimitValue, Stat};

use crate::clock;

/// The process in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Process {
    /// When it was started, in Unix seconds.
    pub started: i64,
    /// The processor time that it has had.
    pub processor_time: Duration,
    /// Its memory in RAM, in bytes.
    pub resident_bytes: u64,
    /// Its address space, in bytes.
    pub virtual_bytes: u64,
    /// Its open file descriptors.
    pub descriptors: usize,
    /// How many it may have.
    pub most_descriptors: Option<u64>,
}

impl Process {
    /// This process. None where the kernel does not tell, or a descriptor to ask with is not to be had.
    #[must_use]
    pub fn of_this() -> Option<Self> {
        let this = process::Process::myself().ok()?;
        let stat = this.stat().ok()?;
        let limits = this.limits().ok()?;
        Some(Self {
            started: *STARTED.get_or_init(|| started(&stat)),
            processor_time: ticks(stat.utime.saturating_add(stat.stime)),
            resident_bytes: stat.rss.saturating_mul(page_bytes()),
            virtual_bytes: stat.vsize,
            descriptors: this.fd_count().ok()?,
            most_descriptors: match limits.max_open_files.soft_limit {
                LimitValue::Unlimited => None,
                LimitValue::Value(most) => Some(most),
            },
        })
    }
}

/// The start is told in time since the boot. It is translated once: a clock that is set later must not seem to be another start.
fn started(stat: &Stat) -> i64 {
    let age = clock::since_boot().saturating_sub(ticks(stat.starttime));
    let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
    clock::unix_time().saturating_sub(age)
}

fn ticks(count: u64) -> Duration {
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_nanos(count.saturating_mul(1_000_000_000 / per_second))
}

fn page_bytes() -> u64 {
    u64::try_from(rustix::param::page_size()).unwrap_or(0)
}

static STARTED: OnceLock<i64> = OnceLock::new();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_was_started_lately_and_takes_something_of_everything() {
        let process = Process::of_this().unwrap();
        let age = clock::unix_time() - process.started;
        assert!((0..3_600).contains(&age), "{process:?}");
        assert!(process.resident_bytes > 1_000_000, "{process:?}");
        assert!(
            process.virtual_bytes >= process.resident_bytes,
            "{process:?}"
        );
        assert!(process.descriptors > 2, "{process:?}");
        assert!(process.most_descriptors > Some(2), "{process:?}");
    }
}
