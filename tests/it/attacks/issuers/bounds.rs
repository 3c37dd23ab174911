//! What an issuer may not: rooms, tenants, moderators, features and wildcards beyond its bounds, in whatever spelling.

use std::collections::BTreeSet;

use prosody_tokend::token::bounds::Bounds;
use serde_json::{Value, json};

use super::world::{Held, MUC, ONE, OTHER, World, globs, party};

const ISS: &str = "https://one.example";
const ROOM: &str = "room-beyond-issuer";
const TENANT: &str = "tenant-beyond-issuer";
const MODERATOR: &str = "moderator-beyond-issuer";
const WILDCARD: &str = "wildcard-not-allowed";

/// A host whose own issuer has no bounds, and another one that has these.
fn world(bounds: Bounds) -> World {
    World::of([
        party("default", "my_app", OTHER, Held::Fixed),
        party("one", ISS, ONE, Held::Fixed).bounded(bounds),
    ])
}

fn of_rooms(patterns: &[&str]) -> Bounds {
    Bounds {
        rooms: Some(globs(patterns)),
        ..Bounds::NONE
    }
}

fn of_tenants(patterns: &[&str]) -> Bounds {
    Bounds {
        tenants: Some(globs(patterns)),
        ..Bounds::NONE
    }
}

fn sign(claims: &Value) -> String {
    let mut claims = claims.clone();
    claims["iss"] = ISS.into();
    ONE.sign(&claims)
}

/// A token whose room claim is a Lua pattern, as this says.
fn pattern(room: &str, regex: impl Into<Value>) -> Value {
    json!({"room": room, "context": {"room": {"regex": regex.into()}}})
}

#[test]
fn a_token_opens_no_room_beyond_its_issuers_rooms() {
    let world = world(of_rooms(&["team-*", "Тест-*", "a b"]));
    for (claims, room, code) in [
        (json!({"room": "team-a"}), "team-a", "allowed"),
        (json!({"room": "TEAM-a"}), "team-a", "allowed"),
        (json!({"room": "*"}), "team-a", "allowed"),
        (json!({"room": "*"}), "[acme]team-a", "allowed"),
        (json!({"room": "a%20b"}), "a%20b", "allowed"),
        (
            json!({"room": "%D1%82%D0%B5%D1%81%D1%82-1"}),
            "%d1%82%d0%b5%d1%81%d1%82-1",
            "allowed",
        ),
        (pattern("team%-%d+", true), "team-1", "allowed"),
        (json!({"room": "other"}), "other", ROOM),
        (json!({"room": "team"}), "team", ROOM),
        (json!({"room": "xteam-a"}), "xteam-a", ROOM),
        (json!({"room": " team-a"}), " team-a", ROOM),
        (json!({"room": "%74eam-a"}), "%74eam-a", ROOM),
        (json!({"room": "team%2da"}), "team%2da", ROOM),
        (json!({"room": "\u{ff54}eam-a"}), "\u{ff54}eam-a", ROOM),
        (json!({"room": "te\u{430}m-a"}), "te\u{430}m-a", ROOM),
        (json!({"room": "тест-1"}), "тест-1", ROOM),
        (json!({"room": "a b"}), "a b", ROOM),
        (json!({"room": ""}), "other", ROOM),
        (json!({"room": "*"}), "other", ROOM),
        (json!({"room": "*"}), "team", ROOM),
        (json!({"room": "*"}), "*", ROOM),
        (json!({"room": "*"}), "[team-a]other", ROOM),
        (json!({"room": "*"}), "[acme]]team-a", ROOM),
        (json!({"room": "*"}), "[acme][b]team-a", ROOM),
        (json!({"room": "*"}), "[]team-a", ROOM),
        (json!({"room": "*"}), "[acme]", ROOM),
        (json!({"room": "*"}), "other/team-a", "room-address-invalid"),
        (pattern(".*", true), "other", ROOM),
        (pattern(".*", "true"), "other", ROOM),
        (pattern("team%-.*", true), "[acme]x", "room-name-unmatched"),
        (pattern(".*", "TRUE"), "other", ROOM),
        (pattern(".*", 1), "other", ROOM),
        (pattern(".*", vec![true]), "other", ROOM),
        (pattern("*", true), "other", ROOM),
        (json!({"room": null}), "other", "room-claim-missing"),
        (json!({"room": ["team-a"]}), "team-a", "claim-of-wrong-type"),
        (json!({"room": 5}), "5", "claim-of-wrong-type"),
        (json!({"room": {"*": "*"}}), "other", "claim-of-wrong-type"),
    ] {
        let room_jid = format!("{room}@{MUC}");
        assert_eq!(
            world.joins(&sign(&claims), &room_jid),
            code,
            "{claims} in {room}"
        );
    }
    let of_host = OTHER.sign(&json!({"iss": "my_app"}));
    assert_eq!(world.joins(&of_host, &format!("other@{MUC}")), "allowed");
}

#[test]
fn the_bound_of_rooms_holds_on_every_domain_and_without_domains_at_all() {
    let bounds = || of_rooms(&["team-*"]);
    let (with, without) = (world(bounds()), world(bounds()).without_domains());
    for (claims, room_jid, code_with, code_without) in [
        (
            json!({}),
            "team-a@conference.meet.example.com",
            "allowed",
            "allowed",
        ),
        (
            json!({}),
            "team-a@conference.evil.example",
            "room-mismatch",
            "allowed",
        ),
        (
            json!({}),
            "other@conference.evil.example",
            "room-mismatch",
            ROOM,
        ),
        (
            json!({"room": "other"}),
            "other@conference.evil.example",
            ROOM,
            ROOM,
        ),
        (
            json!({"room": "team-a"}),
            "[t]team-a@conference.meet.example.com",
            "allowed",
            "allowed",
        ),
        (
            json!({"room": "team-a"}),
            "[t]b]team-a@conference.meet.example.com",
            "room-mismatch",
            ROOM,
        ),
        (
            json!({"room": "team-a"}),
            "other@team-a",
            "room-mismatch",
            "room-claim-mismatch",
        ),
        (
            json!({}),
            "other@conference.meet.example.com/team-a",
            ROOM,
            ROOM,
        ),
        (
            json!({}),
            "team-a@other@conference.meet.example.com",
            "room-address-invalid",
            "room-address-invalid",
        ),
        (
            json!({}),
            "@conference.meet.example.com",
            "room-address-invalid",
            "room-address-invalid",
        ),
    ] {
        let token = sign(&claims);
        assert_eq!(
            with.joins(&token, room_jid),
            code_with,
            "{claims} in {room_jid}"
        );
        assert_eq!(
            without.joins(&token, room_jid),
            code_without,
            "{claims} in {room_jid}"
        );
    }
}

#[test]
fn a_token_that_names_no_room_opens_those_of_its_issuer_alone() {
    let lenient = party("one", ISS, ONE, Held::Fixed)
        .bounded(of_rooms(&["team-*"]))
        .with(|issuer| issuer.require_room_claim = false);
    let world = World::of([party("default", "my_app", OTHER, Held::Fixed), lenient]);
    for (room, code) in [
        ("team-a", "allowed"),
        ("other", ROOM),
        ("[team-a]other", ROOM),
    ] {
        let token = sign(&json!({"room": null}));
        assert_eq!(
            world.joins(&token, &format!("{room}@{MUC}")),
            code,
            "{room}"
        );
    }
}

#[test]
fn a_token_opens_no_room_of_a_tenant_beyond_its_issuers() {
    let bounds = || of_tenants(&["acme", "Acme-*"]);
    let (with, without) = (world(bounds()), world(bounds()).without_domains());
    for (sub, room, code_with, code_without) in [
        ("acme", "[acme]x", "allowed", "allowed"),
        ("ACME", "[acme]x", "allowed", "allowed"),
        ("*", "[acme]x", "allowed", "allowed"),
        ("*", "[acme-eu]x", "allowed", "allowed"),
        ("acme-eu", "[acme-eu]x", "allowed", "allowed"),
        ("evil", "[acme]x", TENANT, "allowed"),
        ("evil", "[evil]x", TENANT, TENANT),
        ("meet.example.com", "x", TENANT, TENANT),
        ("acme ", "[acme ]x", TENANT, TENANT),
        ("%61cme", "[%61cme]x", TENANT, TENANT),
        ("\u{430}cme", "[\u{430}cme]x", TENANT, TENANT),
        ("acmeevil", "[acmeevil]x", TENANT, TENANT),
        ("", "[]x", TENANT, TENANT),
        ("*", "x", TENANT, TENANT),
        ("*", "acme", TENANT, TENANT),
        ("*", "[evil]x", TENANT, TENANT),
        ("*", "[evil]acme", TENANT, TENANT),
        ("*", "[evil][acme]x", TENANT, TENANT),
        ("*", "[acme", TENANT, TENANT),
        ("*", "[acme]", TENANT, TENANT),
        ("*", "[]x", TENANT, TENANT),
        ("*", "[*]x", TENANT, TENANT),
        ("acme", "[evil]x", "room-mismatch", TENANT),
        ("acme", "x", "room-mismatch", TENANT),
    ] {
        let token = sign(&json!({"sub": sub, "context": {"tenant": "acme"}}));
        let room_jid = format!("{room}@{MUC}");
        assert_eq!(
            with.joins(&token, &room_jid),
            code_with,
            "{sub:?} in {room}"
        );
        assert_eq!(
            without.joins(&token, &room_jid),
            code_without,
            "{sub:?} in {room}"
        );
    }
}

#[test]
fn both_bounds_must_hold() {
    let world = world(Bounds {
        tenants: Some(globs(&["acme"])),
        ..of_rooms(&["team-*"])
    });
    for (room, code) in [
        ("[acme]team-a", "allowed"),
        ("[acme]other", ROOM),
        ("[evil]team-a", TENANT),
        ("team-a", TENANT),
        ("[team-a]acme", ROOM),
    ] {
        let room_jid = format!("{room}@{MUC}");
        assert_eq!(world.joins(&sign(&json!({})), &room_jid), code, "{room}");
    }
}

#[test]
fn a_bound_of_nothing_opens_nothing() {
    for (bounds, code) in [
        (
            Bounds {
                rooms: Some(globs(&[])),
                ..Bounds::NONE
            },
            ROOM,
        ),
        (
            Bounds {
                rooms: Some(globs(&[""])),
                ..Bounds::NONE
            },
            ROOM,
        ),
        (
            Bounds {
                tenants: Some(globs(&[])),
                ..Bounds::NONE
            },
            TENANT,
        ),
        (
            Bounds {
                tenants: Some(globs(&[""])),
                ..Bounds::NONE
            },
            TENANT,
        ),
    ] {
        let world = world(bounds);
        for room in ["[acme]team-a", "team-a", "[]"] {
            let token = sign(&json!({}));
            assert_eq!(
                world.joins(&token, &format!("{room}@{MUC}")),
                code,
                "{room}"
            );
        }
    }
}

#[test]
fn an_issuer_without_moderators_makes_none_by_any_claim_that_modules_read() {
    let world = world(Bounds {
        moderators: false,
        ..Bounds::NONE
    });
    for (context, code) in [
        (json!({"user": {"moderator": true}}), MODERATOR),
        (json!({"user": {"moderator": "true"}}), MODERATOR),
        (json!({"user": {"affiliation": "owner"}}), MODERATOR),
        (json!({"user": {"affiliation": "moderator"}}), MODERATOR),
        (json!({"user": {"affiliation": "teacher"}}), MODERATOR),
        (
            json!({"user": {"affiliation": "owner", "moderator": false}}),
            MODERATOR,
        ),
        (
            json!({"user": {"affiliation": "member", "moderator": true}}),
            MODERATOR,
        ),
        (
            json!({"user": {"affiliation": null, "moderator": "true"}}),
            MODERATOR,
        ),
        (
            json!({"user": {"moderator": true}, "features": [], "room": {"regex": false}}),
            MODERATOR,
        ),
        (json!("moderator"), "context-not-object"),
        (json!([{"user": {"moderator": true}}]), "context-not-object"),
        (json!({"user": {"moderator": false}}), "allowed"),
        (json!({"user": {"moderator": "True"}}), "allowed"),
        (json!({"user": {"moderator": 1}}), "allowed"),
        (json!({"user": {"moderator": [true]}}), "allowed"),
        (json!({"user": {"affiliation": "Owner"}}), "allowed"),
        (json!({"user": {"affiliation": ["owner"]}}), "allowed"),
        (json!({"user": "moderator"}), "allowed"),
        (json!({"user": [{"moderator": true}]}), "allowed"),
        (
            json!({"group": "owner", "features": {"moderator": true}}),
            "allowed",
        ),
    ] {
        let token = sign(&json!({ "context": context }));
        assert_eq!(world.verdict(&token), code, "{context}");
        // Whoever is let in is no moderator.
        if let Ok(session) = world.session(&token) {
            let affiliation = prosody_tokend::token::role::affiliation(&session);
            assert_eq!(
                affiliation,
                prosody_tokend::token::role::Affiliation::Member
            );
        }
    }
    let of_host = json!({"iss": "my_app", "context": {"user": {"moderator": true}}});
    assert_eq!(world.verdict(&OTHER.sign(&of_host)), "allowed");
}

#[test]
fn features_that_an_issuer_may_not_grant_are_in_no_session() {
    let within = |names: &[&str]| {
        let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        world(Bounds {
            features: Some(names),
            ..Bounds::NONE
        })
    };
    for (bound, features, granted) in [
        (
            &["lobby"][..],
            json!({"recording": true, "lobby": true}),
            json!({"lobby": true}),
        ),
        (
            &["lobby"],
            json!({"lobby": "true", "livestreaming": "true"}),
            json!({"lobby": "true"}),
        ),
        (&["lobby"], json!({"recording": true}), json!({})),
        (
            &["lobby"],
            json!({"Lobby": true, "lobby ": true, "LOBBY": true}),
            json!({}),
        ),
        (
            &["lobby"],
            json!({"*": true, "lobby*": true, "": true}),
            json!({}),
        ),
        (&["lobby"], json!({"recording": {"lobby": true}}), json!({})),
        (&["lobby"], json!(["recording"]), json!({})),
        (&["lobby"], json!(["lobby"]), json!({})),
        (&["lobby"], json!("recording"), json!({})),
        (&["lobby"], json!(true), json!({})),
        (&["lobby"], json!(5), json!({})),
        (&["lobby"], Value::Null, json!({})),
        (&["lobby"], json!({}), json!({})),
        (&[], json!({"recording": true}), json!({})),
        (&["*"], json!({"recording": true}), json!({})),
    ] {
        let token = sign(&json!({"context": {"features": features}}));
        let session = within(bound).session(&token).unwrap();
        assert_eq!(
            session.features,
            Some(granted),
            "{features} within {bound:?}"
        );
    }
    // The server's own features are nothing that a token grants.
    let session = within(&["lobby"])
        .session(&sign(&json!({"context": {}})))
        .unwrap();
    assert_eq!(session.features, None);
    let all = json!({"recording": true});
    let of_host = json!({"iss": "my_app", "context": {"features": all}});
    let session = within(&[]).session(&OTHER.sign(&of_host)).unwrap();
    assert_eq!(session.features, Some(all));
}

#[test]
fn without_wildcards_a_token_is_for_one_room() {
    let world = world(Bounds {
        wildcards: false,
        ..Bounds::NONE
    });
    for (claims, code) in [
        (json!({"room": "x", "sub": "meet.example.com"}), "allowed"),
        (json!({"room": "X", "sub": "meet.example.com"}), "allowed"),
        (
            json!({"room": "x", "sub": "meet.example.com", "context": {"room": {"regex": false}}}),
            "allowed",
        ),
        (json!({"room": "*", "sub": "meet.example.com"}), WILDCARD),
        (json!({"room": "x", "sub": "*"}), WILDCARD),
        (json!({"room": "*", "sub": "*"}), WILDCARD),
        (
            json!({"room": "x", "sub": "meet.example.com", "context": {"room": {"regex": true}}}),
            WILDCARD,
        ),
        (
            json!({"room": "x", "sub": "meet.example.com", "context": {"room": {"regex": "true"}}}),
            WILDCARD,
        ),
        (
            json!({"room": null, "sub": "meet.example.com"}),
            "room-claim-missing",
        ),
        (json!({"room": "x", "sub": null}), "sub-missing"),
        (
            json!({"room": ["*"], "sub": "meet.example.com"}),
            "claim-of-wrong-type",
        ),
        (json!({"room": "x", "sub": ["*"]}), "claim-of-wrong-type"),
        (
            json!({"room": "**", "sub": "meet.example.com"}),
            "room-mismatch",
        ),
        (
            json!({"room": "* ", "sub": "meet.example.com"}),
            "room-mismatch",
        ),
        (
            json!({"room": "%2A", "sub": "meet.example.com"}),
            "room-mismatch",
        ),
        (
            json!({"room": ".*", "sub": "meet.example.com"}),
            "room-mismatch",
        ),
        (
            json!({"room": "", "sub": "meet.example.com"}),
            "room-mismatch",
        ),
        (json!({"room": "x", "sub": "**"}), "room-mismatch"),
        (json!({"room": "x", "sub": ""}), "room-mismatch"),
    ] {
        let token = sign(&claims);
        assert_eq!(world.joins(&token, &format!("x@{MUC}")), code, "{claims}");
    }
    let roomless = party("one", ISS, ONE, Held::Fixed)
        .bounded(Bounds {
            wildcards: false,
            ..Bounds::NONE
        })
        .with(|issuer| issuer.require_room_claim = false);
    let lenient = World::of([party("default", "my_app", OTHER, Held::Fixed), roomless]);
    let token = sign(&json!({"room": null, "sub": "meet.example.com"}));
    assert_eq!(lenient.verdict(&token), WILDCARD);
}
