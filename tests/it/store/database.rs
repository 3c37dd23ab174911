//! How a daemon gets to its database, and what it makes of it there.
#![expect(
    clippy::disallowed_methods,
    reason = "writes certificates, and measures time"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prosody_tokend::clock;
use prosody_tokend::secret::Secret;
use prosody_tokend::store::settings::StoreSettings;

use super::daemon::{Daemon, Extent, room, shared};
use super::file::place;
use support::key_server::KeyServer;
use support::postgres::Postgres;
use support::time::in_seconds;
use support::until;
use support::wire::Wire;

/// A store with these settings, by the right time.
fn open(settings: StoreSettings) -> Daemon {
    Daemon::open(settings, Arc::new(clock::unix_time))
}

fn with_authority(mut settings: StoreSettings, file: Option<PathBuf>) -> StoreSettings {
    settings.database.as_mut().unwrap().ca_file = file;
    settings
}

#[test]
fn what_one_daemon_revokes_the_other_denies_and_what_it_takes_back_is_let_in() {
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    let first = Daemon::sharing(&path, &url);
    let second = Daemon::sharing(&folder.path().join("second.db"), &url);
    for daemon in [&first, &second] {
        assert_eq!((daemon.extent(), daemon.len()), (Extent::All, 0));
        let state = daemon.state();
        assert!(
            state.is_shared && state.failing_since.is_none(),
            "{state:?}"
        );
        assert_eq!(state.place, url);
    }
    let row = first.revoke_room("a@rooms");
    assert!(first.denies("a@rooms"));
    second.until_denies("a@rooms", true);
    assert_eq!(second.find(row.id).unwrap(), Some(row.clone()));
    let again = second.revoke(room("a@rooms")).unwrap();
    assert_eq!((again.row, again.is_new), (row.clone(), false));
    assert!(second.withdraw(row.id, Some(row.version + 1)).is_err());
    second.withdraw(row.id, Some(row.version)).unwrap().unwrap();
    assert!(!second.denies("a@rooms"));
    first.until_denies("a@rooms", false);
    assert_eq!(first.withdraw(row.id, None).unwrap(), None);
    assert!(first.rooms().is_empty() && second.rooms().is_empty());
    assert!(first.revoke(room("a@rooms")).unwrap().is_new);
    assert_eq!(second.rooms(), ["a@rooms"]);
}

#[test]
fn a_token_that_was_used_on_one_daemon_is_used_on_all_of_them() {
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    let daemons = [path, folder.path().join("second.db")].map(|path| Daemon::sharing(&path, &url));
    for number in 0..50 {
        let firsts = std::thread::scope(|scope| {
            let tries = daemons.each_ref().map(|daemon| {
                scope.spawn(move || daemon.use_once([number; 32], in_seconds(60)).unwrap())
            });
            tries.map(|attempt| attempt.join().unwrap())
        });
        assert!(firsts[0] ^ firsts[1], "{number}: {firsts:?}");
    }
}

#[test]
fn without_the_database_the_copy_counts_and_without_a_copy_nothing_is_known() {
    let mut server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    let daemon = Daemon::sharing(&path, &url);
    daemon.revoke_room("a@rooms");
    let contact = daemon.state().last_contact.unwrap();
    drop(daemon);
    server.kill();

    let began = Instant::now();
    let daemon = Daemon::sharing(&path, &url);
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, 1));
    assert!(daemon.denies("a@rooms"));
    assert_eq!(daemon.rooms(), ["a@rooms"]);
    let state = daemon.state();
    let behind = state.behind_since.unwrap();
    assert!(behind <= contact && contact - behind <= 61, "{state:?}");
    assert!(
        state
            .error
            .as_ref()
            .unwrap()
            .contains("is the server running there?"),
        "{state:?}"
    );
    let error = daemon.revoke(room("b@rooms")).unwrap_err().to_string();
    assert!(
        error.starts_with("postgres://") && !daemon.denies("b@rooms"),
        "{error}"
    );
    assert!(daemon.use_once([1; 32], in_seconds(60)).is_err());

    let fresh = Daemon::sharing(&folder.path().join("fresh.db"), &url);
    assert_eq!((fresh.extent(), fresh.len()), (Extent::Nothing, 0));
    assert!(fresh.state().behind_since.is_some());

    server.go_on();
    for daemon in [&daemon, &fresh] {
        daemon.until_denies("a@rooms", true);
        let state = daemon.until_fails(false);
        assert_eq!((state.behind_since, daemon.extent()), (None, Extent::All));
    }
    daemon.revoke_room("b@rooms");
    fresh.until_denies("b@rooms", true);
}

#[test]
fn what_was_revoked_before_there_was_a_database_is_shared_and_what_was_shared_is_not_brought_back()
{
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    let alone = Daemon::alone(&path);
    let names: Vec<String> = (0..450)
        .map(|number| format!("{number:03}@rooms"))
        .collect();
    for name in &names {
        drop(alone.revoke_room(name));
    }
    let gone = alone.revoke_room("gone@rooms");
    alone.withdraw(gone.id, None).unwrap();
    drop(alone);
    let other = Daemon::sharing(&folder.path().join("other.db"), &url);
    let theirs = other.revoke_room("theirs@rooms");
    let daemon = Daemon::sharing(&path, &url);
    until("all to be shared", || {
        (other.len() == 451 && daemon.len() == 451).then_some(())
    });
    assert_eq!(daemon.rooms(), other.rooms());
    assert!(!other.denies("gone@rooms"));

    // The copy goes on by itself for a while; what others take back meanwhile stays so.
    drop(daemon);
    let alone = Daemon::alone(&path);
    assert_eq!(alone.len(), 451);
    alone.revoke_room("new@rooms");
    drop(alone);
    other.withdraw(theirs.id, None).unwrap();
    let daemon = Daemon::sharing(&path, &url);
    other.until_denies("new@rooms", true);
    daemon.until_denies("theirs@rooms", false);
    assert_eq!(daemon.rooms(), other.rooms());
    assert_eq!(daemon.rooms().len(), 451);
}

#[test]
fn a_server_is_trusted_by_its_authority_and_by_no_other_one() {
    let server = Postgres::start_with_tls();
    let (folder, path) = place();
    let url = server.url(server.port()).replace("disable", "require");
    let other = folder.path().join("other.pem");
    fs::write(&other, &KeyServer::https().authority).unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    for (ca_file, expected) in [
        (None, "UnknownIssuer"),
        (
            Some(other),
            "name the certificate of the server's own authority in store.ca_file",
        ),
        (Some(empty), "has no certificate that can be used"),
        (
            Some(folder.path().join("missing.pem")),
            "missing.pem, which store.ca_file names, cannot be read",
        ),
    ] {
        let daemon = open(with_authority(shared(&path, &url), ca_file));
        let state = daemon.state();
        let error = state.error.unwrap();
        assert!(error.contains(expected), "{error}");
        assert_eq!(daemon.extent(), Extent::Nothing);
        assert!(daemon.revoke(room("a@rooms")).is_err());
    }
    // The certificate is for localhost.
    let by_address = url.replace("localhost", "127.0.0.1");
    let daemon = open(with_authority(
        shared(&path, &by_address),
        Some(server.authority()),
    ));
    assert!(
        daemon
            .state()
            .error
            .unwrap()
            .contains("store.url must call the server by the name"),
        "{:?}",
        daemon.state()
    );

    let daemon = open(with_authority(
        shared(&path, &url),
        Some(server.authority()),
    ));
    daemon.revoke_room("a@rooms");
    let sessions = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
        WHERE usename = 'tokend' AND ssl AND version LIKE 'TLSv1.%'";
    assert_eq!(server.sql(sessions).trim(), "2");
}

#[test]
fn a_server_that_has_no_tls_gets_no_password_where_tls_is_asked_for() {
    let server = Postgres::start();
    let (_folder, path) = place();
    for mode in ["require", "verify-full"] {
        let url = server.url(server.port()).replace("disable", mode);
        let daemon = Daemon::sharing(&path, &url);
        let error = daemon.state().error.unwrap();
        assert!(error.contains("does not support TLS"), "{error}");
    }
}

#[test]
fn a_wrong_password_user_or_database_is_told_with_what_to_do() {
    let server = Postgres::start();
    let (_folder, path) = place();
    let url = server.url(server.port());
    let mut wrong = shared(&path, &url);
    wrong.database.as_mut().unwrap().password = Some(Secret::from("not it".to_owned()));
    let mut none = shared(&path, &url);
    none.database.as_mut().unwrap().password = None;
    for (settings, expected) in [
        (
            wrong,
            "password authentication failed for user \"tokend\"; see to",
        ),
        (none, "password missing"),
        (
            shared(&path, &url.replace("/tokend?", "/missing?")),
            "\"missing\" does not exist; `sudo -u postgres createdb",
        ),
    ] {
        let daemon = open(settings);
        let error = daemon.state().error.unwrap();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("not it"), "{error}");
    }
}

#[test]
fn a_user_that_may_only_read_is_told_so_and_follows_all_the_same() {
    let server = Postgres::start();
    let (folder, path) = place();
    let url = server.url(server.port());
    let (first, second) = (
        Daemon::sharing(&path, &url),
        folder.path().join("second.db"),
    );
    first.revoke_room("c@rooms");
    server.sql("ALTER ROLE tokend SET default_transaction_read_only = on");
    let reading = Daemon::sharing(&second, &url);
    let error = reading.revoke(room("a@rooms")).unwrap_err().to_string();
    assert!(
        error.contains("read-only transaction; this is a standby"),
        "{error}"
    );
    assert!(reading.state().failing_since.is_some());
    first.revoke_room("b@rooms");
    reading.until_denies("b@rooms", true);
    server.sql("ALTER ROLE tokend RESET default_transaction_read_only");
    drop(reading);
    let writing = Daemon::sharing(&second, &url);
    writing.revoke_room("a@rooms");
    first.until_denies("a@rooms", true);
}

#[test]
fn a_database_in_which_no_tables_can_be_made_says_what_to_grant() {
    let server = Postgres::start();
    let (_folder, path) = place();
    server.sql(
        "REVOKE ALL ON SCHEMA public FROM tokend, PUBLIC; ALTER DATABASE tokend OWNER TO postgres",
    );
    let url = server.url(server.port());
    let daemon = Daemon::sharing(&path, &url);
    let error = daemon.state().error.unwrap();
    assert!(error.contains("GRANT CREATE ON SCHEMA public"), "{error}");
    server.sql("GRANT ALL ON SCHEMA public TO tokend");
    daemon.until_fails(false);
    daemon.revoke_room("a@rooms");
    assert_eq!(daemon.state().schema.as_deref(), Some("1.2"));
}

#[test]
fn many_daemons_that_start_at_once_make_the_tables_once() {
    let server = Postgres::start();
    let (folder, _) = place();
    let url = server.url(server.port());
    let daemons: Vec<Daemon> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6)
            .map(|number| folder.path().join(format!("{number}.db")))
            .map(|path| {
                scope.spawn({
                    let url = &url;
                    move || Daemon::sharing(&path, url)
                })
            })
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    daemons[0].revoke_room("a@rooms");
    for daemon in &daemons {
        daemon.until_fails(false);
        daemon.until_denies("a@rooms", true);
    }
    assert_eq!(server.sql("SELECT count(*) FROM tokend_meta").trim(), "1");
}

#[test]
fn a_later_versions_tables_are_used_and_its_rows_kept_but_not_those_of_another_kind() {
    let server = Postgres::start();
    let (_folder, path) = place();
    let url = server.url(server.port());
    Daemon::sharing(&path, &url).revoke_room("a@rooms");
    server.sql(
        "ALTER TABLE tokend_revocations ADD COLUMN of_device text; UPDATE tokend_meta SET schema_minor = 3, version = version + 1; \
         INSERT INTO tokend_marks SELECT version, 1 FROM tokend_meta; \
         INSERT INTO tokend_revocations (id, version, kind, name, made_by, made_at, of_device) \
         SELECT '\\x00112233445566778899aabbccddeeff', version, 'device', 'x', 'ops', 1, 'phone' FROM tokend_meta",
    );
    let daemon = Daemon::sharing(&path, &url);
    daemon.revoke_room("b@rooms");
    assert_eq!(daemon.rooms(), ["a@rooms", "b@rooms"]);
    assert_eq!((daemon.len(), daemon.state().not_understood), (2, 1));
    drop(daemon);
    server.sql("UPDATE tokend_meta SET schema_major = 2");
    let daemon = Daemon::sharing(&path, &url);
    let state = daemon.state();
    assert!(
        state
            .error
            .unwrap()
            .contains("its tables are of version 2.3")
    );
    // What is known stays in force.
    assert_eq!(
        (daemon.extent(), daemon.len(), state.not_understood),
        (Extent::All, 2, 1)
    );
}

#[test]
fn a_copy_that_cannot_be_written_holds_up_nothing() {
    let server = Postgres::start();
    let (folder, _) = place();
    let path = folder.path().join("missing").join("state.db");
    let url = server.url(server.port());
    let daemon = Daemon::sharing(&path, &url);
    assert_eq!(daemon.extent(), Extent::All);
    daemon.revoke_room("a@rooms");
    let state = daemon.state();
    assert!(state.copy_error.unwrap().contains("sudo install -d"));
    assert_eq!((state.failing_since, daemon.rooms().len()), (None, 1));
    fs::create_dir(path.parent().unwrap()).unwrap();
    daemon.until_copied(&path);
    assert_eq!(daemon.state().copy_error, None);
    drop(daemon);
    drop(server);
    let daemon = Daemon::sharing(&path, &url);
    assert!(daemon.denies("a@rooms"));
}

#[test]
fn a_damaged_copy_is_written_anew_and_nothing_is_lost() {
    let mut server = Postgres::start();
    let (_folder, path) = place();
    let url = server.url(server.port());
    Daemon::sharing(&path, &url).revoke_room("a@rooms");
    until("the file to be closed", || {
        (!path.with_extension("db-wal").exists()).then_some(())
    });
    fs::write(&path, vec![b'x'; 50_000]).unwrap();
    let daemon = Daemon::sharing(&path, &url);
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, 1));
    assert_eq!(daemon.state().damage, None);
    daemon.until_copied(&path);
    drop(daemon);
    server.kill();
    let daemon = Daemon::sharing(&path, &url);
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, 1));
}

#[test]
fn a_server_that_takes_connections_and_says_nothing_holds_the_start_up_for_three_seconds() {
    let server = Postgres::start();
    let wire = Wire::to(server.port());
    let (_folder, path) = place();
    wire.stall();
    let began = Instant::now();
    let daemon = Daemon::sharing(&path, &server.url(wire.port()));
    assert!(
        began.elapsed() < Duration::from_millis(3_500),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(daemon.extent(), Extent::Nothing);
    let began = Instant::now();
    assert!(daemon.use_once([1; 32], in_seconds(60)).is_err());
    assert!(
        began.elapsed() < Duration::from_millis(1_200),
        "{:?}",
        began.elapsed()
    );
    let began = Instant::now();
    let error = daemon.revoke(room("a@rooms")).unwrap_err().to_string();
    assert!(error.contains("no answer within 3 s"), "{error}");
    assert!(
        began.elapsed() < Duration::from_millis(3_500),
        "{:?}",
        began.elapsed()
    );
    wire.heal();
    daemon.until_fails(false);
    daemon.revoke_room("a@rooms");
}
