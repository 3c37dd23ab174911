//! The same of a file and of a database: what is written, found, listed, refused and deleted.

use prosody_tokend::gateway::consumer::Consumer;
use prosody_tokend::gateway::credential::{Credential, SecretText};
use prosody_tokend::store::StoreError;
use prosody_tokend::store::registry::{
    ConsumerName, CredentialName, Expected, Listed, RegistryError, Tags,
};
use prosody_tokend::token::algorithm::Algorithm;
use uuid::Uuid;

use super::super::daemon::Daemon;
use super::super::file::place;
use super::daemon::{consumer, credential, id, key};
use support::postgres::Postgres;
use support::until;

/// Does something with a store of each kind.
fn with_each(test: impl Fn(&Daemon)) {
    let (folder, path) = place();
    test(&Daemon::alone(&path));
    let server = Postgres::start();
    let copy = folder.path().join("copy.db");
    test(&Daemon::sharing(&copy, &server.url(server.port())));
}

fn taken<T: std::fmt::Debug>(outcome: Result<T, RegistryError>) -> (&'static str, String) {
    match outcome.unwrap_err() {
        RegistryError::Taken { field, value } => (field, value),
        other => panic!("{other:?}"),
    }
}

fn is_changed<T>(outcome: &Result<T, RegistryError>) -> bool {
    matches!(outcome, Err(RegistryError::Store(StoreError::Changed)))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_written_is_in_force_and_found_by_each_of_its_names_as_it_was() {
    with_each(|daemon| {
        let anna = Consumer {
            custom_id: Some("c-1".to_owned()),
            tags: Some(words(&["a", "\"b\"", "ü"])),
            updated_at: 1_800_000_000,
            ..consumer(1)
        };
        let kept = daemon
            .put_consumer(anna.clone(), Expected::Nothing)
            .unwrap();
        assert_eq!(kept.value, anna);
        for name in [
            ConsumerName::Id(anna.id),
            ConsumerName::Username("consumer-1".to_owned()),
        ] {
            assert_eq!(daemon.find_consumer(name).unwrap(), Some(kept.clone()));
        }
        let known = daemon.credentials().consumer(&anna.id).cloned().unwrap();
        assert_eq!(known.username.as_deref(), Some("consumer-1"));
        assert_eq!(known.custom_id.as_deref(), Some("c-1"));

        let public = Credential {
            secret: None,
            rsa_public_key: Some("-----BEGIN PUBLIC KEY-----".to_owned()),
            algorithm: Algorithm::Rs256,
            tags: Some(Vec::new()),
            ..credential(2, 1)
        };
        let odd = Credential {
            key: "a key, with 'quotes' and \u{1f980}".to_owned(),
            secret: Some(SecretText::from("sealed:1:not really".to_owned())),
            algorithm: Algorithm::Hs512,
            ..credential(3, 1)
        };
        for credential in [credential(1, 1), public, odd] {
            let kept = daemon.put_credential(credential.clone(), Expected::Nothing);
            let kept = kept.unwrap();
            assert_eq!(kept.value, credential);
            for name in [
                CredentialName::Id(credential.id),
                CredentialName::Key(credential.key.clone()),
            ] {
                assert_eq!(daemon.find_credential(name).unwrap(), Some(kept.clone()));
            }
            let found = daemon.credentials().find(&credential.key).cloned().unwrap();
            assert_eq!((found.id, found.consumer), (credential.id, anna.id));
            assert_eq!(found.algorithm, credential.algorithm);
        }
        assert_eq!(daemon.secret("key-1").as_deref(), Some("secret-1"));
        let state = daemon.state();
        assert_eq!((state.consumers, state.credentials), (1, 3));
        assert_eq!(state.failing_since, None);
        // What this daemon wrote to a database counts at once, and is come to in the order of versions a moment later.
        until("the last version to be come to", || {
            (daemon.state().version == 4).then_some(())
        });
    });
}

#[test]
fn what_is_not_there_is_not_found() {
    with_each(|daemon| {
        daemon.add_consumer(1);
        daemon.add(1, 1);
        for name in [
            ConsumerName::Id(id(1)),
            ConsumerName::Username("Consumer-1".to_owned()),
            ConsumerName::Username(String::new()),
        ] {
            assert_eq!(daemon.find_consumer(name).unwrap(), None);
        }
        for name in [
            CredentialName::Id(consumer(1).id),
            CredentialName::Key("KEY-1".to_owned()),
            CredentialName::Key("key-1 ".to_owned()),
            CredentialName::Key(String::new()),
        ] {
            assert_eq!(daemon.find_credential(name).unwrap(), None);
        }
        for number in [2, 3] {
            assert!(!daemon.delete(number).unwrap());
            assert!(!daemon.delete_consumer(number).unwrap());
        }
    });
}

#[test]
fn what_another_one_has_is_refused_and_named_until_that_one_is_gone() {
    with_each(|daemon| {
        let named = |number, username: Option<&str>, custom_id: Option<&str>| Consumer {
            username: username.map(str::to_owned),
            custom_id: custom_id.map(str::to_owned),
            ..consumer(number)
        };
        let put = |consumer| daemon.put_consumer(consumer, Expected::Nothing);
        put(named(1, Some("anna"), Some("c-1"))).unwrap();
        let bert = put(named(2, None, Some("c-2"))).unwrap();
        for (asked, expected) in [
            (
                named(1, Some("other"), None),
                ("id", consumer(1).id.to_string()),
            ),
            (
                named(3, Some("anna"), None),
                ("username", "anna".to_owned()),
            ),
            (
                named(3, Some("x"), Some("c-1")),
                ("custom_id", "c-1".to_owned()),
            ),
            (named(3, None, Some("c-2")), ("custom_id", "c-2".to_owned())),
        ] {
            assert_eq!(taken(put(asked)), expected);
        }
        let moved = daemon.put_consumer(
            named(2, Some("anna"), None),
            Expected::Version(bert.version),
        );
        assert_eq!(taken(moved), ("username", "anna".to_owned()));

        daemon.add(1, 1);
        let second = daemon.add(2, 2);
        let put = |credential| daemon.put_credential(credential, Expected::Nothing);
        let with_key = |number, key: &str| Credential {
            key: key.to_owned(),
            ..credential(number, 1)
        };
        assert_eq!(taken(put(with_key(1, "k"))), ("id", id(1).to_string()));
        assert_eq!(taken(put(with_key(3, "key-1"))), ("key", key(1)));
        let moved = daemon.put_credential(with_key(2, "key-1"), Expected::Version(second.version));
        assert_eq!(taken(moved), ("key", key(1)));
        assert_eq!(daemon.secret("key-1").as_deref(), Some("secret-1"));
        assert!(
            daemon.state().failing_since.is_none(),
            "{:?}",
            daemon.state()
        );

        assert!(daemon.delete(1).unwrap());
        put(with_key(3, "key-1")).unwrap();
        assert_eq!(daemon.secret("key-1").as_deref(), Some("secret-3"));
        assert!(daemon.delete_consumer(1).unwrap());
        let put = |consumer| daemon.put_consumer(consumer, Expected::Nothing);
        put(named(4, Some("anna"), Some("c-1"))).unwrap();
        put(named(1, Some("again"), None)).unwrap();
    });
}

#[test]
fn what_was_changed_or_deleted_meanwhile_is_not_overwritten() {
    with_each(|daemon| {
        let first = daemon.add_consumer(1);
        let renamed = Consumer {
            username: Some("renamed".to_owned()),
            ..consumer(1)
        };
        let second = daemon
            .put_consumer(renamed.clone(), Expected::Version(first.version))
            .unwrap();
        assert!(second.version > first.version);
        assert!(daemon.credentials().consumer_called("consumer-1").is_none());
        assert!(daemon.credentials().consumer_called("renamed").is_some());
        for version in [0, first.version, second.version + 1] {
            let outcome = daemon.put_consumer(consumer(1), Expected::Version(version));
            assert!(is_changed(&outcome), "{version}");
        }
        let kept = daemon.add(1, 1);
        for version in [0, kept.version - 1, kept.version + 1] {
            let outcome = daemon.put_credential(credential(1, 1), Expected::Version(version));
            assert!(is_changed(&outcome), "{version}");
        }
        assert!(daemon.delete(1).unwrap());
        for version in [kept.version, kept.version + 1] {
            let outcome = daemon.put_credential(credential(1, 1), Expected::Version(version));
            assert!(is_changed(&outcome), "{version}");
        }
        let outcome = daemon.put_consumer(consumer(7), Expected::Version(1));
        assert!(is_changed(&outcome));
        assert!(!daemon.admits("key-1"));
    });
}

#[test]
fn a_credential_without_its_consumer_is_refused_and_goes_with_it() {
    with_each(|daemon| {
        let refused = daemon.put_credential(credential(1, 1), Expected::Nothing);
        let owner = consumer(1).id;
        assert!(matches!(refused, Err(RegistryError::NoConsumer(id)) if id == owner));
        daemon.add_consumer(1);
        daemon.add_consumer(2);
        for number in 0..10 {
            daemon.add(number, 1 + number % 2);
        }
        assert!(daemon.delete_consumer(1).unwrap());
        for number in 0..10 {
            let is_left = number % 2 == 1;
            let name = CredentialName::Key(key(number));
            assert_eq!(daemon.find_credential(name).unwrap().is_some(), is_left);
            let is_known = daemon.credentials().find(&key(number)).is_some();
            assert_eq!(is_known, is_left, "{number}");
        }
        assert_eq!(daemon.keys().len(), 5);
        assert!(!daemon.delete_consumer(1).unwrap());
        let refused = daemon.put_credential(credential(0, 1), Expected::Nothing);
        assert!(matches!(refused, Err(RegistryError::NoConsumer(_))));
        // Nor does one move to a consumer that is gone.
        let kept = daemon.find_credential(CredentialName::Id(id(1))).unwrap();
        let version = Expected::Version(kept.unwrap().version);
        let moved = daemon.put_credential(credential(1, 1), version);
        assert!(
            matches!(moved, Err(RegistryError::NoConsumer(_))),
            "{moved:?}"
        );
        let state = daemon.state();
        assert_eq!((state.consumers, state.credentials), (1, 5));
    });
}

#[test]
fn lists_follow_each_other_by_id_and_have_those_tags_that_are_asked_for() {
    with_each(|daemon| {
        for number in 0..30 {
            let some: &[&str] = match number % 3 {
                0 => &["even \"red\"", "red"],
                1 => &["red", "blue"],
                _ => &["\"red", "blue"],
            };
            let tags = (number != 29).then(|| words(some));
            let consumer = Consumer {
                tags: tags.clone(),
                ..consumer(number)
            };
            daemon.put_consumer(consumer, Expected::Nothing).unwrap();
            let credential = Credential {
                tags,
                ..credential(number, number / 10)
            };
            daemon
                .put_credential(credential, Expected::Nothing)
                .unwrap();
        }
        for (case, tags, expected) in [
            ("any", Tags::Any, 30),
            ("one of one", Tags::Some(words(&["red"])), 20),
            ("a part of a word", Tags::Some(words(&["re"])), 0),
            ("a quote", Tags::Some(words(&["\"red"])), 9),
            ("one of two", Tags::Some(words(&["red", "blue"])), 29),
            ("both", Tags::All(words(&["red", "blue"])), 10),
            ("both, quoted", Tags::All(words(&["\"red", "blue"])), 9),
            ("all of none", Tags::All(Vec::new()), 30),
            ("one of none", Tags::Some(Vec::new()), 0),
            ("unknown", Tags::All(words(&["red", "green"])), 0),
        ] {
            for size in [1, 4, 1_000] {
                let seen = pages(|after| {
                    let listed = Listed {
                        after,
                        size,
                        tags: tags.clone(),
                    };
                    let found = daemon.list_consumers(listed);
                    assert!(found.len() <= size);
                    found.iter().map(|consumer| consumer.id).collect()
                });
                assert_eq!(seen.len(), expected, "{case} by {size}");
                let seen = pages(|after| {
                    let listed = Listed {
                        after,
                        size,
                        tags: tags.clone(),
                    };
                    let found = daemon.list_credentials(None, listed);
                    found.iter().map(|credential| credential.id).collect()
                });
                assert_eq!(seen.len(), expected, "{case} by {size}");
            }
        }
        let of_second = pages(|after| {
            let listed = Listed {
                after,
                size: 3,
                tags: Tags::Any,
            };
            let found = daemon.list_credentials(Some(consumer(1).id), listed);
            found.iter().map(|credential| credential.id).collect()
        });
        let expected: Vec<Uuid> = (10..20).map(id).collect();
        assert_eq!(of_second, expected);
        let nothing = Listed {
            size: 0,
            ..Listed::default()
        };
        assert!(daemon.list_consumers(nothing).is_empty());
    });
}

/// All pages, which follow each other in order.
fn pages(page: impl Fn(Option<Uuid>) -> Vec<Uuid>) -> Vec<Uuid> {
    let mut seen: Vec<Uuid> = Vec::new();
    loop {
        let next = page(seen.last().copied());
        if next.is_empty() {
            break;
        }
        seen.extend(next);
    }
    assert!(seen.is_sorted());
    seen.dedup();
    seen
}

#[test]
fn everything_is_there_after_a_restart_and_what_was_deleted_is_not() {
    let (folder, path) = place();
    let server = Postgres::start();
    let copy = folder.path().join("copy.db");
    let url = server.url(server.port());
    for open in [
        &|| Daemon::alone(&path),
        &(|| Daemon::sharing(&copy, &url)) as &dyn Fn() -> _,
    ] {
        let daemon = open();
        daemon.revoke_room("a@rooms");
        for number in 1..=2 {
            daemon.add_consumer(number);
            daemon.add(number, number);
        }
        daemon.add(3, 1);
        daemon.delete(3).unwrap();
        daemon.delete_consumer(2).unwrap();
        drop(daemon);
        let daemon = open();
        let state = daemon.state();
        assert_eq!((state.consumers, state.credentials), (1, 1));
        assert_eq!((state.revocations, state.version), (1, 9));
        assert!(daemon.admits("key-1") && daemon.denies("a@rooms"));
        assert!(!daemon.admits("key-2") && !daemon.admits("key-3"));
        assert_eq!(daemon.keys(), ["key-1"]);
    }
}

#[test]
fn what_is_deleted_leaves_nothing_secret_behind() {
    let (folder, path) = place();
    let server = Postgres::start();
    let copy = folder.path().join("copy.db");
    let alone = Daemon::alone(&path);
    let sharing = Daemon::sharing(&copy, &server.url(server.port()));
    for daemon in [&alone, &sharing] {
        daemon.add_consumer(1);
        daemon.add(1, 1);
        daemon.add(2, 1);
        daemon.delete(1).unwrap();
        daemon.delete_consumer(1).unwrap();
    }
    let left =
        "SELECT count(*) FROM tokend_credentials WHERE secret IS NOT NULL OR deleted_at IS NULL";
    assert_eq!(server.sql(left).trim(), "0");
    until("the copy to have it", || {
        let file = rusqlite::Connection::open(&copy).ok()?;
        let left = left.replace("tokend_", "");
        let left: i64 = file.query_row(&left, [], |row| row.get(0)).ok()?;
        (left == 0).then_some(())
    });
}

#[test]
fn another_process_that_writes_while_it_hands_over_is_followed() {
    let (_folder, path) = place();
    let [old, new] = [Daemon::alone(&path), Daemon::alone(&path)];
    old.add_consumer(1);
    old.add(1, 1);
    new.until_admits("key-1", true);
    new.add(2, 1);
    assert!(new.delete(1).unwrap());
    old.until_admits("key-2", true);
    old.until_admits("key-1", false);
    assert!(old.delete_consumer(1).unwrap());
    new.until_admits("key-2", false);
    assert_eq!(old.keys(), new.keys());
}
