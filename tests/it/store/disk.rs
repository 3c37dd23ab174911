//! A disk that is full, cannot be written, or lacks the file: what is in force stays so, and it goes on as soon as it can.
#![expect(
    clippy::disallowed_methods,
    reason = "fills disks, moves the store's files, and starts itself again where it may"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prosody_tokend::store::registry::Expected;
use rustix::fs::statvfs;

use super::daemon::{Daemon, Extent, room};
use super::file::place;
use super::registry::daemon::{credential, key};
use support::until;

/// Runs a test of this program once more, where it can mount: a disk of two megabytes, at the path that it is given.
fn on_small_disk(test: &str) -> Option<PathBuf> {
    if let Some(folder) = env::var_os(SMALL_DISK) {
        return Some(PathBuf::from(folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", MOUNT]);
    command.arg(env::current_exe().unwrap());
    command
        .arg(folder.path())
        .arg(format!("store::disk::{test}"));
    let output = command.env(SMALL_DISK, folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains("1 passed"), "{said}");
    None
}

const SMALL_DISK: &str = "TEST_SMALL_DISK";
const MOUNT: &str =
    "mount -t tmpfs -o size=2m,mode=0755 small \"$1\" && exec \"$0\" --exact \"$2\" --nocapture";

/// Takes all that is left of the disk.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("ballast");
    let mut size = usize::try_from(statvfs(folder).unwrap().f_bavail * 4096).unwrap();
    while size > 0 && fs::write(&path, vec![1; size]).is_err() {
        size -= 4096;
    }
    path
}

#[test]
fn what_cannot_be_written_on_a_full_disk_fails_clearly_and_takes_nothing_out_of_force() {
    let Some(folder) = on_small_disk(
        "what_cannot_be_written_on_a_full_disk_fails_clearly_and_takes_nothing_out_of_force",
    ) else {
        return;
    };
    let path = folder.join("state.db");
    let daemon = Daemon::alone(&path);
    daemon.revoke_room("a@rooms");
    daemon.add_consumer(1);
    daemon.add(1, 1);
    let ballast = fill(&folder);
    // The log beside the file may have room for some.
    let mut written = 0;
    let error = loop {
        match daemon.revoke(room(&format!("{written}@more"))) {
            Ok(_) => written += 1,
            Err(error) => break error.to_string(),
        }
    };
    assert!(
        error.contains("state.db: the disk is full; make room there"),
        "{error}"
    );
    assert!(!daemon.denies(&format!("{written}@more")));
    let state = daemon.state();
    assert!(state.failing_since.is_some(), "{state:?}");
    assert_eq!(state.error.as_deref(), Some(error.as_str()));
    assert!(daemon.denies("a@rooms"));
    assert_eq!(daemon.rooms().len(), written + 1);
    assert!(daemon.use_once([1; 32], i64::MAX).is_err());
    let added = daemon.put_credential(credential(2, 1), Expected::Nothing);
    assert!(added.is_err() && !daemon.admits("key-2"), "{added:?}");
    assert!(daemon.delete(1).is_err() && daemon.admits("key-1"));

    // A restart meanwhile finds all that there is.
    drop(daemon);
    let daemon = Daemon::alone(&path);
    assert!(daemon.denies("a@rooms"));
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, written + 1));
    assert!(daemon.admits("key-1") && !daemon.admits("key-2"));

    fs::remove_file(ballast).unwrap();
    daemon.until_fails(false);
    daemon.revoke_room("b@rooms");
    assert!(daemon.denies("b@rooms") && daemon.denies("a@rooms"));
    daemon.add(2, 1);
    assert!(daemon.delete(1).unwrap());
    drop(daemon);
    let daemon = Daemon::alone(&path);
    assert_eq!((daemon.len(), daemon.keys()), (written + 2, vec![key(2)]));
}

#[test]
fn a_disk_that_can_only_be_read_is_read() {
    let Some(folder) = on_small_disk("a_disk_that_can_only_be_read_is_read") else {
        return;
    };
    let path = folder.join("state.db");
    let remount = |options: &str| {
        let mut command = Command::new("mount");
        command.args(["-o", options]).arg(&folder);
        command.status().unwrap().success()
    };
    let daemon = Daemon::alone(&path);
    daemon.revoke_room("a@rooms");
    drop(daemon);
    until("the disk to be let go", || {
        remount("remount,ro,size=2m").then_some(())
    });
    let daemon = Daemon::alone(&path);
    assert_eq!((daemon.extent(), daemon.len()), (Extent::All, 1));
    assert!(daemon.denies("a@rooms"));
    assert_eq!(daemon.rooms(), ["a@rooms"]);
    let error = daemon.revoke(room("b@rooms")).unwrap_err().to_string();
    assert!(error.contains("cannot be written"), "{error}");
    assert!(!daemon.denies("b@rooms"));
    assert!(remount("remount,rw,size=2m"));
    daemon.until_fails(false);
    daemon.revoke_room("b@rooms");
    assert_eq!(daemon.rooms(), ["a@rooms", "b@rooms"]);
}

#[test]
fn a_folder_that_is_not_there_is_named_with_what_makes_it() {
    let (folder, _) = place();
    let path = folder.path().join("missing").join("state.db");
    let daemon = Daemon::alone(&path);
    assert_eq!(daemon.extent(), Extent::Nothing);
    let error = daemon.revoke(room("a@rooms")).unwrap_err().to_string();
    let missing = path.parent().unwrap();
    let typed = format!(
        "-o {} {}",
        rustix::process::geteuid().as_raw(),
        missing.display()
    );
    assert!(
        error.contains("sudo install -d -m 0700") && error.contains(&typed),
        "{error}"
    );
    fs::create_dir(missing).unwrap();
    daemon.until_fails(false);
    assert_eq!(daemon.extent(), Extent::All);
    daemon.revoke_room("a@rooms");
    assert!(daemon.denies("a@rooms"));
}

#[test]
fn what_is_no_file_is_refused() {
    let (_folder, path) = place();
    fs::create_dir(&path).unwrap();
    let daemon = Daemon::alone(&path);
    let error = daemon.revoke(room("a@rooms")).unwrap_err().to_string();
    assert!(error.contains("not a regular file"), "{error}");
}

#[test]
fn a_file_that_is_taken_away_is_missed_and_one_that_takes_its_place_is_read() {
    let (folder, path) = place();
    let daemon = Daemon::alone(&path);
    daemon.revoke_room("a@rooms");
    let copy = folder.path().join("copy.db");
    let backup = format!("VACUUM INTO '{}'", copy.display());
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(&backup)
        .unwrap();
    daemon.revoke_room("b@rooms");
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(format!("{}{end}", path.display())).unwrap();
    }
    let error = daemon.revoke(room("c@rooms")).unwrap_err().to_string();
    assert!(
        error.contains("it was removed while it was in use"),
        "{error}"
    );
    daemon.until_fails(true);
    assert!(daemon.denies("a@rooms") && daemon.denies("b@rooms"));
    assert!(!daemon.denies("c@rooms"));
    fs::rename(copy, &path).unwrap();
    daemon.until_denies("b@rooms", false);
    daemon.until_fails(false);
    assert!(daemon.denies("a@rooms"));
    daemon.revoke_room("c@rooms");
    drop(daemon);
    assert_eq!(Daemon::alone(&path).rooms(), ["a@rooms", "c@rooms"]);
}
