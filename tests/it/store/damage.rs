//! A file that is damaged.
#![expect(clippy::disallowed_methods, reason = "damages the store's files")]

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::daemon::{Daemon, Extent, room};
use super::file::place;
use support::until;

/// A file with a hundred revocations that was closed.
fn filled() -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = place();
    let daemon = Daemon::alone(&path);
    for number in 0..100 {
        daemon.revoke_room(&format!("{number}@rooms"));
    }
    drop(daemon);
    until("the file to be closed", || {
        (!folder.path().join("state.db-wal").exists()).then_some(())
    });
    (folder, path)
}

fn damage(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, &bytes).unwrap();
    bytes
}

fn asides(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_aside = |path: &PathBuf| path.to_str().unwrap().contains(".damaged-");
    paths.filter(is_aside).collect()
}

#[test]
fn a_damaged_file_is_moved_aside_and_told_of_until_somebody_has_seen_to_it() {
    for (case, change) in [
        (
            "no database",
            &(|bytes: &mut Vec<u8>| bytes[..4096].fill(b'x')) as &dyn Fn(&mut Vec<u8>),
        ),
        ("pages of zeroes", &|bytes| bytes[8192..].fill(0)),
        ("noise in the middle", &|bytes| {
            for (place, byte) in bytes.iter_mut().enumerate().skip(4096) {
                *byte ^= u8::try_from(place % 251).unwrap();
            }
        }),
        ("cut off", &|bytes| bytes.truncate(3 * 4096 + 100)),
    ] {
        let (folder, path) = filled();
        let damaged = damage(&path, change);
        let daemon = Daemon::alone(&path);
        assert_eq!(
            (daemon.extent(), daemon.len()),
            (Extent::Nothing, 0),
            "{case}"
        );
        let asides = asides(folder.path());
        assert_eq!(fs::read(&asides[0]).unwrap(), damaged, "{case}");
        let told = daemon.state().damage.unwrap();
        assert!(told.contains(asides[0].to_str().unwrap()), "{told}");

        // What is revoked from now on counts, and the rest is lost until somebody says so.
        daemon.revoke_room("new@rooms");
        assert!(daemon.denies("new@rooms"));
        assert_eq!(daemon.extent(), Extent::Rest, "{case}");
        drop(daemon);
        let daemon = Daemon::alone(&path);
        assert!(daemon.denies("new@rooms"));
        assert_eq!(daemon.extent(), Extent::Rest, "{case}");
        assert!(daemon.state().damage.is_some());
        assert_eq!(daemon.state().failing_since, None);
        fs::remove_file(&asides[0]).unwrap();
        until("the loss to be accepted", || {
            (daemon.extent() == Extent::All).then_some(())
        });
        assert!(daemon.denies("new@rooms"));
        assert_eq!((daemon.state().damage, daemon.len()), (None, 1));
    }
}

#[test]
fn a_backup_brings_everything_back() {
    let (folder, path) = filled();
    let backup = fs::read(&path).unwrap();
    damage(&path, |bytes| bytes[..100].fill(7));
    let daemon = Daemon::alone(&path);
    assert_eq!(daemon.extent(), Extent::Nothing);
    drop(daemon);
    until("the file to be closed", || {
        (!folder.path().join("state.db-wal").exists()).then_some(())
    });
    for entry in fs::read_dir(folder.path()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    fs::write(&path, backup).unwrap();
    let daemon = Daemon::alone(&path);
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, 100));
}

#[test]
fn a_file_that_is_damaged_while_it_is_used_takes_nothing_out_of_force() {
    let (_folder, path) = filled();
    let daemon = Daemon::alone(&path);
    daemon.add_consumer(1);
    daemon.add(1, 1);
    drop(daemon);
    until("the file to be closed", || {
        (!path.with_extension("db-wal").exists()).then_some(())
    });
    let daemon = Daemon::alone(&path);
    let version = daemon.state().version;
    // In place: the file stays the same one. Somebody else's write has what is remembered of it read again.
    damage_in_place(&path);
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 1_002).unwrap();
    drop(other);
    let damage = until("the damage to be found", || {
        // What could not be written says why.
        let _ = daemon.revoke(room("some@more"));
        daemon.state().damage
    });
    assert!(
        damage.contains("stays in force until the daemon ends"),
        "{damage}"
    );
    assert!(daemon.denies("7@rooms") && daemon.len() >= 100);
    assert!(daemon.admits("key-1"));
    assert_eq!(daemon.extent(), Extent::All);
    assert!(daemon.state().damage.is_some());
    let next = daemon.revoke_room("new@rooms");
    assert!(next.version > version && daemon.denies("new@rooms"));
    assert_eq!(daemon.state().failing_since, None);
    drop(daemon);
    let daemon = Daemon::alone(&path);
    assert_eq!(daemon.extent(), Extent::Rest);
    assert!(daemon.denies("new@rooms") && !daemon.denies("7@rooms"));
    // What nobody knows admits nobody.
    assert!(!daemon.admits("key-1") && daemon.credentials().is_empty());
    daemon.add_consumer(1);
    daemon.add(1, 1);
    assert!(daemon.admits("key-1"));
}

fn damage_in_place(path: &Path) {
    use std::os::unix::fs::FileExt as _;
    let file = fs::File::options().write(true).open(path).unwrap();
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    file.write_all_at(&vec![0x5a; length - 4096], 4096).unwrap();
}
