//! Prosody and the daemon go by the same file.

use crate::fixture::{Checked, MEET, claims, denial, refusal, room_jid, start};
use crate::support::client::{Client, Denial};
use crate::support::deployment::Setup;
use crate::support::login::Login;
use crate::support::token::mint;
use crate::support::until;

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
