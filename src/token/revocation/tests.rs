use std::collections::BTreeMap;
use std::mem::size_of;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::claims::Claims;
use super::super::header::Header;
use super::super::pointer::Pointer;
use super::in_force::{Entry, Revocations};
use super::ledger::{Change, Ledger};
use super::*;

const NOW: i64 = 1_000_000;
const HOST: &str = "meet.example.com";
const INPUT: &str = "aGVhZGVy.Y2xhaW1z";

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn revocation(target: Target) -> Revocation {
    Revocation {
        target,
        host: None,
        until: None,
        reason: None,
        made_by: name("ops"),
        made_at: NOW - 100,
    }
}

fn user(id: &str, issued_before: Option<i64>) -> Revocation {
    revocation(Target::User {
        id: name(id),
        issued_before,
    })
}

fn token(signing_input: &str) -> Revocation {
    let whole = format!("{signing_input}.c2lnbmF0dXJl");
    revocation(Target::Token(TokenDigest::of(&whole).unwrap()))
}

fn set<'a>(revocations: impl IntoIterator<Item = &'a Revocation>) -> Arc<Revocations> {
    Ledger::default().apply(revocations.into_iter().map(Change::Made))
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What takes back the token with this signing input, header and claims.
fn found(set: &Revocations, input: &str, header: &Value, claims: &Value) -> Option<Revoked> {
    let header = Header::decode(&encoded(header)).unwrap();
    let claims = Claims::decode(&encoded(claims)).unwrap();
    let pointer = Pointer::to_user_id();
    let checked = set
        .of_host(HOST, &pointer)
        .check_token(input, &header, &claims, NOW);
    match checked {
        Ok(()) => None,
        Err(Reason::TokenRevoked(by)) => Some(*by.unwrap()),
        Err(other) => panic!("{other:?}"),
    }
}

/// The token of anna.
fn annas() -> (Value, Value) {
    let header = json!({"alg": "RS256", "kid": "k1"});
    let claims = json!({
        "iss": "https://login.example.com", "jti": "j1", "iat": NOW - 50,
        "context": {"user": {"id": "anna"}},
    });
    (header, claims)
}

fn denies(revocations: &[Revocation]) -> bool {
    let (header, claims) = annas();
    found(&set(revocations), INPUT, &header, &claims).is_some()
}

#[test]
fn a_token_is_denied_by_each_kind_that_names_something_of_it() {
    for (target, kind) in [
        (token(INPUT).target, Kind::Token),
        (Target::TokenId(name("j1")), Kind::TokenId),
        (user("anna", None).target, Kind::User),
        (user("anna", Some(NOW)).target, Kind::User),
        (Target::Key(name("k1")), Kind::Key),
        (
            Target::Issuer(name("https://login.example.com")),
            Kind::Issuer,
        ),
    ] {
        let made = Revocation {
            reason: Some(name("why")),
            until: Some(NOW + 1),
            ..revocation(target)
        };
        let (header, claims) = annas();
        let by = found(&set([&made]), INPUT, &header, &claims).unwrap();
        assert_eq!((by.kind, by.id), (kind, made.id()));
        assert_eq!((by.reason, by.until), (made.reason.clone(), made.until));
        assert_eq!(
            (by.made_by, by.made_at),
            (made.made_by.clone(), made.made_at)
        );
        assert_eq!(by.is_of_earlier, made.target.issued_before().is_some());
    }
}

#[test]
fn a_token_is_let_in_where_something_else_is_revoked() {
    for (case, target) in [
        ("another token", token("aGVhZGVy.Y2xhaW1y").target),
        (
            "a token whose signing input begins the same",
            token("aGVhZGVy.Y2xhaW1zYQ").target,
        ),
        ("another jti", Target::TokenId(name("j2"))),
        ("a jti in other letters", Target::TokenId(name("J1"))),
        ("another user", user("anna2", None).target),
        ("a user by this jti", user("j1", None).target),
        ("a key by this jti", Target::Key(name("j1"))),
        ("a jti by this kid", Target::TokenId(name("k1"))),
        (
            "an issuer with a slash more",
            Target::Issuer(name("https://login.example.com/")),
        ),
        ("a room by this user", Target::Room(name("anna"))),
        (
            "the user's tokens before this one",
            user("anna", Some(NOW - 50)).target,
        ),
    ] {
        assert!(!denies(&[revocation(target)]), "{case}");
    }
}

#[test]
fn a_jti_that_spells_a_tokens_digest_or_name_is_no_token() {
    let made = token(INPUT);
    let Target::Token(digest) = &made.target else {
        panic!()
    };
    let digest = digest.to_string();
    let jtis = [
        digest.clone(),
        digest[..8].to_owned(),
        made.id().to_string(),
        INPUT.to_owned(),
    ];
    for jti in jtis {
        let (header, mut claims) = annas();
        claims["jti"] = json!(jti);
        assert!(found(&set([&made]), "b3RoZXI.b3RoZXI", &header, &claims).is_none());
        // And who revokes such a jti revokes no token by it.
        let by_jti = revocation(Target::TokenId(name(&jti)));
        let (header, claims) = annas();
        assert!(found(&set([&by_jti]), INPUT, &header, &claims).is_none());
        assert_ne!(by_jti.id(), made.id());
    }
}

#[test]
fn a_revocation_counts_on_its_host_alone() {
    let here = Revocation {
        host: Some(name(HOST)),
        ..user("anna", None)
    };
    let elsewhere = Revocation {
        host: Some(name("other.example.com")),
        ..user("anna", None)
    };
    let everywhere = user("anna", None);
    assert!(denies(std::slice::from_ref(&here)) && denies(std::slice::from_ref(&everywhere)));
    assert!(!denies(std::slice::from_ref(&elsewhere)));
    assert!(denies(&[elsewhere.clone(), here.clone()]));
    // They are three things, of which each is taken back by itself.
    let mut ledger = Ledger::default();
    let all = [&here, &elsewhere, &everywhere];
    ledger.apply(all.map(Change::Made));
    assert_eq!(ledger.set().len(), 3);
    ledger.apply([Change::Withdrawn(&here), Change::Withdrawn(&everywhere)]);
    assert_eq!(ledger.set().len(), 1);
    let (header, claims) = annas();
    assert!(found(&ledger.set(), INPUT, &header, &claims).is_none());
}

#[test]
fn a_revocation_counts_until_its_time_is_over() {
    for (until, is_denied) in [
        (None, true),
        (Some(NOW + 1), true),
        (Some(NOW), false),
        (Some(NOW - 1), false),
        (Some(i64::MIN), false),
    ] {
        let made = Revocation {
            until,
            ..user("anna", None)
        };
        assert_eq!(denies(&[made]), is_denied, "{until:?}");
    }
}

#[test]
fn a_logout_everywhere_counts_for_tokens_of_before_and_for_those_that_do_not_say() {
    let made = user("anna", Some(NOW));
    for (issued_at, is_denied) in [
        (json!(NOW - 1), true),
        (json!(1_000_000.5), false),
        (json!(999_999.5), true),
        (json!(NOW), false),
        (json!(NOW + 1), false),
        (json!(0), true),
        (json!(-1), true),
        (json!("1000001"), true),
        (Value::Null, true),
        (json!([NOW]), true),
    ] {
        let (header, mut claims) = annas();
        claims["iat"] = issued_at.clone();
        let by = found(&set([&made]), INPUT, &header, &claims);
        assert_eq!(by.is_some(), is_denied, "{issued_at}");
    }
    let (header, mut claims) = annas();
    claims.as_object_mut().unwrap().remove("iat");
    assert!(found(&set([&made]), INPUT, &header, &claims).is_some());
}

#[test]
fn who_is_locked_out_and_who_is_logged_out_are_two_things() {
    let (locked, logged) = (user("anna", None), user("anna", Some(NOW - 60)));
    assert_ne!(locked.id(), logged.id());
    assert!(!denies(std::slice::from_ref(&logged)));
    assert!(denies(&[logged.clone(), locked.clone()]));
    let mut ledger = Ledger::default();
    ledger.apply([
        Change::Made(&locked),
        Change::Made(&logged),
        Change::Withdrawn(&locked),
    ]);
    assert_eq!(ledger.set().count(Kind::User), 1);
}

#[test]
fn a_room_is_denied_to_everybody_and_no_other_one_is() {
    let made = revocation(Target::Room(name("sales@conference.meet.example.com")));
    let set = set([&made]);
    let pointer = Pointer::to_user_id();
    for (room, is_denied) in [
        ("sales@conference.meet.example.com", true),
        ("Sales@conference.meet.example.com", false),
        ("sales2@conference.meet.example.com", false),
        ("", false),
    ] {
        let host = set.of_host(HOST, &pointer);
        assert_eq!(host.check_room(room, NOW).is_err(), is_denied, "{room}");
    }
}

#[test]
fn users_are_known_by_what_the_configuration_points_to_as_text_or_number() {
    let (header, mut claims) = annas();
    claims["sub"] = json!(42);
    claims["context"]["user"]["id"] = json!(["anna"]);
    let header = Header::decode(&encoded(&header)).unwrap();
    let claims = Claims::decode(&encoded(&claims)).unwrap();
    for (pointer, id, is_denied) in [
        ("/sub", "42", true),
        ("/sub", "42.0", false),
        ("/context/user/id", "anna", false),
        ("/context/user/id/0", "anna", true),
        ("/context", "anna", false),
        ("/nothing", "anna", false),
    ] {
        let set = set([&user(id, None)]);
        let pointer = Pointer::parse(pointer).unwrap();
        let checked = set
            .of_host(HOST, &pointer)
            .check_token(INPUT, &header, &claims, NOW);
        assert_eq!(checked.is_err(), is_denied, "{pointer} {id}");
    }
}

#[test]
fn claims_that_are_no_names_are_nobodys() {
    let set = set([
        &revocation(Target::TokenId(name("null"))),
        &revocation(Target::TokenId(name("true"))),
    ]);
    for jti in [
        Value::Null,
        json!(true),
        json!({"null": 1}),
        json!([]),
        json!(""),
    ] {
        let (header, mut claims) = annas();
        claims["jti"] = jti.clone();
        assert!(found(&set, INPUT, &header, &claims).is_none(), "{jti}");
    }
}

#[test]
fn the_later_of_two_on_one_thing_takes_the_place_of_the_earlier() {
    let first = Revocation {
        reason: Some(name("first")),
        ..user("anna", Some(500))
    };
    let second = Revocation {
        reason: Some(name("second")),
        ..user("anna", Some(400))
    };
    assert_eq!(first.id(), second.id());
    let both = second.clone().after(&first);
    assert_eq!(both.target.issued_before(), Some(500));
    assert_eq!(both.reason, second.reason);
    let jti = revocation(Target::TokenId(name("j1")));
    assert_eq!(jti.clone().after(&first), jti);
    let mut ledger = Ledger::default();
    ledger.apply([Change::Made(&first), Change::Made(&second)]);
    let (header, mut claims) = annas();
    claims["iat"] = json!(1);
    let by = found(&ledger.set(), INPUT, &header, &claims).unwrap();
    assert_eq!((by.reason, ledger.set().len()), (second.reason, 1));
}

#[test]
fn ids_and_digests_are_read_as_they_are_written() {
    let made = token(INPUT);
    let id = made.id();
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(id.to_string().len(), 32);
    for text in [
        "",
        "0",
        &"0".repeat(31),
        &"g".repeat(32),
        &"0".repeat(33),
        &"é".repeat(16),
    ] {
        assert_eq!(text.parse::<RevocationId>(), Err(IdError));
    }
    let Target::Token(digest) = made.target else {
        panic!()
    };
    let name = digest.log_name().to_string().parse().unwrap();
    let again = TokenDigest::from_bytes(*digest.as_bytes(), digest.fingerprint(), name);
    assert_eq!(again, digest);
    // What is written down must mean the same for ever.
    assert_eq!(id.to_string(), "1eb9e1647b39ec54c376bdd02a0962fa");
    assert_eq!(digest.fingerprint(), 9_190_602_349_095_214_925);
}

#[test]
fn a_token_is_the_same_whatever_its_signature_and_another_one_whatever_else() {
    let digest = |token: &str| TokenDigest::of(token).unwrap();
    assert_eq!(digest("a.b.c"), digest("a.b.other"));
    for other in ["a.c.c", "b.b.c", "ab..c", "a.b=.c"] {
        assert_ne!(
            TokenDigest::of(other).ok(),
            Some(digest("a.b.c")),
            "{other}"
        );
    }
    for none in ["", "a", "a.b", "a.b.c.d"] {
        assert!(TokenDigest::of(none).is_err(), "{none}");
    }
}

#[test]
fn names_are_bounded_and_can_be_seen() {
    assert_eq!(Name::new(""), Err(NameError::Empty));
    assert_eq!(Name::new("a\nb"), Err(NameError::Control));
    assert_eq!(Name::new("a\u{9b}b"), Err(NameError::Control));
    assert!(Name::new(&"x".repeat(MOST_BYTES)).is_ok());
    let long = "x".repeat(MOST_BYTES + 1);
    assert_eq!(Name::new(&long), Err(NameError::Long(MOST_BYTES + 1)));
}

#[test]
fn kinds_are_read_as_they_are_called() {
    for kind in Kind::ALL {
        assert_eq!(Kind::named(kind.name()), Some(kind));
    }
    for name in ["", "Token", "token_id", "sub"] {
        assert_eq!(Kind::named(name), None);
    }
}

#[test]
fn those_that_are_over_leave_and_no_others() {
    let mut ledger = Ledger::default();
    let until = |id: &str, until| Revocation {
        until,
        ..user(id, None)
    };
    let all = [
        until("a", Some(NOW)),
        until("b", Some(NOW + 1)),
        until("c", None),
    ];
    ledger.apply(all.iter().map(Change::Made));
    assert!(!ledger.sweep(NOW - 1));
    let before = ledger.set();
    assert!(ledger.sweep(NOW));
    assert!(!ledger.sweep(NOW));
    // Whoever has the set from before goes on with it.
    assert_eq!((before.len(), ledger.set().len()), (3, 2));
    assert!(ledger.sweep(i64::MAX - 1));
    assert_eq!(ledger.set().count(Kind::User), 1);
}

#[test]
fn a_set_does_not_change_under_who_has_it() {
    let mut ledger = Ledger::default();
    let annas = user("anna", None);
    let first = ledger.apply([Change::Made(&annas)]);
    let second = ledger.apply([Change::Withdrawn(&annas)]);
    assert_eq!((first.len(), second.len()), (1, 0));
    assert!(second.is_empty() && !first.is_empty());
}

#[test]
fn what_comes_and_goes_leaves_nothing_behind() {
    let mut ledger = Ledger::default();
    for round in 0..200 {
        let all: Vec<Revocation> = (0..50)
            .map(|number| Revocation {
                reason: Some(name(&format!("{round} {number}"))),
                ..user(&format!("{number}"), None)
            })
            .collect();
        ledger.apply(all.iter().map(Change::Made));
        ledger.apply(all.iter().map(Change::Withdrawn));
    }
    assert!(ledger.set().is_empty());
    assert!(ledger.known_grounds() <= 200, "{}", ledger.known_grounds());
}

/// A million is what an installation may have; each entry has one place in a part that has no more than it needs.
#[test]
fn a_revocation_takes_about_64_bytes() {
    assert_eq!(size_of::<Entry>(), 64);
    let many = 1_000_000;
    let made: Vec<Revocation> = (0..many)
        .map(|number| Revocation {
            until: Some(NOW + i64::from(number)),
            reason: Some(name(if number % 2 == 0 { "lost" } else { "left" })),
            ..token(&format!("aGVhZGVy.{number}"))
        })
        .collect();
    let mut ledger = Ledger::default();
    for some in made.chunks(100_000) {
        ledger.apply(some.iter().map(Change::Made));
    }
    let set = ledger.set();
    let room: usize = set.parts.iter().map(|part| part.capacity()).sum();
    assert_eq!(set.len(), made.len());
    assert!(room * size_of::<Entry>() < made.len() * 68, "{room} places");
    assert_eq!(ledger.known_grounds(), 2);
    let header = json!({"alg": "HS256"});
    let claims = json!({});
    for number in (0..many).step_by(9_973) {
        let input = format!("aGVhZGVy.{number}");
        assert_eq!(found(&set, &input, &header, &claims).is_some(), number > 0);
        assert!(found(&set, &format!("{input}x"), &header, &claims).is_none());
    }
}

/// A change of one of few things, so that the same comes again and again.
fn changes() -> impl Strategy<Value = Vec<(bool, Revocation)>> {
    let target = prop_oneof![
        (0..4_u8).prop_map(|number| token(&format!("aGVhZGVy.{number}")).target),
        (0..4_u8).prop_map(|number| Target::TokenId(name(&format!("{number}")))),
        (0..4_u8, prop::option::of(0..3_i64)).prop_map(|(number, before)| user(
            &format!("{number}"),
            before
        )
        .target),
        (0..4_u8).prop_map(|number| Target::Key(name(&format!("{number}")))),
        (0..4_u8).prop_map(|number| Target::Issuer(name(&format!("{number}")))),
        (0..4_u8).prop_map(|number| Target::Room(name(&format!("{number}")))),
    ];
    let host = prop_oneof![
        Just(None),
        Just(Some(HOST)),
        Just(Some("other.example.com"))
    ];
    let change = (
        any::<bool>(),
        target,
        host,
        prop::option::of(NOW - 2..NOW + 3),
    )
        .prop_map(|(is_made, target, host, until)| {
            let revocation = Revocation {
                host: host.map(name),
                until,
                ..revocation(target)
            };
            (is_made, revocation)
        });
    vec(change, 0..60)
}

proptest! {
    /// Whatever is made, withdrawn and over, in whichever portions: the set is what a plain map has.
    #[test]
    fn a_ledger_has_what_a_plain_map_has(
        all in changes(),
        portion in 1..20_usize,
        swept in prop::option::of(NOW - 3..NOW + 3),
    ) {
        let (mut ledger, mut model) = (Ledger::default(), BTreeMap::new());
        for changes in all.chunks(portion) {
            ledger.apply(changes.iter().map(|(is_made, revocation)| {
                if *is_made { Change::Made(revocation) } else { Change::Withdrawn(revocation) }
            }));
            for (is_made, revocation) in changes {
                if *is_made {
                    model.insert(revocation.id(), revocation.clone());
                } else {
                    model.remove(&revocation.id());
                }
            }
            if let Some(time) = swept {
                ledger.sweep(time);
                model.retain(|_, revocation| revocation.until.is_none_or(|until| until > time));
            }
        }
        let set = ledger.set();
        prop_assert_eq!(set.len(), model.len());
        for kind in Kind::ALL {
            let count = model.values().filter(|made| made.target.kind() == kind).count();
            prop_assert_eq!(set.count(kind), count);
        }
        for number in 0..4 {
            let text = number.to_string();
            let input = format!("aGVhZGVy.{number}");
            let named = |target: &Target| target.name().map(Name::as_str) == Some(text.as_str());
            let counts = |made: &Revocation| {
                made.until.is_none_or(|until| until > NOW)
                    && made.host.as_ref().is_none_or(|host| host.as_str() == HOST)
            };
            let is_denied = |wanted: &dyn Fn(&Target) -> bool| {
                model.values().any(|made| counts(made) && wanted(&made.target))
            };
            let header = json!({"kid": text});
            for (claims, kind) in [
                (json!({"jti": text}), Kind::TokenId),
                (json!({"iss": text}), Kind::Issuer),
                (json!({"iat": 1, "context": {"user": {"id": text}}}), Kind::User),
                (json!({}), Kind::Key),
            ] {
                let header = if kind == Kind::Key { &header } else { &json!({}) };
                let expected = is_denied(&|target| {
                    target.kind() == kind && named(target) && target.issued_before().is_none_or(|before| before > 1)
                });
                let by = found(&set, "b3RoZXI.b3RoZXI", header, &claims);
                prop_assert_eq!(by.is_some(), expected, "{:?} {}", kind, number);
            }
            let is_token = |target: &Target| *target == token(&input).target;
            let by = found(&set, &input, &json!({}), &json!({}));
            prop_assert_eq!(by.is_some(), is_denied(&is_token));
            let pointer = Pointer::to_user_id();
            let is_room = |target: &Target| target.kind() == Kind::Room && named(target);
            let room = set.of_host(HOST, &pointer).check_room(&text, NOW);
            prop_assert_eq!(room.is_err(), is_denied(&is_room));
        }
    }
}
