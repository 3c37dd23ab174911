//! What explanations say, and never say.

use std::sync::Arc;

use proptest::prelude::*;
use prosody_tokend::config::{self, layers::Inputs};
use prosody_tokend::http::routes::explain::body;
use prosody_tokend::keys::store::RecordedAnswers;
use prosody_tokend::peer::Peer;
use prosody_tokend::token::decision::Presented;
use prosody_tokend::token::explain::checks::{self, Check};
use prosody_tokend::token::explain::pasted;
use prosody_tokend::token::explain::room_checks;
use prosody_tokend::token::reason::Reason;
use prosody_tokend::token::room::{Join, Participant, RoomState};
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::overrides::Overrides;
use prosody_tokend::verifier::question::{RoomName, RoomQuestion, TokenQuestion};
use prosody_tokend::verifier::verdict::Admitted;
use prosody_tokend::worker::Worker;

use super::generators::{
    MUC_DOMAIN, NOW, SECRET, broken_tokens, claims, decide, examined, headers, object, room_jids,
    sign, sign_with, usual_token,
};
use super::rooms::{self, prefixes, states};
use super::several::any_policies;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_first_failed_check_is_the_reason_of_the_denial(
        policy in any_policies(), header in headers(), claims in claims(),
    ) {
        let token = sign(&object(&header), &object(&claims));
        let reason = decide(&policy, &token).err();
        let checks = checks::token(&examined(&policy, &token, &None));
        prop_assert_eq!(first_failed(&checks), reason.as_ref().map(Reason::code));
    }

    #[test]
    fn the_first_failed_check_of_what_is_no_token_is_the_reason_too(policy in any_policies(), token in broken_tokens()) {
        let reason = decide(&policy, &token).err();
        let checks = checks::token(&examined(&policy, &token, &None));
        prop_assert_eq!(first_failed(&checks), reason.as_ref().map(Reason::code));
    }

    #[test]
    fn the_first_failed_check_of_a_room_is_the_reason_of_its_denial(
        policy in any_policies(), claims in claims(), room_jid in room_jids(), state in states(), query_prefix in prefixes(),
    ) {
        let token = sign("{}", &object(&claims));
        if let Some(session) = room_checks::claimed(&policy, &token) {
            let reason = rooms::decide(&policy, &session, &room_jid, state, query_prefix).decision.err();
            let participant = Participant::Member(&session);
            let join = Join { room_jid: &room_jid, state, query_prefix, participant };
            let checks = room_checks::all(&policy, &join);
            prop_assert_eq!(first_failed(&checks), reason.as_ref().map(Reason::code));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_explanation_shows_a_secret_a_signature_or_a_token(token in damaged_tokens()) {
        let shown = explained(&token);
        for hidden in [SECRET, &token].into_iter().chain(pieces(&token)) {
            prop_assert!(!contains_part(&shown, hidden), "{} of {} in {}", hidden, token, shown);
        }
    }

    #[test]
    fn a_token_with_something_around_it_is_read_without(claims in claims()) {
        let token = sign(r#"{"alg":"HS256","typ":"JWT"}"#, &object(&claims));
        prop_assert_eq!(pasted(&token), None);
        for around in [format!("Bearer {token}"), format!("\"{token}\""), format!("{token}\n"), format!(" {token}")] {
            prop_assert_eq!(pasted(&around).map(|(token, _)| token), Some(token.clone()));
        }
    }
}

/// Good tokens, and what becomes of them on their way to whoever asks why they were refused.
fn damaged_tokens() -> impl Strategy<Value = String> {
    let secrets = prop::sample::select(vec![
        SECRET.to_owned(),
        format!("{SECRET}\n"),
        String::new(),
        "Wm05dg".to_owned(),
        format!("\"{SECRET}\""),
    ]);
    let signed = (headers(), claims(), secrets).prop_map(|(header, claims, secret)| {
        sign_with(secret.as_bytes(), &object(&header), &object(&claims))
    });
    let good = prop_oneof![1 => Just(usual_token()), 3 => signed];
    (good, 0_usize..14, any::<prop::sample::Index>()).prop_map(|(token, damage, index)| {
        let at = index.index(token.len());
        let parts: Vec<&str> = token.split('.').collect();
        match damage {
            0 => token,
            1 => format!("Bearer {token}"),
            2 => format!("\"{token}\""),
            3 => format!("{}\n{}", &token[..at], &token[at..]),
            4 => token[..at].to_owned(),
            5 => token[at..].to_owned(),
            6 => format!("{token}.{token}"),
            7 => format!("{}.{}", parts[0], parts[2]),
            8 => format!("{}.{}.{}", parts[2], parts[1], parts[0]),
            9 => parts[2].to_owned(),
            10 => format!("https://meet.example.com/room?jwt={token}"),
            11 => token.replace('.', "%2E"),
            12 => format!("{token}="),
            _ => format!("{}\u{e9}{}", &token[..at], &token[at..]),
        }
    })
}

/// The parts of a token that nobody else may see.
fn pieces(token: &str) -> Vec<&str> {
    let mut pieces: Vec<&str> = token
        .split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)))
        .collect();
    pieces.retain(|piece| piece.len() >= LEGIBLE);
    pieces
}

/// Whether any stretch of `hidden` that is long enough to be of use is in `shown`.
fn contains_part(shown: &str, hidden: &str) -> bool {
    hidden
        .as_bytes()
        .windows(LEGIBLE)
        .any(|part| std::str::from_utf8(part).is_ok_and(|part| shown.contains(part)))
}

const LEGIBLE: usize = 24;

/// Everything that is ever shown of a token: the explanation as JSON and in words, and the denial.
fn explained(token: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let question = TokenQuestion {
        opens_session: false,
        asker: Peer::Own,
        presented: Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        },
        room: Some(RoomQuestion {
            room: RoomName::Jid(&format!("meet-1@{MUC_DOMAIN}")),
            state: RoomState {
                exists: true,
                allow_unauthenticated_access: None,
            },
            query_prefix: None,
        }),
        overrides: Overrides::default(),
    };
    let mut examination = runtime
        .block_on(verifier().explain(None, &question, None))
        .unwrap();
    let mut shown = String::new();
    for check in &examination.checks {
        match &check.outcome {
            Ok(passed) => shown.push_str(&passed.found),
            Err(failed) => shown.push_str(&failed.explanation.to_string()),
        }
        shown.push('\n');
    }
    if let Ok(admitted) = &mut examination.verdict.admission {
        // Whoever is let in gets the claims, which are no secret to the server.
        *admitted = Admitted::default();
    }
    shown + &serde_json::to_string(&body(&examination)).unwrap()
}

fn verifier() -> Verifier {
    let text = format!(
        "[hosts.\"example.com\"]\napp_id = \"my_app\"\napp_secret = \"{SECRET}\"\nmuc_mapper_domain_base = \"example.com\"\n"
    );
    let sources = Inputs {
        file: Some(("tokend.toml".into(), text)),
        ..Inputs::default()
    };
    let hosts = config::load(&sources)
        .unwrap_or_else(|refused| panic!("{refused}"))
        .hosts;
    let patterns = Arc::new(Worker::start(1, 1).unwrap());
    Verifier::new(hosts, RecordedAnswers::new(), patterns, Box::new(|| NOW))
}

fn first_failed(checks: &[Check]) -> Option<&'static str> {
    checks
        .iter()
        .find_map(|check| check.outcome.as_ref().err().map(|failed| failed.code))
}
