//! Secrets that are sealed: with the right key, another one, and none.

use prosody_tokend::gateway::credential::{Credential, SecretText};
use prosody_tokend::store::registry::{CredentialName, Expected};
use prosody_tokend::store::settings::{SealKey, StoreSettings};
use rusqlite::Connection;
use std::sync::Arc;

use prosody_tokend::clock;
use prosody_tokend::store;

use super::super::daemon::{Daemon, settings, shared};
use super::super::file::place;
use super::daemon::{credential, id};
use support::postgres::Postgres;

const RIGHT: Option<char> = Some('a');
const WRONG: Option<char> = Some('b');

fn with(key: Option<char>, settings: &StoreSettings) -> StoreSettings {
    let key = key.map(|digit| SealKey::parse(digit.to_string().repeat(64).as_bytes()));
    StoreSettings {
        seal: key.map(Result::unwrap),
        ..settings.clone()
    }
}

fn open(key: Option<char>, settings: &StoreSettings) -> Daemon {
    Daemon::open(with(key, settings), Arc::new(clock::unix_time))
}

/// Does something with the settings of a store of each kind, and with what shows the column of a secret.
fn with_each(test: impl Fn(&StoreSettings, &dyn Fn(u32) -> String)) {
    let (folder, path) = place();
    test(&settings(&path), &|number| {
        let file = Connection::open(&path).unwrap();
        let column = "SELECT secret FROM credentials WHERE id = ?1";
        let id = id(number);
        file.query_row(column, [id.as_bytes()], |row| row.get(0))
            .unwrap()
    });
    let server = Postgres::start();
    let copy = folder.path().join("copy.db");
    let url = server.url(server.port());
    test(&shared(&copy, &url), &|number| {
        let id = hex::encode(id(number).as_bytes());
        let column = format!("SELECT secret FROM tokend_credentials WHERE id = '\\x{id}'");
        server.sql(&column).trim().to_owned()
    });
}

#[test]
fn a_sealed_secret_is_read_with_its_key_and_its_credential_admits_nobody_without_it() {
    with_each(|settings, column| {
        let daemon = open(None, settings);
        daemon.add_consumer(1);
        daemon.add(1, 1);
        drop(daemon);
        let daemon = open(RIGHT, settings);
        daemon.add(2, 1);
        assert_eq!(column(1), "secret-1");
        assert!(column(2).starts_with("sealed:1:"), "{}", column(2));
        for number in [1, 2] {
            let secret = daemon.secret(&format!("key-{number}"));
            assert_eq!(secret, Some(format!("secret-{number}")));
        }
        assert_eq!(daemon.state().unreadable_secrets, 0);
        drop(daemon);
        for (key, unreadable) in [(WRONG, 1), (None, 1), (RIGHT, 0)] {
            let daemon = open(key, settings);
            let state = daemon.state();
            assert_eq!(state.unreadable_secrets, unreadable, "{key:?}");
            assert_eq!((state.credentials, state.not_understood), (2, 0));
            assert_eq!(daemon.secret("key-1").as_deref(), Some("secret-1"));
            assert_eq!(daemon.secret("key-2").is_some(), unreadable == 0);
            let found = daemon.find_credential(CredentialName::Key("key-2".to_owned()));
            let found = found.unwrap().unwrap().value;
            assert_eq!(found.secret.is_some(), unreadable == 0, "{key:?}");
            let read = store::read_credentials(&with(key, settings)).unwrap();
            assert_eq!(read.len(), 2);
        }
    });
}

#[test]
fn what_cannot_be_read_is_not_overwritten_but_by_another_secret() {
    with_each(|settings, column| {
        let daemon = open(RIGHT, settings);
        daemon.add_consumer(1);
        daemon.add(1, 1);
        let sealed = column(1);
        drop(daemon);
        let daemon = open(WRONG, settings);
        let name = CredentialName::Id(id(1));
        let found = daemon.find_credential(name.clone()).unwrap().unwrap();
        let tagged = Credential {
            tags: Some(vec!["a".to_owned()]),
            ..found.value
        };
        let tagged = daemon.put_credential(tagged, Expected::Version(found.version));
        assert_eq!(tagged.unwrap().value.secret, None);
        assert_eq!(column(1), sealed);
        assert_eq!(daemon.state().unreadable_secrets, 1);
        drop(daemon);
        let daemon = open(RIGHT, settings);
        assert_eq!(daemon.secret("key-1").as_deref(), Some("secret-1"));
        drop(daemon);

        let daemon = open(WRONG, settings);
        let found = daemon.find_credential(name).unwrap().unwrap();
        assert!(found.value.tags.is_some());
        let other = Credential {
            secret: Some(SecretText::from("another".to_owned())),
            ..credential(1, 1)
        };
        let other = daemon.put_credential(other, Expected::Version(found.version));
        assert!(other.is_ok(), "{other:?}");
        assert_ne!(column(1), sealed);
        assert_eq!(daemon.secret("key-1").as_deref(), Some("another"));
        assert_eq!(daemon.state().unreadable_secrets, 0);
        daemon.delete(1).unwrap();
        assert_eq!(daemon.state().credentials, 0);
    });
}

#[test]
fn no_secret_that_is_sealed_stands_in_the_file_or_in_the_database() {
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    let daemon = open(RIGHT, &shared(&path, &url));
    daemon.add_consumer(1);
    daemon.add(1, 1);
    daemon.until_copied(&path);
    assert!(!server.dump().contains("secret-1"));
    drop(daemon);
    let alone = folder.path().join("alone.db");
    let daemon = open(RIGHT, &settings(&alone));
    daemon.add_consumer(1);
    daemon.add(1, 1);
    drop(daemon);
    for path in [path, alone] {
        let file = Connection::open(&path).unwrap();
        let column: String = file
            .query_row("SELECT secret FROM credentials", [], |row| row.get(0))
            .unwrap();
        assert!(column.starts_with("sealed:1:"), "{}", path.display());
    }
}

#[test]
fn a_copy_that_was_filled_with_the_key_is_read_with_it_where_the_database_is_away() {
    let mut server = Postgres::start();
    let (_folder, path) = place();
    let settings = shared(&path, &server.url(server.port()));
    let daemon = open(RIGHT, &settings);
    daemon.add_consumer(1);
    daemon.add(1, 1);
    daemon.until_copied(&path);
    drop(daemon);
    server.kill();
    let daemon = open(RIGHT, &settings);
    assert_eq!(daemon.secret("key-1").as_deref(), Some("secret-1"));
    drop(daemon);
    let daemon = open(None, &settings);
    assert_eq!(daemon.secret("key-1"), None);
    assert_eq!(daemon.state().unreadable_secrets, 1);
}
