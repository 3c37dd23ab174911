//! Prosody and the daemon go by the same file.

use prosody_tokend::keys::source;
use serde_json::json;

use crate::fixture::{Checked, MEET, claims, denial, refusal, room_jid, start};
use support::client::{Client, Denial};
use support::deployment::Setup;
use support::issuer::{alice, bob};
use support::key_server::{KeyServer, Page};
use support::login::Login;
use support::token::mint;
use support::until;

const ROTATED: &str = "the-second-secret-of-the-end-to-end-tests";
const ROOM: &str = "standup";

fn login<'a>(
    deployment: &'a Checked,
    room: &str,
    secret: &'static str,
) -> Result<Client<'a>, Denial> {
    let token = mint(&claims(&MEET, room), secret);
    deployment.login(&Login::to(MEET.name).token(token))
}

#[test]
fn one_line_in_the_daemons_configuration_is_enough_and_a_changed_secret_holds_for_both() {
    let deployment = start(&Setup {
        inherits: true,
        muc_options: "token_verification_allowlist = {}",
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let member = login(&deployment, ROOM, MEET.app_secret).unwrap();
    member.join(&room, "member").unwrap();
    let stranger = login(&deployment, "planning", MEET.app_secret).unwrap();
    let mismatched = Err(refusal("Room and token mismatched"));
    assert_eq!(stranger.join(&room, "stranger").map(|_| ()), mismatched);
    let invalid = Some(denial("not-allowed", "Invalid signature"));
    assert_eq!(login(&deployment, ROOM, ROTATED).err(), invalid);

    let domain = format!("token_verification_allowlist = {{ \"{}\" }}", MEET.name);
    deployment.reconfigure(&[
        (MEET.app_secret, ROTATED),
        ("token_verification_allowlist = {}", &domain),
    ]);

    let newcomer = until("the daemon to know the new secret", || {
        login(&deployment, ROOM, ROTATED).ok()
    });
    assert_eq!(login(&deployment, ROOM, MEET.app_secret).err(), invalid);
    newcomer.join(&room, "newcomer").unwrap();
    // Prosody's own part of the file: nobody's token is asked for any more.
    stranger.join(&room, "stranger").unwrap();
    member.say(&room, "welcome");
    newcomer.hear(&room, "welcome");
}

/// As `mod_muc_end_meeting` and others do, whose callers have keys of their own.
#[test]
fn the_key_server_of_backend_services_is_asked_because_prosodys_configuration_names_it() {
    let server = KeyServer::http();
    let file = |folder: &str| format!("/{folder}/{}", source::key_file_name("service"));
    server.put(&file("services"), Page::of(alice().public_pem()));
    server.put(&file("elsewhere"), Page::of(alice().public_pem()));
    let deploy = |option: String| {
        start(&Setup {
            inherits: true,
            prosody_options: option.leak(),
            host_options: r#"modules_enabled = { "use_tokens" }"#,
            expected_errors: &["gives no verdicts"],
            ..Setup::of(&[MEET])
        })
    };
    let url = server.url("/services");
    let deployment = deploy(format!("prosody_password_public_key_repo_url = \"{url}\""));
    let ask = |deployment: &Checked, token: &str| {
        let path = format!("use_tokens/decide-on-service?host={}", MEET.name);
        deployment.prosody.get(&path, token)
    };
    let good = alice().sign(Some("service"), &claims(&MEET, ROOM));
    assert_eq!(ask(&deployment, &good), json!({"ok": true}));
    let of_a_user = mint(&claims(&MEET, ROOM), MEET.app_secret);
    for (token, reason) in [
        (
            bob().sign(Some("service"), &claims(&MEET, ROOM)),
            "Invalid signature",
        ),
        (
            alice().sign(Some("another"), &claims(&MEET, ROOM)),
            "could not obtain public key",
        ),
        (of_a_user, "'kid' claim is missing"),
    ] {
        let answer = ask(&deployment, &token);
        assert_eq!(answer["ok"], false);
        assert_eq!(answer["reason"], reason);
    }
    // Users are still decided on by the host's secret, and not by those keys.
    let member = login(&deployment, ROOM, MEET.app_secret).unwrap();
    member.join(&room_jid(&MEET, ROOM), "member").unwrap();
    assert_eq!(
        deployment.login(&Login::to(MEET.name).token(&good)).err(),
        Some(denial("not-allowed", "Invalid or incorrect alg"))
    );
    // Of what no configuration names no key is fetched.
    let deployment = deploy(String::new());
    assert_eq!(ask(&deployment, &good)["ok"], false);
}
