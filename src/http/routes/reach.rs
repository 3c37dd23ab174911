//! Which paths an endpoint is asked at.

/// How much of a path a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of it.
    Whole,
    /// All but the name at its end.
    Named,
    /// What it begins with, up to this length; a name follows.
    NameAndBelow(usize),
    /// What it begins with, up to this length; nothing follows, or a slash and anything.
    Below(usize),
}

impl Reach {
    /// How much a path of the table says.
    pub const fn of(path: &str) -> Self {
        match path.as_bytes() {
            [.., b'}'] => Self::Named,
            [before @ .., b'}', b'/', b'*'] => Self::NameAndBelow(up_to_name(before)),
            [before @ .., b'/', b'*'] => Self::Below(before.len()),
            _ => Self::Whole,
        }
    }

    /// Whether the row with this path is asked for.
    pub fn takes(self, row: &str, asked: &str) -> bool {
        match self {
            Self::Whole => row == asked,
            Self::Named => {
                let before = row.rsplit_once('/').map(|(before, _)| before);
                let asked = asked.rsplit_once('/').filter(|(_, name)| !name.is_empty());
                asked.is_some_and(|(asked, _)| before == Some(asked))
            }
            Self::NameAndBelow(length) => {
                let name = behind(row, length, asked);
                name.is_some_and(|name| !name.is_empty() && !name.starts_with('/'))
            }
            Self::Below(length) => {
                let rest = behind(row, length, asked);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        }
    }
}

/// What of a path follows on what the row begins with, up to this length.
fn behind<'p>(row: &str, length: usize, asked: &'p str) -> Option<&'p str> {
    asked.strip_prefix(row.get(..length)?)
}

/// The length of what stands before the name at the end.
const fn up_to_name(mut path: &[u8]) -> usize {
    while let [before @ .., last] = path {
        path = before;
        if *last == b'{' {
            break;
        }
    }
    path.len()
}
