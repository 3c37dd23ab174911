//! What to think of a count.

use std::fmt;

/// A count beside the committed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There is none to compare with.
    Unknown { counted: u64 },
    /// More than a commit may add.
    TooMany { counted: u64, committed: u64 },
    /// So few that they are to be committed, or a later commit may add them again unnoticed.
    Fewer { counted: u64, committed: u64 },
    /// About the same.
    Same { counted: u64, committed: u64 },
}

impl Verdict {
    /// Compares.
    pub fn of(committed: Option<u64>, counted: u64) -> Self {
        let Some(committed) = committed else {
            return Self::Unknown { counted };
        };
        let change = i128::from(counted) - i128::from(committed);
        let tolerated = i128::from(committed) * TOLERATED_PERCENT;
        if change * 100 > tolerated {
            Self::TooMany { counted, committed }
        } else if change * 100 < -tolerated {
            Self::Fewer { counted, committed }
        } else {
            Self::Same { counted, committed }
        }
    }

    /// Whether the change may be committed as it is.
    pub const fn passes(self) -> bool {
        matches!(self, Self::Same { .. } | Self::Fewer { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (counted, committed, remark) = match *self {
            Self::Unknown { counted } => {
                return write!(formatter, "{counted:>8}, and no committed count");
            }
            Self::TooMany { counted, committed } => {
                (counted, committed, ": FAILED, more than 3 % above")
            }
            Self::Fewer { counted, committed } => (
                counted,
                committed,
                ": well done; make instructions ACCEPT=1 keeps it, please commit that",
            ),
            Self::Same { counted, committed } => (counted, committed, ""),
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let percent = (counted as f64 / committed as f64 - 1.0) * 100.0;
        write!(
            formatter,
            "{counted:>8}, committed {committed:>8}, {percent:+.1} %{remark}"
        )
    }
}

const TOLERATED_PERCENT: i128 = 3;
