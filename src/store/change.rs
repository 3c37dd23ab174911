//! What becomes of a row, whichever database has it: values in, values out.

use uuid::Uuid;

use crate::gateway::consumer::Consumer;
use crate::gateway::credential::{Credential, SecretText};
use crate::token::revocation::Revocation;

use super::kept::{MOST_CREDENTIALS, MOST_NAME_BYTES, Row, StoreError};
use super::record::{Registered, RevocationRecord};
use super::registered::{Expected, RegistryError};

/// What is to be done about a revocation.
#[derive(Debug, PartialEq, Eq)]
pub enum Revoking {
    /// It stands there already.
    AsItIs(Row),
    /// It is to be written.
    Write {
        /// This is.
        revocation: Revocation,
        /// Whether there is none with its name.
        is_new: bool,
    },
}

/// What is to be done about a revocation, where this is found under its name, at `now` in Unix seconds.
pub fn revoke(found: Option<&RevocationRecord>, asked: Revocation, now: i64) -> Revoking {
    let found = found.filter(|found| found.withdrawn_at.is_none());
    let is_new = found.is_none();
    let Some(row) = found.and_then(|found| found.row().ok()) else {
        return Revoking::Write {
            revocation: asked,
            is_new,
        };
    };
    let is_over = row.revocation.until.is_some_and(|until| until <= now);
    let revocation = if is_over {
        asked
    } else {
        asked.after(&row.revocation)
    };
    if says_the_same(&revocation, &row.revocation) {
        return Revoking::AsItIs(row);
    }
    Revoking::Write { revocation, is_new }
}

/// The row that is to be taken back. None where there is none to take back.
pub fn withdraw(
    found: Option<&RevocationRecord>,
    version: Option<i64>,
) -> Result<Option<RevocationRecord>, StoreError> {
    let Some(found) = found.filter(|found| found.withdrawn_at.is_none()) else {
        return Ok(None);
    };
    if version.is_some_and(|version| version != found.version) {
        return Err(StoreError::Changed);
    }
    Ok(Some(found.clone()))
}

/// The version of the row in whose place a consumer or a credential is written, 0 where there is none; if there is what has to be.
pub fn seen<T: Registered>(
    found: Option<&T>,
    expected: Expected,
    id: Uuid,
) -> Result<i64, RegistryError> {
    let there = found.filter(|found| !found.is_deleted());
    match (expected, there) {
        (Expected::Nothing, None) => Ok(found.map_or(0, T::version)),
        (Expected::Nothing, Some(_)) => Err(taken("id", &id.to_string())),
        (Expected::Version(version), Some(there)) if there.version() == version => Ok(version),
        (Expected::Version(_), _) => Err(StoreError::Changed.into()),
    }
}

/// Refuses a consumer that no database keeps.
pub fn fits_consumer(consumer: &Consumer) -> Result<(), StoreError> {
    let mut names = names(consumer);
    names.try_for_each(|(field, name)| fits(field, name, MOST_NAME_BYTES))
}

/// Refuses a credential that no database keeps.
pub fn fits_credential(credential: &Credential) -> Result<(), StoreError> {
    fits("key", &credential.key, MOST_NAME_BYTES)?;
    let secret = credential.secret.as_ref().map_or("", SecretText::text);
    fits("secret", secret, usize::MAX)?;
    let public = credential.rsa_public_key.as_deref();
    fits("rsa_public_key", public.unwrap_or_default(), usize::MAX)
}

fn fits(field: &str, text: &str, most: usize) -> Result<(), StoreError> {
    if text.len() <= most && !text.contains('\0') {
        return Ok(());
    }
    Err(StoreError::Unavailable(format!(
        "{field} cannot be kept: it is longer than {most} bytes, or has a character of the number 0"
    )))
}

/// Refuses one more than are kept.
pub const fn room(is_full: bool, expected: Expected) -> Result<(), RegistryError> {
    match expected {
        Expected::Nothing if is_full => {
            Err(RegistryError::Store(StoreError::Full(MOST_CREDENTIALS)))
        }
        Expected::Nothing | Expected::Version(_) => Ok(()),
    }
}

/// What no other consumer may be called, with the columns where that stands.
pub fn names(consumer: &Consumer) -> impl Iterator<Item = (&'static str, &str)> {
    let username = consumer.username.as_deref().map(|name| ("username", name));
    let custom_id = consumer.custom_id.as_deref().map(|id| ("custom_id", id));
    username.into_iter().chain(custom_id)
}

/// Another one has this already.
pub fn taken(field: &'static str, value: &str) -> RegistryError {
    RegistryError::Taken {
        field,
        value: value.to_owned(),
    }
}

/// Who says it, and when, makes no difference.
fn says_the_same(one: &Revocation, other: &Revocation) -> bool {
    let Revocation {
        target,
        host,
        until,
        reason,
        made_by: _,
        made_at: _,
    } = one;
    *target == other.target
        && *host == other.host
        && *until == other.until
        && *reason == other.reason
}

#[cfg(test)]
mod tests {
    use super::super::record::ConsumerRecord;
    use super::*;
    use crate::token::revocation::{Name, Target};

    const NOW: i64 = 1_000;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn user(issued_before: Option<i64>) -> Revocation {
        Revocation {
            target: Target::User {
                id: name("anna"),
                issued_before,
            },
            host: None,
            until: None,
            reason: Some(name("lost laptop")),
            made_by: name("ops"),
            made_at: 900,
        }
    }

    fn record(revocation: &Revocation) -> RevocationRecord {
        RevocationRecord::of(revocation, 7)
    }

    fn written(found: Option<&RevocationRecord>, asked: Revocation) -> (Revocation, bool) {
        match revoke(found, asked, NOW) {
            Revoking::Write { revocation, is_new } => (revocation, is_new),
            Revoking::AsItIs(row) => panic!("it is as {row:?}"),
        }
    }

    #[test]
    fn what_is_there_already_is_not_written_again_whoever_asks_and_when() {
        let there = user(Some(500));
        let asked = Revocation {
            made_by: name("somebody else"),
            made_at: 999,
            ..there.clone()
        };
        let Revoking::AsItIs(row) = revoke(Some(&record(&there)), asked, NOW) else {
            panic!("it is written");
        };
        assert_eq!((row.version, row.revocation), (7, there));
    }

    #[test]
    fn what_differs_in_anything_else_is_written_in_place_of_it() {
        let there = user(None);
        for asked in [
            Revocation {
                reason: None,
                ..there.clone()
            },
            Revocation {
                until: Some(2_000),
                ..there.clone()
            },
        ] {
            let (written, is_new) = written(Some(&record(&there)), asked.clone());
            assert_eq!((written, is_new), (asked, false));
        }
    }

    #[test]
    fn a_users_tokens_stay_revoked_that_an_earlier_revocation_in_force_took_back() {
        let (kept, _) = written(
            Some(&record(&user(Some(800)))),
            Revocation {
                reason: None,
                ..user(Some(500))
            },
        );
        assert_eq!(kept.target.issued_before(), Some(800));
    }

    #[test]
    fn a_revocation_that_is_over_or_withdrawn_adds_nothing_to_the_next_one() {
        let over = Revocation {
            until: Some(NOW),
            ..user(Some(800))
        };
        let withdrawn = RevocationRecord {
            withdrawn_at: Some(950),
            ..record(&user(Some(800)))
        };
        for (found, was_new) in [(record(&over), false), (withdrawn, true)] {
            let (written, is_new) = written(Some(&found), user(Some(500)));
            assert_eq!(written.target.issued_before(), Some(500));
            assert_eq!(is_new, was_new);
        }
    }

    #[test]
    fn a_row_of_a_newer_version_that_is_not_understood_is_replaced() {
        let newer = RevocationRecord {
            kind: "device".to_owned(),
            ..record(&user(None))
        };
        assert_eq!(written(Some(&newer), user(None)), (user(None), false));
    }

    #[test]
    fn a_row_is_withdrawn_once_and_only_as_it_was_seen() {
        let there = record(&user(None));
        let withdrawn = RevocationRecord {
            withdrawn_at: Some(950),
            ..there.clone()
        };
        assert_eq!(withdraw(None, None).unwrap(), None);
        assert_eq!(withdraw(None, Some(7)).unwrap(), None);
        assert_eq!(withdraw(Some(&withdrawn), Some(7)).unwrap(), None);
        assert!(matches!(
            withdraw(Some(&there), Some(6)),
            Err(StoreError::Changed)
        ));
        for version in [None, Some(7)] {
            assert_eq!(
                withdraw(Some(&there), version).unwrap(),
                Some(there.clone())
            );
        }
    }

    #[test]
    fn a_consumer_is_written_only_where_there_is_what_has_to_be() {
        let id = Uuid::from_bytes([7; 16]);
        let row = |deleted_at| ConsumerRecord {
            id: vec![7; 16],
            version: 5,
            username: Some("anna".to_owned()),
            custom_id: None,
            tags: None,
            created_at: 1,
            updated_at: 1,
            deleted_at,
        };
        let (there, gone) = (row(None), row(Some(9)));
        for (found, expected, seen_version) in [
            (None, Expected::Nothing, 0),
            (Some(&gone), Expected::Nothing, 5),
            (Some(&there), Expected::Version(5), 5),
        ] {
            assert_eq!(seen(found, expected, id).unwrap(), seen_version);
        }
        let taken = seen(Some(&there), Expected::Nothing, id).unwrap_err();
        assert!(
            matches!(taken, RegistryError::Taken { field: "id", value } if value == id.to_string())
        );
        for (found, version) in [
            (None, 0),
            (None, 5),
            (Some(&gone), 5),
            (Some(&there), 4),
            (Some(&there), 6),
        ] {
            let refused = seen(found, Expected::Version(version), id).unwrap_err();
            assert!(matches!(refused, RegistryError::Store(StoreError::Changed)));
        }
    }

    #[test]
    fn a_name_that_no_database_keeps_is_refused_and_not_shown() {
        let consumer = |username: String| Consumer {
            id: Uuid::from_bytes([7; 16]),
            username: Some(username),
            custom_id: None,
            tags: None,
            created_at: 1,
            updated_at: 1,
        };
        assert!(fits_consumer(&consumer("x".repeat(MOST_NAME_BYTES))).is_ok());
        for username in ["x".repeat(MOST_NAME_BYTES + 1), "a\0b".to_owned()] {
            let refused = fits_consumer(&consumer(username)).unwrap_err().to_string();
            assert!(refused.starts_with("username cannot be kept"), "{refused}");
        }
        let credential = |key: &str, secret: &str| Credential {
            id: Uuid::from_bytes([7; 16]),
            consumer: Uuid::from_bytes([8; 16]),
            key: key.to_owned(),
            secret: Some(secret.to_owned().into()),
            rsa_public_key: None,
            algorithm: crate::token::algorithm::Algorithm::Hs256,
            tags: None,
            created_at: 1,
        };
        assert!(fits_credential(&credential("k", &"x".repeat(100_000))).is_ok());
        for (key, secret) in [
            ("k\0", "hunter2"),
            ("k", "hunter2\0"),
            (&"k".repeat(MOST_NAME_BYTES + 1), "hunter2"),
        ] {
            let refused = fits_credential(&credential(key, secret)).unwrap_err();
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
    }
}
