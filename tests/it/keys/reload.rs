//! Changes to the configuration while the daemon serves.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use super::fixture::{Running, claims, host, start, start_in};
use support::issuer::{alice, bob, jwks};
use support::key_server::{KeyServer, Page};
use support::token::mint;
use support::{http, until};

const RELOADED: &str = "configuration reloaded";

fn secret(number: u8) -> String {
    format!("the {number}. secret of the reload tests, long enough")
}

fn with_secret(number: u8) -> String {
    host(&format!("app_secret = \"{}\"", secret(number)))
}

fn accepts(running: &Running, number: u8) -> bool {
    running.verdict(&mint(&claims(), &secret(number))) == "allowed"
}

#[track_caller]
fn until_accepted(running: &Running, number: u8) {
    until(&format!("secret {number}"), || {
        accepts(running, number).then_some(())
    });
    assert!(
        !accepts(running, number - 1),
        "secret {} is still accepted",
        number - 1
    );
}

#[test]
fn a_hangup_or_a_change_of_the_file_in_place_or_by_rename_is_noticed() {
    let running = start(&format!("app_secret = \"{}\"", secret(1)));
    let file = running.configuration();
    assert!(accepts(&running, 1));
    fs::write(&file, with_secret(2)).unwrap();
    until_accepted(&running, 2);
    let replacement = running.path("replacement");
    fs::write(&replacement, with_secret(3)).unwrap();
    fs::rename(&replacement, &file).unwrap();
    until_accepted(&running, 3);
    fs::remove_file(&file).unwrap();
    fs::write(&file, with_secret(4)).unwrap();
    until_accepted(&running, 4);
    let before = running.count_log_lines(RELOADED);
    running.daemon.hang_up();
    running.wait_for_log_lines(RELOADED, before + 1);
    assert!(accepts(&running, 4));
}

#[test]
fn a_secret_file_is_watched_behind_links() {
    // As Kubernetes has it: secret -> ..data/secret, ..data -> ..1
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for number in 1..=3 {
        fs::create_dir_all(at(&format!("mount/..{number}"))).unwrap();
        fs::write(at(&format!("mount/..{number}/secret")), secret(number)).unwrap();
    }
    let swap = |target: &str, link: &Path| {
        let passing = at("mount/..passing");
        symlink(target, &passing).unwrap();
        fs::rename(&passing, link).unwrap();
    };
    swap("..1", &at("mount/..data"));
    symlink("..data/secret", at("mount/secret")).unwrap();
    let configuration = host(&format!(
        "app_secret_file = \"{}\"",
        at("mount/secret").display()
    ));
    let running = start_in(tempfile::tempdir().unwrap(), &configuration, Vec::new());
    assert!(accepts(&running, 1));
    for number in 2..=3 {
        swap(&format!("..{number}"), &at("mount/..data"));
        until_accepted(&running, number);
    }
    // As certbot has it: secret -> ../archive/secret4, elsewhere.
    fs::create_dir(at("archive")).unwrap();
    for number in 4..=5 {
        fs::write(at(&format!("archive/secret{number}")), secret(number)).unwrap();
        swap(&format!("../archive/secret{number}"), &at("mount/secret"));
        until_accepted(&running, number);
    }
    // In place, where the link leads.
    fs::write(at("archive/secret5"), secret(6)).unwrap();
    until_accepted(&running, 6);
}

#[test]
fn a_key_folder_gains_and_loses_keys() {
    let keys = tempfile::tempdir().unwrap();
    let file = |name: &str| keys.path().join(name);
    fs::write(file("old.pem"), alice().public_pem()).unwrap();
    let running = start(&format!("key_folder = \"{}\"", keys.path().display()));
    let old = alice().sign(Some("old"), &claims());
    let new = bob().sign(Some("new"), &claims());
    assert_eq!(running.verdict(&old), "allowed");
    assert_eq!(running.verdict(&new), "key-not-found");
    fs::write(file("new.pem"), bob().pkcs1_pem()).unwrap();
    until("the new key", || {
        (running.verdict(&new) == "allowed").then_some(())
    });
    assert_eq!(running.verdict(&old), "allowed");
    fs::remove_file(file("old.pem")).unwrap();
    until("the withdrawal", || {
        (running.verdict(&old) == "key-not-found").then_some(())
    });
    assert_eq!(running.verdict(&new), "allowed");
}

#[test]
fn a_broken_file_keeps_the_policy_and_is_told_of() {
    let running = start(&format!("app_secret = \"{}\"", secret(1)));
    let broken = [
        "[hosts".to_owned(),
        host("app_secret = 5"),
        host("app_secret_file = \"/nowhere\""),
        format!("{}unknown = 1\n", with_secret(2)),
    ];
    for (count, broken) in broken.iter().enumerate() {
        fs::write(running.configuration(), broken).unwrap();
        running.wait_for_log_lines("configuration not reloaded", count + 1);
        assert!(accepts(&running, 1) && !accepts(&running, 2), "{broken}");
        let failure = until("the failure to show", || {
            running.ready().1["reload_failed"]
                .as_str()
                .map(str::to_owned)
        });
        assert!(
            failure.contains("prosody-tokend.toml") || failure.contains("mistake"),
            "{failure}"
        );
        assert_eq!(running.ready().0, 200);
    }
    fs::remove_file(running.configuration()).unwrap();
    running.wait_for_log_lines("configuration not reloaded", broken.len() + 1);
    assert!(accepts(&running, 1));
    fs::write(running.configuration(), with_secret(2)).unwrap();
    until_accepted(&running, 2);
    assert_eq!(running.ready(), (200, json!({"status": "ready"})));
}

#[test]
fn fetched_keys_survive_a_reload() {
    let server = KeyServer::http();
    server.put("/jwks", Page::of(jwks(&[alice().jwk("a")])));
    let keys = format!("cache_keys_url = \"{}\"", server.url("/jwks"));
    let running = start(&keys);
    let token = alice().sign(Some("a"), &claims());
    assert_eq!(running.verdict(&token), "allowed");
    server.set_dead(true);
    let changed = host(&format!("{keys}\nasap_accepted_audiences = [\"other\"]"));
    fs::write(running.configuration(), changed).unwrap();
    let denied = || running.verdict(&token) == "aud-not-accepted";
    until("the new policy", || denied().then_some(()));
    assert_eq!(server.count(), 1);
}

#[test]
fn no_request_fails_during_a_hundred_reloads() {
    let running = start(&format!("app_secret = \"{}\"", secret(1)));
    let port = running.daemon.port();
    let token = mint(&claims(), &secret(1));
    let question = json!({"token": token, "room": "standup"}).to_string();
    let done = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let (status, body) =
                        http::request(port, "POST", "/v1/verify", &question).unwrap();
                    assert!(
                        status == 200 && body.contains("\"allowed\":true"),
                        "{status} {body}"
                    );
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for count in 1..=100 {
            let other = count % 2;
            let text = format!(
                "server_names = [\"name{other}.example.com\"]\n{}",
                with_secret(1)
            );
            fs::write(running.configuration(), text).unwrap();
            running.daemon.hang_up();
            running.wait_for_log_lines(RELOADED, count);
        }
        done.store(true, Ordering::SeqCst);
    });
    let answered = answered.load(Ordering::SeqCst);
    assert!(answered > 100, "only {answered} requests in between");
}

#[test]
fn the_last_key_of_a_folder_that_is_withdrawn_lets_nobody_in_and_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::write(keys.join("alice.pem"), alice().public_pem()).unwrap();
    let configuration = host(&format!("key_folder = \"{}\"", keys.display()));
    let running = start_in(folder, &configuration, Vec::new());
    let token = alice().sign(Some("alice"), &claims());
    assert_eq!(running.verdict(&token), "allowed");
    fs::remove_file(keys.join("alice.pem")).unwrap();
    until("the key to be withdrawn", || {
        (running.verdict(&token) == "key-not-found").then_some(())
    });
    let (status, body) = http::request(running.daemon.port(), "GET", "/readyz", "").unwrap();
    assert_eq!(status, 503);
    assert!(body.contains("missing_keys"), "{body}");
    fs::write(keys.join("alice.pem"), alice().public_pem()).unwrap();
    until("the key to be back", || {
        (running.verdict(&token) == "allowed").then_some(())
    });
}
