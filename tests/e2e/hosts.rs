//! Several hosts with one daemon.

use jsonwebtoken::Algorithm;
use serde_json::json;

use crate::fixture::{MEET, claims, denial, room_jid, start};
use support::deployment::{Host, Setup};
use support::login::Login;
use support::token::{mint, mint_with, with};

const OTHER: Host = Host {
    name: "meet.example.org",
    app_id: "other_app",
    app_secret: "the-second-secret-of-the-end-to-end-tests",
    policy: "",
};

#[test]
fn no_host_accepts_a_token_of_another() {
    let deployment = start(&Setup::of(&[MEET, OTHER]));
    for (own, other) in [(MEET, OTHER), (OTHER, MEET)] {
        let login = Login::to(own.name).room("standup");
        let good = mint(&claims(&own, "standup"), own.app_secret);
        let member = deployment.login(&login.clone().token(good)).unwrap();
        member.join(&room_jid(&own, "standup"), "member").unwrap();

        let refused = |token: String| deployment.login(&login.clone().token(token)).err();
        let of_the_other = mint(&claims(&other, "standup"), other.app_secret);
        let with_own_names = mint(&claims(&own, "standup"), other.app_secret);
        let with_own_secret = mint(&claims(&other, "standup"), own.app_secret);
        let unsigned = Some(denial("not-allowed", "Invalid signature"));
        assert_eq!(refused(of_the_other), unsigned);
        assert_eq!(refused(with_own_names), unsigned);
        assert_eq!(
            refused(with_own_secret),
            Some(denial("not-allowed", "invalid 'iss' claim"))
        );
    }
}

#[test]
fn a_member_of_one_host_stays_out_of_the_rooms_of_another() {
    let deployment = start(&Setup::of(&[MEET, OTHER]));
    for claims in [
        claims(&MEET, "standup"),
        with(claims(&MEET, "standup"), &json!({"sub": OTHER.name})),
        with(claims(&MEET, "standup"), &json!({"sub": "*", "room": "*"})),
    ] {
        let token = mint(&claims, MEET.app_secret);
        let member = deployment
            .login(&Login::to(MEET.name).token(token))
            .unwrap();
        let outcome = member.join(&room_jid(&OTHER, "standup"), "member");
        assert!(outcome.is_err(), "{claims}");
    }
}

#[test]
fn each_hmac_algorithm_is_accepted_where_it_is_configured_and_nowhere_else() {
    let hosts = [
        (Algorithm::HS256, MEET),
        (
            Algorithm::HS384,
            Host {
                name: "hs384.example.com",
                policy: "signature_algorithm = \"HS384\"",
                ..MEET
            },
        ),
        (
            Algorithm::HS512,
            Host {
                name: "hs512.example.com",
                policy: "signature_algorithm = \"HS512\"",
                ..MEET
            },
        ),
    ];
    let deployment = start(&Setup::of(&hosts.map(|(_, host)| host)));
    for (configured, host) in hosts {
        for (used, _) in hosts {
            let token = mint_with(used, &claims(&host, "standup"), host.app_secret);
            let outcome = deployment.login(&Login::to(host.name).token(token)).err();
            let refused = denial("not-allowed", "Invalid or incorrect alg");
            assert_eq!(
                outcome,
                (used != configured).then_some(refused),
                "{used:?} at {configured:?}"
            );
        }
    }
}

#[test]
fn a_host_that_the_daemon_does_not_know_is_told_of_as_it_loads() {
    let deployment = start(&Setup {
        more_hosts: "VirtualHost \"unknown.example.com\"\n    authentication = \"token\"\n\
            VirtualHost \"alone.example.com\"\n    authentication = \"token\"\n    \
            tokend_url = \"http://127.0.0.1:9\"\n",
        ..Setup::of(&[MEET])
    });
    let unknown = "does not know unknown.example.com, so nobody gets in there (no policy for host \"unknown.example.com\"; there is one for meet.example.com)";
    deployment.wait_for_log_line(&["warn", unknown, "prosody_config"]);
    deployment.wait_for_log_line(&["warn", "does not say whether it knows", "alone.example.com"]);
    let token = mint(&claims(&MEET, "standup"), MEET.app_secret);
    deployment
        .login(&Login::to(MEET.name).token(token))
        .unwrap();
    assert_eq!(deployment.count_log_lines("does not know"), 1);
    assert_eq!(
        deployment.count_log_lines("does not say whether it knows"),
        1
    );
}
