//! Reads what others wrote, in portions: what has changed, or everything where that cannot be told.

use super::super::file::{Portion, Position};
use super::super::record::Record;
use super::tables::Changes;

/// How far it is read.
pub struct Reading {
    /// What was known at the beginning; None where everything is read.
    known: Option<Position>,
    /// Behind which version it goes on.
    after: i64,
    /// What is known of the database since the beginning, where everything is read.
    began: Option<Began>,
    is_first: bool,
}

struct Began {
    store_id: String,
    head: i64,
    purged_up_to: i64,
}

impl Reading {
    /// Goes on from what is known.
    pub fn from(known: Option<Position>) -> Self {
        Self {
            after: known.as_ref().map_or(0, |known| known.version),
            known,
            began: None,
            is_first: true,
        }
    }

    /// Behind which version is to be read.
    pub const fn after(&self) -> i64 {
        self.after
    }

    /// Of which version the mark is to be read.
    pub fn seen(&self) -> i64 {
        self.known.as_ref().map_or(-1, |known| known.version)
    }

    /// Takes what was read. None where it does not follow what was known, and everything is to be read.
    pub fn take(&mut self, changes: Changes, size: usize) -> Option<Portion> {
        if !self.is_continued_by(&changes) {
            return None;
        }
        if self.began.is_none() && self.known.is_none() {
            self.began = Some(Began {
                store_id: changes.store_id.clone(),
                head: changes.head,
                purged_up_to: changes.purged_up_to,
            });
        }
        let is_last = changes.records.len() < size;
        let last = changes.records.last().map(Record::version);
        self.after = last.unwrap_or(self.after);
        let complete = is_last.then_some(Position {
            store_id: changes.store_id,
            version: changes.head,
            mark: changes.head_mark,
        });
        Some(Portion {
            is_first: std::mem::take(&mut self.is_first),
            known: self.known.clone(),
            records: changes.records,
            complete,
        })
    }

    /// Whether it is still the same history, and nothing is missing of it.
    fn is_continued_by(&self, changes: &Changes) -> bool {
        if let Some(known) = &self.known {
            return changes.store_id == known.store_id
                && changes.seen_mark == Some(known.mark)
                && changes.purged_up_to <= self.after;
        }
        let Some(began) = &self.began else {
            return true;
        };
        changes.store_id == began.store_id
            && changes.head >= began.head
            && changes.purged_up_to <= self.after.max(began.purged_up_to)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::record::RevocationRecord;
    use super::*;

    fn known() -> Position {
        Position {
            store_id: "a".to_owned(),
            version: 10,
            mark: 77,
        }
    }

    fn changes(versions: &[i64]) -> Changes {
        Changes {
            store_id: "a".to_owned(),
            head: 20,
            head_mark: 99,
            seen_mark: Some(77),
            purged_up_to: 0,
            records: versions.iter().copied().map(record).collect(),
        }
    }

    fn record(version: i64) -> Record {
        Record::Revocation(RevocationRecord {
            id: vec![0; 16],
            version,
            kind: "room".to_owned(),
            name: None,
            digest: None,
            fingerprint: None,
            issued_before: None,
            host: None,
            until: None,
            reason: None,
            made_by: String::new(),
            made_at: 0,
            withdrawn_at: None,
        })
    }

    #[test]
    fn what_follows_is_read_in_portions_up_to_the_newest_version_there_is() {
        let mut reading = Reading::from(Some(known()));
        assert_eq!((reading.after(), reading.seen()), (10, 10));
        let first = reading.take(changes(&[12, 13]), 2).unwrap();
        assert!(first.is_first && first.known.is_some() && first.complete.is_none());
        assert_eq!((reading.after(), reading.seen()), (13, 10));
        let last = reading.take(changes(&[15]), 2).unwrap();
        let complete = Position {
            version: 20,
            mark: 99,
            ..known()
        };
        assert!(!last.is_first);
        assert_eq!(last.complete, Some(complete));
    }

    #[test]
    fn everything_is_read_where_the_database_is_not_the_one_that_was_known() {
        for (case, found) in [
            (
                "another database",
                Changes {
                    store_id: "b".to_owned(),
                    ..changes(&[])
                },
            ),
            (
                "it was set back, and went on",
                Changes {
                    seen_mark: Some(78),
                    ..changes(&[])
                },
            ),
            (
                "it was set back",
                Changes {
                    head: 5,
                    seen_mark: None,
                    ..changes(&[])
                },
            ),
            (
                "rows are gone of which this one has not heard",
                Changes {
                    purged_up_to: 11,
                    ..changes(&[])
                },
            ),
        ] {
            let taken = Reading::from(Some(known())).take(found, 2);
            assert!(taken.is_none(), "{case}");
        }
    }

    #[test]
    fn rows_that_went_before_do_not_matter_to_who_reads_everything_but_those_that_go_meanwhile_do()
    {
        let purged = |purged_up_to, versions: &[i64]| Changes {
            purged_up_to,
            ..changes(versions)
        };
        let mut reading = Reading::from(None);
        let first = reading.take(purged(9, &[1, 2]), 2).unwrap();
        assert_eq!(first.known, None);
        assert!(reading.take(purged(9, &[11, 12]), 2).is_some());
        assert!(reading.take(purged(12, &[13, 14]), 2).is_some());
        assert!(reading.take(purged(15, &[16]), 2).is_none());
    }

    #[test]
    fn a_database_that_changes_while_everything_is_read_is_read_once_more() {
        for found in [
            Changes {
                store_id: "b".to_owned(),
                ..changes(&[3])
            },
            Changes {
                head: 19,
                ..changes(&[3])
            },
        ] {
            let mut reading = Reading::from(None);
            assert!(reading.take(changes(&[1, 2]), 2).is_some());
            assert!(reading.take(found, 2).is_none());
        }
    }
}
