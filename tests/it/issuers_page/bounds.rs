//! The page's issuers with secrets, and its bounds.

use prosody_tokend::keys::store::RecordedAnswers;
use serde_json::{Value, json};
use support::issuer::alice;
use support::token::{mint, with};

use super::{below, code, load, metadata, page, quoted, secret, table, verify};

const NOW: i64 = 1_800_000_010;

/// A token for one room of nobody special.
fn claims(iss: &str) -> Value {
    json!({
        "iss": iss, "aud": "meet", "room": "standup", "sub": "meet.example.com", "exp": NOW + 600,
    })
}

fn decided(section: &str, token: &str, room: &str) -> &'static str {
    let verdict = verify(load(section), RecordedAnswers::default(), token, room, NOW);
    code(&verdict)
}

#[test]
fn an_issuer_signs_for_itself_and_for_no_other() {
    let section = &below("Several issuers with a secret each")[0];
    let (portal, school) = ("portal", "https://school.example.org");
    for (iss, signer, expected) in [
        (portal, "portal", "allowed"),
        (school, "school", "allowed"),
        (portal, "school", "signature-invalid"),
        (school, "portal", "signature-invalid"),
        ("https://school.example.org/", "school", "iss-not-accepted"),
        ("school", "school", "iss-not-accepted"),
        ("PORTAL", "portal", "iss-not-accepted"),
    ] {
        let token = mint(&claims(iss), &secret(signer));
        assert_eq!(
            decided(section, &token, "standup"),
            expected,
            "{iss} by {signer}"
        );
    }
    let nobody = with(claims(portal), &json!({"iss": null}));
    let token = mint(&nobody, &secret("portal"));
    assert_eq!(decided(section, &token, "standup"), "iss-missing");
}

#[test]
fn what_is_beyond_a_bound_is_denied_with_its_code() {
    let section = &below("An issuer that may open only its rooms")[0];
    let partner = |changes: Value| {
        let claims = claims("https://partner.example.org");
        alice().sign(None, &with(claims, &changes))
    };
    let acme = |changes: Value| {
        mint(
            &with(claims("https://acme.example"), &changes),
            &secret("acme"),
        )
    };
    let owner = json!({"user": {"affiliation": "owner"}});
    let of_room = |room: &str| json!({"room": room});
    let of_tenant = |sub: &str| json!({"sub": sub, "room": "standup"});
    let jid = |tenant: &str| format!("[{tenant}]standup@conference.meet.example.com");
    for (token, room, expected) in [
        (partner(of_room("partner-1")), "partner-1", "allowed"),
        (partner(of_room("partner-")), "partner-", "allowed"),
        (partner(of_room("town%20hall")), "town%20hall", "allowed"),
        (partner(of_room("*")), "partner-1", "allowed"),
        (partner(of_room("*")), "standup", "room-beyond-issuer"),
        (partner(of_room("standup")), "standup", "room-beyond-issuer"),
        (
            partner(of_room("my-partner-1")),
            "my-partner-1",
            "room-beyond-issuer",
        ),
        (
            partner(json!({"room": "partner-1", "context": {"user": {"moderator": "true"}}})),
            "partner-1",
            "moderator-beyond-issuer",
        ),
        (
            partner(json!({"room": "partner-1", "context": owner})),
            "partner-1",
            "moderator-beyond-issuer",
        ),
        (acme(of_tenant("acme")), &jid("acme"), "allowed"),
        (acme(of_tenant("acme-2")), &jid("acme-2"), "allowed"),
        (
            acme(of_tenant("other")),
            &jid("other"),
            "tenant-beyond-issuer",
        ),
        (acme(json!({})), "standup", "tenant-beyond-issuer"),
        (
            acme(json!({"sub": "acme", "room": "*"})),
            &jid("acme"),
            "wildcard-not-allowed",
        ),
        (
            acme(json!({"sub": "*"})),
            &jid("acme"),
            "wildcard-not-allowed",
        ),
        (
            acme(json!({"sub": "acme", "context": {"room": {"regex": true}}})),
            &jid("acme"),
            "wildcard-not-allowed",
        ),
    ] {
        assert_eq!(decided(section, &token, room), expected, "{room}");
    }
}

#[test]
fn the_table_of_bounds_has_the_code_of_each() {
    let rows = table("option | what it bounds");
    for (option, code) in [
        ("rooms", Some("room-beyond-issuer")),
        ("tenants", Some("tenant-beyond-issuer")),
        ("moderators", Some("moderator-beyond-issuer")),
        ("allow_wildcards", Some("wildcard-not-allowed")),
        ("features", None),
    ] {
        let row = rows.iter().find(|row| row[0] == format!("`{option}`"));
        let row = row.unwrap_or_else(|| panic!("{option}"));
        assert_eq!(quoted(row.last().unwrap()).next(), code, "{option}");
    }
    assert_eq!(rows.len(), 5);
}

/// The features that a session has.
fn features(section: &str, answers: RecordedAnswers, token: &str, room: &str) -> Value {
    let verdict = verify(load(section), answers, token, room, NOW);
    assert_eq!(code(&verdict), "allowed");
    let session = verdict.admission.ok().and_then(|admitted| admitted.session);
    session.unwrap().features.unwrap_or_default()
}

#[test]
fn features_beyond_the_bound_are_taken_out_and_none_is_granted() {
    let section = &below("An issuer that may open only its rooms")[0];
    for (context, expected) in [
        (
            json!({"features": {"recording": true, "lobby": true}}),
            json!({"lobby": true}),
        ),
        (json!({"features": {"recording": true}}), json!({})),
        (json!({}), Value::Null),
    ] {
        let changes = json!({"room": "partner-1", "context": context});
        let token = alice().sign(None, &with(claims("https://partner.example.org"), &changes));
        let found = features(section, RecordedAnswers::default(), &token, "partner-1");
        assert_eq!(found, expected, "{context}");
    }
}

#[test]
fn the_sources_of_the_page_fill_what_it_says() {
    let section = &below("Claims")[0];
    let issuer = "https://sso.acme.example/realms/staff";
    let keys = support::issuer::jwks(&[alice().jwk("k")]);
    let answers = || metadata(issuer, &format!("{issuer}/certs"), keys.clone());
    let session = |changes: &Value| {
        let token = alice().sign(Some("k"), &with(claims(issuer), changes));
        let verdict = verify(load(section), answers(), &token, "standup", NOW);
        assert_eq!(code(&verdict), "allowed", "{changes}");
        serde_json::to_value(verdict.admission.ok().unwrap().session.unwrap()).unwrap()
    };
    let staff = json!({
        "sub": "0815", "name": "Ann Example", "nickname": "", "groups": ["/staff", "/studio"], "email": "ann@acme.example",
    });
    assert_eq!(
        session(&staff),
        json!({
            "jitsi_meet_auth_issuer": issuer, "jitsi_meet_room": "standup", "jitsi_meet_domain": "*",
            "jitsi_meet_context_group": "staff",
            "jitsi_meet_context_features": {"recording": true, "screen-sharing": true},
            "jitsi_meet_context_user":
                {"id": "0815", "name": "Ann Example", "email": "ann@acme.example", "moderator": true},
        })
    );
    let other = json!({
        "sub": "0816", "email": "bob@ACME.example", "context": {"user": {"name": "Bob"}, "group": "guests"},
    });
    let found = session(&other);
    assert_eq!(
        found["jitsi_meet_context_user"],
        json!({"id": "0816", "name": "Bob", "email": "bob@ACME.example"})
    );
    assert_eq!(found["jitsi_meet_context_group"], "guests");
    assert_eq!(
        found["jitsi_meet_context_features"],
        json!({"screen-sharing": true})
    );
}

#[test]
fn with_replace_the_sources_say_alone_who_is_a_moderator_and_what_he_may() {
    let section = &below("Claims")[0];
    let issuer = "https://sso.acme.example/realms/staff";
    let keys = support::issuer::jwks(&[alice().jwk("k")]);
    let user = json!({"moderator": true, "affiliation": "owner", "name": "Bob"});
    let context = json!({"user": user, "features": {"recording": true}});
    let said = json!({"sub": "0816", "name": "Ann", "context": context});
    let token = alice().sign(Some("k"), &with(claims(issuer), &said));
    for (replace, user, features) in [
        (
            "",
            json!({"moderator": true, "affiliation": "owner", "name": "Bob", "id": "0816"}),
            json!({"recording": true, "screen-sharing": true}),
        ),
        (
            "replace = true\n",
            json!({"name": "Ann", "id": "0816"}),
            json!({"screen-sharing": true}),
        ),
    ] {
        let answers = metadata(issuer, &format!("{issuer}/certs"), keys.clone());
        let section = load(&format!("{section}{replace}"));
        let admitted = verify(section, answers, &token, "standup", NOW).admission;
        let session = admitted.ok().unwrap().session.unwrap();
        assert_eq!(session.user, Some(user), "{replace}");
        assert_eq!(session.features, Some(features), "{replace}");
    }
}

#[test]
fn each_source_of_the_table_is_one_and_each_target_too() {
    let section = &below("Claims")[0];
    let (before, _) = section.split_once("preset = ").unwrap();
    let page = page();
    let rows = table("source");
    assert!(rows.len() > 5, "{rows:?}");
    for row in &rows {
        let source = quoted(&row[0]).next().unwrap();
        let is_condition = source.contains("contains") || source.contains("matches");
        let target = if is_condition {
            "moderator"
        } else {
            "context.user.name"
        };
        load(&format!("{before}{target} = {source}\n"));
    }
    for row in table("target") {
        for target in quoted(&row[0]) {
            load(&format!("{before}{target} = \"/claim\"\n"));
        }
    }
    assert!(page.contains("`replace = true`"));
    load(&format!("{before}preset = \"keycloak\"\nreplace = true\n"));
}
