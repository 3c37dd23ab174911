//! Claims that miss what a host or a room needs: the first paragraph has the cause and what to change, and what is said
//! to be set lets the token in.

#![expect(
    clippy::too_many_lines,
    reason = "tables are as long as what they list"
)]

use serde_json::{Value, json};

use super::cases::{Case, NOW, SECRET};
use super::{first_failure, wrong};
use support::token::{mint, seal, with};

const HOST: &str = "video.acme.example";

/// What changes the token, the room, and what must be said.
type Row<'a> = (Value, &'static str, &'static str, &'a [&'static str]);

fn policy(options: &str) -> String {
    format!(
        "[hosts.\"{HOST}\"]\napp_id = \"acme-meet\"\napp_secret = \"{SECRET}\"\nmuc_mapper_domain_base = \"{HOST}\"\n{options}"
    )
}

fn token(changes: &Value) -> String {
    let claims = json!({
        "iss": "acme-meet", "aud": "acme-meet", "sub": HOST, "room": "standup", "exp": NOW + 3600,
    });
    mint(&with(claims, changes), SECRET)
}

fn case((changes, room, check, says): Row<'_>, options: &str) -> Case {
    Case {
        name: Box::leak(format!("{changes} in {room}").into_boxed_str()),
        policy: policy(options),
        host: None,
        token: Some(token(&changes)),
        room,
        tenant: None,
        check,
        says: Box::leak(says.to_vec().into_boxed_slice()),
    }
}

fn check(rows: Vec<Row<'_>>, options: &str) {
    let cases = rows.into_iter().map(|row| case(row, options));
    let wrong: Vec<String> = cases.filter_map(|case| wrong(&case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_time_that_is_none_is_told_by_what_it_is() {
    let exp = |value: Value| json!({ "exp": value });
    let nbf = |value: Value| json!({ "nbf": value });
    let seconds = "Unix seconds, such as 179500";
    check(
        vec![
            (
                exp(json!("PT1H")),
                "standup",
                "exp",
                &["a duration is given in place of a time", seconds],
            ),
            (
                exp(json!("1h")),
                "standup",
                "exp",
                &["a duration is given in place of a time"],
            ),
            (
                exp(json!("+1 hour")),
                "standup",
                "exp",
                &["a duration is given in place of a time"],
            ),
            (
                exp(json!("2026-11-21T06:00:00Z")),
                "standup",
                "exp",
                &["a date is given", "Unix seconds"],
            ),
            (
                exp(json!(-1)),
                "standup",
                "exp",
                &["below zero, and so no time", "Unix seconds"],
            ),
            (
                exp(json!(0)),
                "standup",
                "exp",
                &["0, and so no time", "Unix seconds"],
            ),
            (
                exp(json!(3600)),
                "standup",
                "exp",
                &[
                    "a lifetime (1 hour) in place of a time",
                    "such as 1795003600",
                ],
            ),
            (
                exp(json!(86400)),
                "standup",
                "exp",
                &[
                    "a lifetime (1 day) in place of a time",
                    "such as 1795086400",
                ],
            ),
            (
                exp(json!(NOW / 60 + 60)),
                "standup",
                "exp",
                &["in minutes since 1970"],
            ),
            (
                exp(json!(20_261_126)),
                "standup",
                "exp",
                &["a date written as a number"],
            ),
            (
                exp(json!("{{exp}}")),
                "standup",
                "exp",
                &["a placeholder that nobody filled in"],
            ),
            (exp(json!("")), "standup", "exp", &["the text is empty"]),
            (
                exp(json!({"seconds": NOW})),
                "standup",
                "exp",
                &["stands in an object"],
            ),
            (exp(json!([NOW])), "standup", "exp", &["stands in a list"]),
            (exp(json!(true)), "standup", "exp", &["a truth value"]),
            (
                nbf(json!(NOW * 1_000)),
                "standup",
                "nbf",
                &["in milliseconds", "such as 1795000000"],
            ),
            (
                nbf(json!(NOW * 1_000_000)),
                "standup",
                "nbf",
                &["in microseconds", "such as 1795000000"],
            ),
            (
                nbf(json!(NOW * 1_000_000_000)),
                "standup",
                "nbf",
                &["in nanoseconds", "such as 1795000000"],
            ),
            (
                nbf(json!(NOW + 7_200)),
                "standup",
                "nbf",
                &[
                    "in 2 hours",
                    "clock or time zone is 2 hours ahead",
                    "local time",
                ],
            ),
            (
                json!({"nbf": NOW + 7_200, "iat": NOW + 7_200, "exp": NOW + 10_800}),
                "standup",
                "nbf",
                &["clock or time zone is 2 hours ahead"],
            ),
            (
                nbf(json!(NOW + 19_800)),
                "standup",
                "nbf",
                &["5.5 hours ahead"],
            ),
            (
                json!({"nbf": NOW - 40, "exp": NOW - 40}),
                "standup",
                "exp",
                &[
                    "exp is at the same time as nbf",
                    "no time between the two",
                    "and a lifetime",
                ],
            ),
            (
                json!({"iat": NOW - 40, "exp": NOW - 50}),
                "standup",
                "exp",
                &["exp is before iat"],
            ),
            (
                json!({"iat": NOW - 7_205, "exp": NOW - 3_605}),
                "standup",
                "exp",
                &[
                    "expired 1 hour ago",
                    "time zone is 2 hours behind",
                    "get a new token",
                ],
            ),
            (
                exp(json!(NOW - 100)),
                "standup",
                "exp",
                &["clocks of issuer and server may differ", "leeway = 300"],
            ),
        ],
        "",
    );
    check(
        vec![
            (
                exp(json!((NOW + 60) * 1_000)),
                "standup",
                "exp",
                &["in milliseconds", "such as 1795003600"],
            ),
            (
                exp(json!(NOW + 200_000)),
                "standup",
                "exp",
                &["max_token_lifetime = 200000"],
            ),
            (
                json!({"exp": null, "expiration": NOW + 60}),
                "standup",
                "exp",
                &["is called expiration", "let the issuer set exp"],
            ),
            (
                json!({"exp": null, "expires_at": NOW + 60}),
                "standup",
                "exp",
                &["is called expires_at"],
            ),
            (
                json!({"exp": null, "expiresIn": "1h"}),
                "standup",
                "exp",
                &["is called expiresIn"],
            ),
            (
                json!({"exp": null, "context": {"exp": NOW + 60}}),
                "standup",
                "exp",
                &["exp stands in context, and belongs beside it"],
            ),
        ],
        "max_token_lifetime = 86400\n",
    );
}

#[test]
fn a_claim_that_is_not_there_is_found_where_it_stands() {
    let inner = json!({"iss": "acme-meet", "aud": "acme-meet", "sub": HOST, "room": "standup", "exp": NOW + 3600});
    let all_null = |changes: Value| {
        let mut all = json!({"iss": Value::Null, "aud": Value::Null, "sub": Value::Null, "room": Value::Null, "exp": Value::Null});
        for (key, value) in changes.as_object().unwrap() {
            all[key] = value.clone();
        }
        all
    };
    let without = |name: &str, changes: Value| {
        let mut all = changes;
        all[name] = Value::Null;
        all
    };
    check(
        vec![
            (
                all_null(json!({"context": inner})),
                "standup",
                "iss",
                &[
                    "iss stands in context, and belongs beside it",
                    "let the issuer set iss to \"acme-meet\"",
                ],
            ),
            (
                all_null(json!({"payload": inner})),
                "standup",
                "iss",
                &["iss stands in payload, and belongs beside it"],
            ),
            (
                all_null(json!({"claims": inner})),
                "standup",
                "iss",
                &["iss stands in claims, and belongs beside it"],
            ),
            (
                all_null(json!({"data": inner})),
                "standup",
                "iss",
                &["iss stands in data, and belongs beside it"],
            ),
            (
                all_null(json!({"data": inner.to_string()})),
                "standup",
                "iss",
                &["data is JSON as a text, with iss in it"],
            ),
            (
                all_null(json!({"ISS": "acme-meet", "AUD": "acme-meet"})),
                "standup",
                "iss",
                &["is called \"ISS\"", "small letters"],
            ),
            (
                all_null(json!({"Iss": "acme-meet"})),
                "standup",
                "iss",
                &["is called \"Iss\""],
            ),
            (
                without("iss", json!({"issuer": "acme-meet"})),
                "standup",
                "iss",
                &["is called issuer"],
            ),
            (
                without("aud", json!({"audience": "acme-meet"})),
                "standup",
                "aud",
                &[
                    "is called audience",
                    "let the issuer set aud to \"acme-meet\"",
                ],
            ),
            (
                without("aud", json!({"context": {"aud": "acme-meet"}})),
                "standup",
                "aud",
                &["aud stands in context, and belongs beside it"],
            ),
            (
                without(
                    "room",
                    json!({"https://x.example/claims": {"room": "standup"}}),
                ),
                "standup",
                "room",
                &[
                    "room stands in \"https://x.example/claims\"",
                    "belongs beside it",
                ],
            ),
            (
                without("room", json!({"https://x.example/room": "standup"})),
                "standup",
                "room",
                &["is called \"https://x.example/room\"", "room alone"],
            ),
            (
                without("room", json!({"user": {"room": "standup"}})),
                "standup",
                "room",
                &["room stands in user, and belongs beside it"],
            ),
            (
                without("room", json!({"context": {"user": {"room": "standup"}}})),
                "standup",
                "room",
                &["room stands in context.user, and belongs at the top"],
            ),
            (
                without("room", json!({"context": {"room": "standup"}})),
                "standup",
                "room",
                &["room stands in context, and belongs beside it"],
            ),
            (
                without("room", json!({"context": {"roomName": "standup"}})),
                "standup",
                "room",
                &["roomName stands in context, and belongs beside it as room"],
            ),
            (
                without("room", json!({"meeting": "standup"})),
                "standup",
                "room",
                &["is called meeting", "let the issuer set room"],
            ),
            (
                without("room", json!({"conference": "standup"})),
                "standup",
                "room",
                &["is called conference"],
            ),
            (
                without("room", json!({"room_name": "standup"})),
                "standup",
                "room",
                &["is called room_name"],
            ),
            (
                without("room", json!({"Room": "standup"})),
                "standup",
                "room",
                &["is called \"Room\""],
            ),
            (
                without("room", json!({"rom": "standup"})),
                "standup",
                "room",
                &["is called \"rom\"", "slip"],
            ),
            (
                without("room", json!({"x": 1})),
                "standup",
                "room",
                &["found nothing", "asap_require_room_claim = false"],
            ),
            (
                without("sub", json!({"subject": HOST})),
                "standup",
                "sub",
                &[
                    "is called subject",
                    "let the issuer set sub to \"video.acme.example\"",
                ],
            ),
            (
                without("sub", json!({"domain": HOST})),
                "standup",
                "sub",
                &["is called domain"],
            ),
            (
                without("sub", json!({"SUB": HOST})),
                "standup",
                "sub",
                &["is called \"SUB\""],
            ),
        ],
        "",
    );
}

#[test]
fn an_issuer_or_an_audience_that_is_nearly_right_is_told_how() {
    check(
        vec![
            (
                json!({"iss": "\u{430}cme-meet"}),
                "standup",
                "iss",
                &[
                    "character 1 of it is U+0430 CYRILLIC SMALL LETTER A",
                    "let the issuer set iss to \"acme-meet\"",
                ],
            ),
            (
                json!({"iss": "acme\u{ad}-meet"}),
                "standup",
                "iss",
                &["character 5 of it is U+00AD SOFT HYPHEN"],
            ),
            (
                json!({"iss": "acme-\u{200b}meet"}),
                "standup",
                "iss",
                &["ZERO WIDTH SPACE"],
            ),
            (
                json!({"iss": "acme-meet\u{a0}"}),
                "standup",
                "iss",
                &["NO-BREAK SPACE at its end"],
            ),
            (
                json!({"iss": "acme\u{2011}meet"}),
                "standup",
                "iss",
                &["U+2011 NON-BREAKING HYPHEN"],
            ),
            (
                json!({"iss": "acme-meet\n"}),
                "standup",
                "iss",
                &["a line break at its end"],
            ),
            (
                json!({"iss": "acme-m\u{435}\u{435}t"}),
                "standup",
                "iss",
                &["CYRILLIC SMALL LETTER IE"],
            ),
            (
                json!({"iss": "acme_meet"}),
                "standup",
                "iss",
                &["hyphens, underscores"],
            ),
            (
                json!({"iss": "acme-mete"}),
                "standup",
                "iss",
                &["nearly the same"],
            ),
            (
                json!({"iss": true}),
                "standup",
                "iss",
                &["found true", "a truth value"],
            ),
            (json!({"iss": 17}), "standup", "iss", &["a number"]),
            (
                json!({"iss": ["acme-meet"]}),
                "standup",
                "iss",
                &["a list", "take it out of there"],
            ),
            (
                json!({"iss": "${APP_ID}"}),
                "standup",
                "iss",
                &["a placeholder", "let the issuer set iss to \"acme-meet\""],
            ),
            (
                json!({"iss": "acme-meet-test"}),
                "standup",
                "iss",
                &[
                    "\"-test\" behind",
                    "or set asap_accepted_issuers = [\"acme-meet\", \"acme-meet-test\"]",
                ],
            ),
            (
                json!({"aud": "*"}),
                "standup",
                "aud",
                &[
                    "for itself in a token",
                    "let the issuer set aud to \"acme-meet\"",
                ],
            ),
            (json!({"aud": HOST}), "standup", "aud", &["belongs in sub"]),
            (
                json!({"aud": "mobile"}),
                "standup",
                "aud",
                &[
                    "made for another audience",
                    "set asap_accepted_audiences = [\"acme-meet\", \"mobile\"]",
                ],
            ),
            (json!({"iss": ""}), "standup", "iss", &["is empty"]),
            (
                json!({"iss": "globex"}),
                "standup",
                "iss",
                &[
                    "let the issuer set iss to \"acme-meet\"",
                    "or set asap_accepted_issuers = [\"acme-meet\", \"globex\"]",
                ],
            ),
            (
                json!({"iss": "https://x.okta.com/oauth2/default"}),
                "standup",
                "iss",
                &[
                    "Okta, which sets iss itself",
                    "set asap_accepted_issuers = [\"acme-meet\", \"https://x.okta.com/oauth2/default\"]",
                ],
            ),
            (
                json!({"iss": "https://sso.acme.example/realms/a"}),
                "standup",
                "iss",
                &["Keycloak", "set asap_accepted_issuers = "],
            ),
            (
                json!({"iss": HOST, "sub": "acme-meet"}),
                "standup",
                "iss",
                &[
                    "iss and sub are swapped",
                    "let the issuer set iss to \"acme-meet\"",
                ],
            ),
            (
                json!({"iss": "globex", "client_id": "acme-meet"}),
                "standup",
                "iss",
                &["what iss needs stands in client_id"],
            ),
            (
                json!({"aud": "acme-meet;jitsi"}),
                "standup",
                "aud",
                &[
                    "a list in one string",
                    "let the issuer set aud to \"acme-meet\"",
                ],
            ),
            (
                json!({"aud": "acme-meet jitsi"}),
                "standup",
                "aud",
                &["a list in one string"],
            ),
            (
                json!({"aud": "jitsi,acme-meet"}),
                "standup",
                "aud",
                &["a list in one string"],
            ),
            (
                json!({"aud": "[\"acme-meet\"]"}),
                "standup",
                "aud",
                &["a list in one string"],
            ),
            (
                json!({"aud": "['jitsi', 'acme-meet']"}),
                "standup",
                "aud",
                &["a list in one string"],
            ),
            (
                json!({"aud": ["acme-meet", "jitsi"]}),
                "standup",
                "aud",
                &[
                    "one of its members would be accepted",
                    "set accept_audience_array = true",
                ],
            ),
            (
                json!({"aud": ["acme-meet "]}),
                "standup",
                "aud",
                &["none of its members", "a blank at its end"],
            ),
            (
                json!({"aud": {"0": "acme-meet"}}),
                "standup",
                "aud",
                &["an object", "take it out of there"],
            ),
            (
                json!({"aud": "api://default"}),
                "standup",
                "aud",
                &[
                    "the name of an API",
                    "set asap_accepted_audiences = [\"acme-meet\", \"api://default\"]",
                ],
            ),
            (
                json!({"aud": "account", "azp": "acme-meet"}),
                "standup",
                "aud",
                &["what aud needs stands in azp"],
            ),
            (json!({"aud": "Acme-Meet"}), "standup", "aud", &["capitals"]),
        ],
        "",
    );
}

#[test]
fn a_token_of_the_wrong_kind_is_named_with_the_one_to_send() {
    let issuer = "https://sso.acme.example/realms/acme";
    let from = |changes: Value| {
        let mut all = json!({"iss": issuer, "aud": "account"});
        for (key, value) in changes.as_object().unwrap() {
            all[key] = value.clone();
        }
        all
    };
    check(
        vec![
            (
                from(json!({"typ": "Offline", "aud": issuer})),
                "standup",
                "iss",
                &["an offline token of Keycloak", "send the access token"],
            ),
            (
                from(json!({"typ": "Refresh"})),
                "standup",
                "iss",
                &["a refresh token of Keycloak", "send the access token"],
            ),
            (
                from(json!({"typ": "ID", "aud": "web"})),
                "standup",
                "iss",
                &["an ID token of Keycloak", "send the access token"],
            ),
            (
                from(json!({"typ": "Bearer"})),
                "standup",
                "iss",
                &["an access token of Keycloak", "add mappers"],
            ),
            (
                from(json!({"token_use": "id", "aud": "3n4b"})),
                "standup",
                "iss",
                &["ID token of Amazon Cognito", "send the access token"],
            ),
            (
                from(json!({"nonce": "n-0S6", "aud": "web"})),
                "standup",
                "iss",
                &["an ID token of Keycloak (it has at_hash, c_hash or nonce)"],
            ),
            (
                from(json!({"at_hash": "x", "aud": "web"})),
                "standup",
                "iss",
                &["an ID token of Keycloak (it has at_hash, c_hash or nonce)"],
            ),
            (
                from(
                    json!({"appid": "1b", "scp": "User.Read", "aud": "00000003-0000-0000-c000-000000000000"}),
                ),
                "standup",
                "iss",
                &[
                    "an access token of Microsoft",
                    "a scope of your own application",
                ],
            ),
            (
                json!({"typ": "Bearer", "aud": "account"}),
                "standup",
                "aud",
                &["an access token of Keycloak", "add mappers"],
            ),
            (
                json!({"room": null, "typ": "ID"}),
                "standup",
                "room",
                &["an ID token of Keycloak"],
            ),
        ],
        "",
    );
    let payload = json!({"iss": issuer, "typ": "Refresh"}).to_string();
    let header = br#"{"alg":"HS512","typ":"JWT"}"#;
    let refresh = seal(
        jsonwebtoken::Algorithm::HS512,
        header,
        payload.as_bytes(),
        "keycloak's own",
    );
    let payload = json!({"iss": "https://sts.windows.net/x/", "scp": "User.Read"}).to_string();
    let header = br#"{"alg":"HS256","typ":"JWT","nonce":"abc"}"#;
    let graph = seal(
        jsonwebtoken::Algorithm::HS256,
        header,
        payload.as_bytes(),
        "microsoft's own",
    );
    for (token, check, says) in [
        (
            refresh,
            "alg",
            ["a refresh token of Keycloak", "send the access token"],
        ),
        (
            graph,
            "signature",
            ["nonce in the header", "a scope of your own application"],
        ),
    ] {
        let case = Case {
            token: Some(token),
            ..case((json!({}), "standup", check, &says), "")
        };
        assert_eq!(wrong(&case), None);
    }
}

#[test]
fn a_sub_that_is_not_the_domain_is_told_what_it_is() {
    let sub = |text: &str| json!({ "sub": text });
    let set = "let the issuer set sub to \"video.acme.example\"";
    check(
        vec![
            (
                sub("guest.meet.jitsi"),
                "standup",
                "sub",
                &["docker-jitsi-meet's inner domain", set],
            ),
            (sub("localhost"), "standup", "sub", &["own machine", set]),
            (
                sub("*.acme.example"),
                "standup",
                "sub",
                &["stands alone", set],
            ),
            (
                sub("acme.example"),
                "standup",
                "sub",
                &["a domain above", set],
            ),
            (
                sub("standup"),
                "standup",
                "sub",
                &["the room's name, which belongs in room", set],
            ),
            (
                sub("xmpp:video.acme.example"),
                "standup",
                "sub",
                &["\"xmpp:\" is too much", set],
            ),
            (sub("CN=ann,OU=x"), "standup", "sub", &["names a user", set]),
            (
                sub("urn:uuid:3ddf2f7c"),
                "standup",
                "sub",
                &["names a user", set],
            ),
            (sub("${domain}"), "standup", "sub", &["a placeholder", set]),
            (
                sub("https://video.acme.example"),
                "standup",
                "sub",
                &["\"https://\" is too much", set],
            ),
            (
                sub("https://video.acme.example/"),
                "standup",
                "sub",
                &["\"https://\" and \"/\" is too much"],
            ),
            (
                sub("video.acme.example/"),
                "standup",
                "sub",
                &["a slash at its end", "\"/\" is too much"],
            ),
            (
                sub("video.acme.example:443"),
                "standup",
                "sub",
                &["\":443\" is too much"],
            ),
            (
                sub("https://video.acme.example:8443/standup"),
                "standup",
                "sub",
                &["\"https://\" and \":8443\" and \"/standup\" is too much"],
            ),
            (
                sub("rooms.acme.example/y/z"),
                "standup",
                "sub",
                &["web address", "\"/y/z\" is too much", set],
            ),
            (
                sub("acme-meet"),
                "standup",
                "sub",
                &["the host's app_id, which belongs in iss", set],
            ),
            (
                sub("vpaas-magic-cookie-1fc542a3e4414a44b2611668195e2bfe"),
                "standup",
                "sub",
                &["app id of JaaS", set],
            ),
            (
                sub("guest.video.acme.example"),
                "standup",
                "sub",
                &["docker-jitsi-meet's inner host for guests", set],
            ),
            (
                sub("auth.video.acme.example"),
                "standup",
                "sub",
                &["inner host of Jitsi's own services"],
            ),
            (
                sub("conference.video.acme.example"),
                "standup",
                "sub",
                &["the MUC's domain; leave out its first label"],
            ),
            (
                sub("www.video.acme.example"),
                "standup",
                "sub",
                &["\"www.\" before the domain"],
            ),
            (
                sub("AAAAAGdv9aXkVfq3w0bDq7Rk2JpYtZ1mNcXs8QeLhUo"),
                "standup",
                "sub",
                &["names a user", "context.user", set],
            ),
            (
                sub("00u1a2b3c4D5e6F7g8h9"),
                "standup",
                "sub",
                &["names a user"],
            ),
            (
                sub("auth0|5f7c8ec7c33c6c004bbafe82"),
                "standup",
                "sub",
                &["names a user"],
            ),
            (sub("ann@acme.example"), "standup", "sub", &["names a user"]),
            (sub("f:9c8d:ann"), "standup", "sub", &["names a user"]),
            (
                sub("vide\u{43e}.acme.example"),
                "standup",
                "sub",
                &["CYRILLIC SMALL LETTER O", set],
            ),
            (
                sub("video.acme.exmaple"),
                "standup",
                "sub",
                &["nearly the same"],
            ),
            (
                sub("globex"),
                "standup",
                "sub",
                &[
                    "a tenant's name",
                    "join the tenant's room \"[globex]standup@conference.video.acme.example\"",
                ],
            ),
            (
                sub("public.example.org"),
                "standup",
                "sub",
                &[
                    "public name of the web page",
                    "enable_domain_verification = false",
                ],
            ),
            (
                json!({"sub": ["video.acme.example"]}),
                "standup",
                "sub",
                &["a list", set],
            ),
            (
                json!({"sub": 42}),
                "standup",
                "sub",
                &["a number", "let the issuer set sub to \"42\""],
            ),
        ],
        "",
    );
    check(
        vec![
            (
                json!({"sub": "*"}),
                "standup@lobby.video.acme.example",
                "room's domain",
                &[
                    "a lobby room",
                    "join \"standup@conference.video.acme.example\"",
                    "take token_verification out",
                ],
            ),
            (
                json!({}),
                "standup@lobby.video.acme.example",
                "room's domain",
                &["a lobby room", "take token_verification out"],
            ),
            (
                json!({}),
                "standup@breakout.video.acme.example",
                "room's domain",
                &["a breakout room"],
            ),
            (
                json!({}),
                "standup@muc.video.acme.example",
                "room's domain",
                &["muc_mapper_domain_prefix = \"muc\""],
            ),
        ],
        "",
    );
}

#[test]
fn another_host_of_the_server_is_named() {
    let two = policy(
        "[hosts.\"video.globex.example\"]\napp_id = \"globex\"\napp_secret = \"another secret, long enough\"\n",
    );
    let case = Case {
        policy: two,
        host: Some(HOST),
        ..case(
            (
                json!({"sub": "video.globex.example"}),
                "standup",
                "sub",
                &["another host of this server", "let the issuer set sub to"],
            ),
            "",
        )
    };
    assert_eq!(wrong(&case), None);
}

#[test]
fn a_room_claim_that_misses_its_room_is_told_how() {
    let room = |text: &str| json!({ "room": text });
    let set = "let the issuer set room to \"standup\"";
    check(
        vec![
            (
                room("undefined"),
                "standup",
                "room",
                &["a variable that is empty", set],
            ),
            (room("{{room}}"), "standup", "room", &["a placeholder", set]),
            (
                room("[object Object]"),
                "standup",
                "room",
                &["a variable that is empty", set],
            ),
            (
                room("standup&lang=de"),
                "standup",
                "room",
                &["\"&lang=de\" behind", set],
            ),
            (
                room("stand\u{2010}up"),
                "standup",
                "room",
                &["U+2010 HYPHEN", set],
            ),
            (
                room("standup-*"),
                "standup-4",
                "room",
                &["looks like a pattern", "^standup%-.*$"],
            ),
            (
                json!({"room": ["standup", "planning"]}),
                "standup",
                "room",
                &["a token names one room"],
            ),
            (
                json!({"room": null, "context": {"room": {"name": "standup"}}}),
                "standup",
                "room",
                &["stands in context.room.name", "belongs at the top"],
            ),
            (
                room("standup?lang=de"),
                "standup",
                "room",
                &["part of a web address", set],
            ),
            (
                room("standup#config.x=1"),
                "standup",
                "room",
                &["part of a web address", set],
            ),
            (
                room("https://video.acme.example/standup"),
                "standup",
                "room",
                &["web address", set],
            ),
            (
                room("https://video.acme.example/standup?jwt=1#x"),
                "standup",
                "room",
                &["web address", set],
            ),
            (
                room("video.acme.example/standup"),
                "standup",
                "room",
                &["web address", set],
            ),
            (
                room("standup/"),
                "standup",
                "room",
                &["a slash too many", set],
            ),
            (
                room("/standup"),
                "standup",
                "room",
                &["a slash too many", set],
            ),
            (
                room("[globex]standup"),
                "standup",
                "room",
                &["the tenant in sub", set],
            ),
            (
                room("globex/standup"),
                "standup",
                "room",
                &["the tenant in sub", set],
            ),
            (
                room("standup@conference.video.acme.example"),
                "standup",
                "room",
                &["full JID", set],
            ),
            (
                room("stand\u{ad}up"),
                "standup",
                "room",
                &["U+00AD SOFT HYPHEN", set],
            ),
            (
                room("stand\u{200b}up"),
                "standup",
                "room",
                &["ZERO WIDTH SPACE", set],
            ),
            (
                room("standup\u{a0}"),
                "standup",
                "room",
                &["NO-BREAK SPACE", set],
            ),
            (
                room("st\u{430}ndup"),
                "standup",
                "room",
                &["CYRILLIC SMALL LETTER A", set],
            ),
            (
                room("standu\u{301}p"),
                "standup",
                "room",
                &["COMBINING ACUTE ACCENT", set],
            ),
            (
                room("standup,planning"),
                "standup",
                "room",
                &["a list in one string", set],
            ),
            (
                room("[\"standup\"]"),
                "standup",
                "room",
                &["a list in one string", set],
            ),
            (room("stand-up"), "standup", "room", &["hyphens", set]),
            (
                room("Daily Standup"),
                "dailystandup",
                "room",
                &["blanks", "set room to \"dailystandup\""],
            ),
            (room(""), "standup", "room", &["is empty", set]),
            (room("all"), "standup", "room", &["written \"*\"", set]),
            (
                room("planning"),
                "standup",
                "room",
                &["for another room", set, "or join \"planning\""],
            ),
            (
                room("stand*"),
                "standup",
                "room",
                &["looks like a pattern", "context.room.regex"],
            ),
            (
                json!({"room": true}),
                "standup",
                "room",
                &["found true, a truth value", "let the issuer set room to"],
            ),
            (
                json!({"room": ["standup"]}),
                "standup",
                "room",
                &["a list", set],
            ),
            (
                json!({"room": {"name": "standup"}}),
                "standup",
                "room",
                &["an object"],
            ),
            (
                json!({"room": 4}),
                "standup",
                "room",
                &["a number", "let the issuer set room to \"4\""],
            ),
            (
                room("ТЕСТ"),
                "%d1%82%d0%b5%d1%81%d1%82",
                "room",
                &[
                    "the room claim must be \"%d1%82%d0%b5%d1%81%d1%82\" (lower-cased, then percent-encoded)",
                ],
            ),
            (
                room("%D0%A2%D0%95%D0%A1%D0%A2x"),
                "%d1%82%d0%b5%d1%81%d1%82x",
                "room",
                &["lower-cased, then percent-encoded"],
            ),
            (
                room("Räksmörgås"),
                "Räksmörgås",
                "room",
                &["the room claim must be \"r%c3%a4ksm%c3%b6rg%c3%a5s\""],
            ),
            (
                room("Tür 3"),
                "t%c3%bcr%203",
                "room",
                &["the room claim must be \"t%c3%bcr%203\""],
            ),
            (
                room("cafe\u{301}"),
                "café",
                "room",
                &["the room claim must be \"caf%c3%a9\""],
            ),
            (
                room("cafe\u{301}"),
                "café@conference.video.acme.example",
                "room",
                &["COMBINING ACUTE ACCENT", "normal form"],
            ),
        ],
        "",
    );
    let tenants = Case {
        tenant: Some("globex"),
        ..case(
            (
                json!({"room": "[globex]standup", "sub": "globex"}),
                "standup",
                "room",
                &["the tenant before the room", set],
            ),
            "",
        )
    };
    assert_eq!(wrong(&tenants), None);
}

#[test]
fn a_pattern_for_another_language_is_told_in_luas() {
    let pattern = |text: &str| json!({"room": text, "context": {"room": {"regex": true}}});
    check(
        vec![
            (
                pattern("^sales-emea%-%d+$"),
                "sales-emea-4",
                "room",
                &["must be written %-", "set room to \"^sales%-emea%-%d+$\""],
            ),
            (
                pattern("sales-%d+"),
                "sales-4",
                "room",
                &["must be written %-", "set room to \"sales%-%d+\""],
            ),
            (
                pattern("standup\\d+"),
                "standup12",
                "room",
                &["Lua writes %d", "set room to \"standup%d+\""],
            ),
            (
                pattern("[a-z]{3}"),
                "abc",
                "room",
                &["counted repetition", "set room to \"[a-z][a-z][a-z]\""],
            ),
            (
                pattern("(?i)standup"),
                "standup",
                "room",
                &["Lua has no flags", "set room to \"standup\""],
            ),
            (
                pattern("#^kurs_.*#"),
                "kurs_12",
                "room",
                &["delimiters of PCRE", "set room to \"^kurs_.*\""],
            ),
            (
                pattern("/^kurs_.*$/"),
                "kurs_12",
                "room",
                &["delimiters of PCRE", "set room to \"^kurs_.*$\""],
            ),
            (
                pattern("standup|planning"),
                "standup",
                "room",
                &["no alternatives", "set room to \"standup\""],
            ),
            (
                pattern("stand"),
                "standup",
                "room",
                &["a part of the name", "set room to \"stand.*\""],
            ),
            (
                pattern("Stand.*"),
                "standup",
                "room",
                &["capitals", "set room to \"stand.*\""],
            ),
            (
                pattern("^planning.*$"),
                "standup",
                "room",
                &["for other rooms", "set room to"],
            ),
            (
                json!({"room": "stand.*"}),
                "standup",
                "room",
                &[
                    "context.room.regex is not true",
                    "set context.room.regex to true",
                ],
            ),
            (
                json!({"room": "stand.*", "context": {"room": {"regex": 1}}}),
                "standup",
                "room",
                &["context.room.regex is 1, which is not true"],
            ),
            (
                json!({"room": "stand*"}),
                "standup",
                "room",
                &["set room to \"^stand.*$\" and context.room.regex to true"],
            ),
        ],
        "",
    );
}

#[test]
fn a_pattern_that_is_announced_and_missing_is_told() {
    let announced = json!({"room": null, "context": {"room": {"regex": true}}});
    check(
        vec![(
            announced,
            "standup",
            "room",
            &["found nothing", "has no room", "let the issuer set room to"],
        )],
        "asap_require_room_claim = false\n",
    );
}

/// Applies what is said to be set, and asks again.
#[test]
fn what_is_said_to_be_set_lets_the_token_in() {
    for (changes, room, line) in [
        (
            json!({"iss": "globex"}),
            "standup",
            "asap_accepted_issuers = [\"acme-meet\", \"globex\"]",
        ),
        (
            json!({"aud": "jitsi"}),
            "standup",
            "asap_accepted_audiences = [\"acme-meet\", \"jitsi\"]",
        ),
        (
            json!({"aud": ["acme-meet", "x"]}),
            "standup",
            "accept_audience_array = true",
        ),
        (
            json!({"room": null}),
            "standup",
            "asap_require_room_claim = false",
        ),
        (
            json!({"sub": "public.example.org"}),
            "standup",
            "enable_domain_verification = false",
        ),
        (json!({"exp": NOW - 100}), "standup", "leeway = 300"),
    ] {
        let before = super::examine(&case((changes.clone(), room, "", &[]), ""));
        let said = first_failure(&before).unwrap().explanation.to_string();
        assert!(said.contains(line), "{line}: {said}");
        let after = super::examine(&case(
            (changes.clone(), room, "", &[]),
            &format!("{line}\n"),
        ));
        assert!(after.verdict.allowed(), "{line}: {changes}");
    }
}

/// Sets in the token what the issuer is said to set, and asks again.
#[test]
fn what_the_issuer_is_said_to_set_lets_the_token_in() {
    let pattern = |text: &str| json!({"room": text, "context": {"room": {"regex": true}}});
    for (changes, room, claim, value) in [
        (
            json!({"room": "ТЕСТ"}),
            "%d1%82%d0%b5%d1%81%d1%82",
            "room",
            "%d1%82%d0%b5%d1%81%d1%82",
        ),
        (json!({"room": "Tür 3"}), "Tür 3", "room", "t%c3%bcr%203"),
        (
            pattern("^sales-emea%-%d+$"),
            "sales-emea-4",
            "room",
            "^sales%-emea%-%d+$",
        ),
        (pattern("#^kurs_.*#"), "kurs_12", "room", "^kurs_.*"),
        (
            json!({"sub": "https://video.acme.example/"}),
            "standup",
            "sub",
            HOST,
        ),
        (json!({"iss": "acme-meet "}), "standup", "iss", "acme-meet"),
        (
            json!({"aud": "acme-meet jitsi"}),
            "standup",
            "aud",
            "acme-meet",
        ),
    ] {
        let before = super::examine(&case((changes.clone(), room, "", &[]), ""));
        let said = first_failure(&before).unwrap().explanation.to_string();
        let expected = format!("let the issuer set {claim} to {}", Value::from(value));
        assert!(said.contains(&expected), "{expected}: {said}");
        let changed = with(changes, &json!({ claim: value }));
        let after = super::examine(&case((changed, room, "", &[]), ""));
        assert!(after.verdict.allowed(), "{expected}");
    }
}

#[test]
fn the_host_is_found_by_the_room_where_the_issuer_does_not_tell() {
    let two = policy(&format!(
        "[hosts.\"video.globex.example\"]\napp_id = \"acme-meet\"\napp_secret = \"{SECRET}\"\nmuc_mapper_domain_base = \"video.globex.example\"\n"
    ));
    for (sub, room, allowed) in [
        (HOST, "standup@conference.video.acme.example", true),
        (
            "video.globex.example",
            "standup@conference.video.globex.example",
            true,
        ),
        (
            "video.globex.example",
            "https://Video.Globex.example/standup",
            true,
        ),
        (HOST, "standup@conference.video.globex.example", false),
        (HOST, "https://video.globex.example/standup", false),
    ] {
        let case = Case {
            policy: two.clone(),
            ..case((json!({ "sub": sub }), room, "", &[]), "")
        };
        let verdict = super::examine(&case).verdict;
        assert_eq!(verdict.allowed(), allowed, "{sub} in {room}");
        assert_eq!(
            verdict.host == "video.globex.example",
            room.to_lowercase().contains("globex"),
            "{room}"
        );
    }
}
