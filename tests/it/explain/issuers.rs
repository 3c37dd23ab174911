//! Hosts with several issuers that are set up wrongly: the first failure says whose section is wrong and what to set there,
//! and what is said lets the token in once it is typed.

use serde_json::{Value, json};

use super::cases::{Case, KEYS_URL, NOW, SECRET};
use super::oidc::{Sample, examine_by};
use super::{examine, first_failure, remedies};
use prosody_tokend::verifier::verdict::Examination;
use support::token::{mint, with};

const HOST: &str = "meet.example.com";
const REALM: &str = "https://sso.acme.example/realms/acme";
const TENANT: &str = "7b9e9ae8-c3a6-47cb-a17d-0ba10295671b";

/// What most sections of a realm have, beside who the issuer is.
const AS_KEYCLOAKS: &str =
    "discover = true\naudience_claim = \"azp\"\naudiences = [\"jitsi\"]\nclaims = \"keycloak\"";

/// A host with an issuer of its own, and these.
fn host(sections: &[&str]) -> String {
    let own = format!("app_id = \"jitsi\"\napp_secret = \"{SECRET}\"\n");
    host_with(&own, sections)
}

fn host_with(own: &str, sections: &[&str]) -> String {
    let head = format!("[hosts.\"{HOST}\"]\nmuc_mapper_domain_base = \"{HOST}\"\n{own}");
    let sections = sections.iter().map(|section| {
        let section = section.trim_end();
        format!("[[hosts.\"{HOST}\".issuers]]\n{section}\n")
    });
    head + &sections.collect::<String>()
}

/// A section of Keycloak's.
fn realm(issuer: &str, others: &str) -> String {
    format!("name = \"sso\"\nissuer = {issuer}\n{others}")
}

/// Types what is said, again and again, and returns what is said first, or what is still said after so many times.
fn typed(
    policy: &str,
    ask: impl Fn(&str) -> Examination,
) -> Result<(&'static str, String), String> {
    let mut policy = policy.to_owned();
    let mut first = None;
    for _ in 0..4 {
        let examination = ask(&policy);
        let Some(failed) = first_failure(&examination) else {
            assert!(examination.verdict.allowed(), "{policy}");
            return first.ok_or_else(|| "no check fails".to_owned());
        };
        let said = failed.explanation.to_string();
        let remedy = &failed.explanation.remedy;
        if !remedies::is_typed(remedy) {
            return Err(format!("{said}\nwith\n{policy}"));
        }
        policy = remedies::applied(&policy, HOST, remedy);
        if let Some(still) = remedies::unmended(&examination, &ask(&policy), false) {
            return Err(format!("{said}\nthen {still}\nwith\n{policy}"));
        }
        first.get_or_insert((failed.explanation.check, said));
    }
    Err(format!("{first:?}, and still denied with\n{policy}"))
}

/// Of which provider the token is, how the host is set up, which check fails, and what is said.
type Row<'a> = (&'a str, String, &'a str, &'a [&'a str]);

fn check(rows: &[Row<'_>]) {
    let wrong = rows.iter().filter_map(|(name, policy, check, says)| {
        let sample = Sample::of(name);
        let keys = Sample::of("auth0-id");
        let keys = if policy.contains(KEYS_URL) {
            &keys
        } else {
            &sample
        };
        let result = typed(policy, |policy| {
            examine_by(&sample, policy.to_owned(), keys)
        });
        lacking(result, check, says).map(|said| format!("{name}: {said}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn lacking(
    result: Result<(&'static str, String), String>,
    check: &str,
    says: &[&str],
) -> Option<String> {
    let (found, said) = match result {
        Ok(first) => first,
        Err(said) => return Some(said),
    };
    let missing: Vec<_> = says.iter().filter(|text| !said.contains(**text)).collect();
    let is_right = found == check && missing.is_empty();
    (!is_right).then(|| format!("{missing:?} is not in {said}"))
}

#[test]
fn a_misspelt_issuer_is_set_right_in_its_own_section() {
    let set =
        "set issuer = \"https://sso.acme.example/realms/acme\" in the section of the issuer sso";
    let of = |issuer: &str| host(&[&realm(&format!("\"{issuer}\""), AS_KEYCLOAKS)]);
    let named = |issuer: &str| format!("\"{issuer}\" of the issuer sso is the nearest: ");
    let rows = [
        (
            "https://sso.acme.example/realms/acme/",
            "a slash at the end here",
        ),
        ("https://sso.acme.example/realms/Acme", "capitals: "),
        (
            "https://sso.acme.example/auth/realms/acme",
            "/auth here, and not in the token",
        ),
        (
            "https://sso.acme.example:8443/realms/acme",
            "port 8443 here",
        ),
        ("https://sso.acme.exmaple/realms/acme", "nearly the same"),
        (
            "https://sso.acme.example",
            "/realms/acme at the end in the token",
        ),
        (
            "https://sso.acme.example/realms/acme/.well-known/openid-configuration",
            "the address of its discovery document is set here",
        ),
        (
            "https://sso.acme.example/realms/acme/protocol/openid-connect/certs",
            "the address of its keys is set here",
        ),
    ];
    for (issuer, difference) in rows {
        let says = [&named(issuer), difference, set];
        check(&[("keycloak-access", of(issuer), "iss", &says)]);
    }
}

#[test]
fn one_name_more_is_added_where_keys_are_not_discovered() {
    let realm = realm(
        "[\"https://sso.acme.example/realms/acme/\", \"sso\"]",
        &AS_KEYCLOAKS.replace(
            "discover = true",
            &format!("cache_keys_url = \"{REALM}/protocol/openid-connect/certs\""),
        ),
    );
    let google = "name = \"google\"\nissuer = \"https://accounts.google.com\"\ncache_keys_url = \
        \"https://www.googleapis.com/oauth2/v3/certs\"\naudiences = \
        [\"849764692839-u976kvd0milylbeoxuap3srfxbrlawfu.apps.googleusercontent.com\"]\nclaims = \"google\"";
    check(&[
        (
            "keycloak-access",
            host(&[&realm, google]),
            "iss",
            &[
                "needed \"jitsi\" or \"https://sso.acme.example/realms/acme/\" of sso or \"sso\" of sso",
                "set issuer = [\"https://sso.acme.example/realms/acme/\", \"sso\", \"https://sso.acme.example/realms/acme\"] in \
                 the section of the issuer sso",
            ],
        ),
        (
            "keycloak-access",
            host(&[&realm.replace(
                "https://sso.acme.example/realms/acme/\", \"sso",
                "http://sso.acme.example/realms/acme",
            )]),
            "iss",
            &[
                "https in the token, http here",
                "set issuer = [\"http://sso.acme.example/realms/acme\", \"https://sso.acme.example/realms/acme\"] in the \
                 section of the issuer sso",
            ],
        ),
        (
            "google-id-bare",
            host(&[&realm, google]),
            "iss",
            &[
                "\"https://accounts.google.com\" of the issuer google is the nearest",
                "set issuer = [\"https://accounts.google.com\", \"accounts.google.com\"] in the section of the issuer google",
            ],
        ),
        (
            "google-id-bare",
            host_with("", &[google]),
            "iss",
            &["in the section of the issuer google"],
        ),
    ]);
}

#[test]
fn the_tenant_of_entra_is_set_in_its_section() {
    let entra = |issuer: &str, audience: &str| {
        format!(
            "name = \"entra\"\nissuer = \"{issuer}\"\ndiscover = true\naudiences = [\"{audience}\"]\nclaims = \"entra\""
        )
    };
    let login = "https://login.microsoftonline.com";
    let v2 = format!("{login}/{TENANT}/v2.0");
    let audience = "0e06559f-b3b4-481f-aa20-3e4608d975cb";
    let own = format!("set issuer = \"{v2}\" in the section of the issuer entra");
    check(&[
        (
            "entra-access-v2",
            host(&[&entra(&format!("{login}/common/v2.0"), audience)]),
            "iss",
            &["common stands for any tenant", &own],
        ),
        (
            "entra-access-v2",
            host(&[&entra(&format!("{login}/{TENANT}"), audience)]),
            "iss",
            &["/v2.0 at the end in the token", &own],
        ),
        (
            "entra-access-v1",
            host(&[&entra(&v2, &format!("api://{audience}"))]),
            "iss",
            &[
                "the tenant's v1.0 in the token, its v2.0 here",
                "/\" and jwks_origins = [\"https://login.microsoftonline.com\"] in the section of the issuer entra",
            ],
        ),
    ]);
}

#[test]
fn an_issuer_of_its_own_is_added_for_another_one() {
    let staff = realm("\"https://sso.acme.example/realms/staff\"", AS_KEYCLOAKS);
    let keycloak = staff.replace("\"sso\"", "\"keycloak\"");
    let auth0 = "name = \"auth0\"\nissuer = \"https://acme.eu.auth0.com/\"\ndiscover = true\naudiences = [\"web\"]\nclaims = \
        \"auth0\"";
    let firebase = "name = \"firebase\"\nissuer = \"https://securetoken.google.com/acme-test\"\ncache_keys_url = \
        \"https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com\"\naudiences = \
        [\"acme-test\"]\nclaims = \"firebase\"";
    let at_end = "in the daemon's own config.toml, add at the end: [[hosts.\"meet.example.com\".issuers]] and below it, one a \
        line: name = ";
    let listed = format!(
        "issuers = [{{ name = \"auth0\", issuer = \"https://acme.eu.auth0.com/\", discover = true, audiences = [\"web\"], \
         claims = \"auth0\" }}]\napp_id = \"jitsi\"\napp_secret = \"{SECRET}\"\n"
    );
    check(&[
        (
            "keycloak-access",
            host(&[&staff]),
            "iss",
            &[
                "\"https://sso.acme.example/realms/staff\" of the issuer sso is the nearest: another realm of the same server",
                at_end,
                "name = \"keycloak\"; issuer = \"https://sso.acme.example/realms/acme\"; discover = true; ",
            ],
        ),
        (
            "keycloak-access",
            host(&[&keycloak]),
            "iss",
            &["name = \"keycloak-2\"; "],
        ),
        (
            "firebase-id",
            host(&[firebase]),
            "iss",
            &["another project", at_end, "name = \"firebase-2\"; "],
        ),
        (
            "keycloak-access",
            host(&[auth0, firebase]),
            "iss",
            &[
                "needed \"jitsi\" or \"https://acme.eu.auth0.com/\" of auth0 or \"https://securetoken.google.com/acme-test\" of \
                 firebase; this is an access token of Keycloak",
                at_end,
            ],
        ),
        (
            "keycloak-access",
            host_with("", &[auth0]),
            "kid",
            &["whose issuer this host does not accept", at_end],
        ),
        (
            "cognito-access",
            host(&[auth0]),
            "iss",
            &[
                at_end,
                "audience_claim = \"client_id\"; audiences = [\"premlycxm4dizhaokfyg3outgf\"]; accepted_types = [\"none\"]; \
                 claims = \"cognito\"",
            ],
        ),
        (
            "cognito-id",
            host(&[auth0]),
            "iss",
            &["send the access token", at_end, "claims = \"cognito\""],
        ),
        (
            "okta-access",
            host_with(&listed, &[]),
            "iss",
            &["add to issuers below [hosts.\"meet.example.com\"]: { name = \"okta\", "],
        ),
    ]);
}

#[test]
fn an_audience_is_set_in_the_section_of_its_issuer() {
    let of = |lines: &str| {
        let lines = format!("discover = true\n{lines}\nclaims = \"keycloak\"");
        host(&[&realm(&format!("\"{REALM}\""), &lines)])
    };
    let cognito = "name = \"pool\"\nissuer = \"https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_dPixhbzE4\"\n\
        discover = true\naudiences = [\"premlycxm4dizhaokfyg3outgf\"]\naccepted_types = [\"none\"]\nclaims = \"cognito\"";
    let okta = "name = \"okta\"\nissuer = \"https://acme.okta.com/oauth2/default\"\ndiscover = true\naudiences = \
        [\"api://meet\"]\naccepted_types = [\"none\"]\nclaims = \"okta\"";
    let of_sso = " in the section of the issuer sso";
    check(&[
        (
            "keycloak-access",
            of("audience_claim = \"azp\"\naudiences = [\"meet\"]"),
            "aud",
            &["set audiences = [\"meet\", \"jitsi\"]", of_sso],
        ),
        (
            "keycloak-access",
            of("audience_claim = \"client_id\"\naudiences = [\"jitsi\"]"),
            "aud",
            &[
                "what client_id needs stands in azp",
                "set audience_claim = \"azp\"",
                of_sso,
            ],
        ),
        (
            "keycloak-access",
            of("audience_claim = \"client_id\"\naudiences = [\"meet\"]"),
            "aud",
            &[
                "the token has no \"client_id\", which audience_claim names",
                "set audience_claim = \"azp\" and audiences = [\"jitsi\"]",
                of_sso,
            ],
        ),
        (
            "keycloak-access",
            of("audiences = [\"jitsi\"]"),
            "aud",
            &[
                "what aud needs stands in azp",
                "set audience_claim = \"azp\"",
                of_sso,
            ],
        ),
        (
            "keycloak-access",
            of(""),
            "aud",
            &["set audience_claim = \"azp\"", of_sso],
        ),
        (
            "cognito-access",
            host(&[cognito]),
            "aud",
            &["set audience_claim = \"client_id\" in the section of the issuer pool"],
        ),
        (
            "okta-access",
            host(&[okta]),
            "aud",
            &[
                "set audiences = [\"api://meet\", \"api://default\"] in the section of the issuer okta",
            ],
        ),
    ]);
}

#[test]
fn what_the_header_has_is_accepted_in_the_section_of_its_issuer() {
    let okta = |types: &str| {
        format!(
            "name = \"okta\"\nissuer = \"https://acme.okta.com/oauth2/default\"\ndiscover = true\naudiences = \
             [\"api://default\"]\n{types}\nclaims = \"okta\""
        )
    };
    let realm = realm(
        &format!("\"{REALM}\""),
        &format!("{AS_KEYCLOAKS}\nalgorithms = [\"ES256\"]"),
    );
    check(&[
        (
            "okta-access",
            host(&[&okta("")]),
            "typ",
            &["set accepted_types = [\"JWT\", \"none\"] in the section of the issuer okta"],
        ),
        (
            "okta-access",
            host(&[&okta("accepted_types = [\"at+jwt\"]")]),
            "typ",
            &["set accepted_types = [\"at+jwt\", \"none\"] in the section of the issuer okta"],
        ),
        (
            "keycloak-access",
            host(&[&realm]),
            "alg",
            &["set algorithms = [\"ES256\", \"RS256\"] in the section of the issuer sso"],
        ),
    ]);
}

#[test]
fn keys_are_looked_for_where_the_issuer_has_them() {
    let google = "name = \"google\"\nissuer = \"https://accounts.google.com\"\ndiscover = true\naudiences = \
        [\"849764692839-u976kvd0milylbeoxuap3srfxbrlawfu.apps.googleusercontent.com\"]\nclaims = \"google\"";
    let at_others = AS_KEYCLOAKS.replace(
        "discover = true",
        &format!("cache_keys_url = \"{KEYS_URL}\""),
    );
    check(&[
        (
            "google-id",
            host(&[google]),
            "key",
            &[
                "set jwks_origins = [\"https://www.googleapis.com\"] in the section of the issuer google",
            ],
        ),
        (
            "keycloak-access",
            host(&[&realm(&format!("\"{REALM}\""), &at_others)]),
            "kid",
            &[
                "Keycloak has its keys elsewhere",
                "set cache_keys_url = \"https://sso.acme.example/realms/acme/protocol/openid-connect/certs\" in the section of \
                 the issuer sso",
            ],
        ),
    ]);
}

#[test]
fn claims_that_a_mapping_does_not_find_are_mapped() {
    let of = |claims: &str| {
        let lines = AS_KEYCLOAKS.replace("claims = \"keycloak\"", "");
        host(&[&realm(
            &format!("\"{REALM}\""),
            &format!("{}\n{claims}", lines.trim_end()),
        )])
    };
    let mapped = |claims: &str| of(&format!("[hosts.\"{HOST}\".issuers.claims]\n{claims}"));
    let all = "set room = \"*\" in the claims of the issuer sso";
    check(&[
        (
            "keycloak-access",
            of(""),
            "room",
            &["set claims = \"keycloak\" in the section of the issuer sso"],
        ),
        (
            "keycloak-access",
            mapped("room = \"/meeting\"\nsub = \"*\""),
            "room",
            &[
                "room is taken from /meeting, where the token has no text",
                "let the issuer put the room's name into /meeting",
                all,
            ],
        ),
        (
            "keycloak-access",
            mapped("room = [\"/groups\", \"/meeting\"]\nsub = \"*\""),
            "room",
            &["room is taken from /groups or /meeting", all],
        ),
        (
            "keycloak-access",
            mapped("sub = \"*\""),
            "room",
            &["the claims of the issuer sso have no room", all],
        ),
        (
            "keycloak-access",
            mapped("room = \"*\""),
            "sub",
            &["set sub = \"*\" in the claims of the issuer sso"],
        ),
        (
            "keycloak-access",
            mapped("room = \"*\"\nsub = \"/tenant\""),
            "sub",
            &["set sub = \"*\" in the claims of the issuer sso"],
        ),
    ]);
}

#[test]
fn a_room_beyond_the_bounds_is_added_to_them() {
    let realm = realm(
        &format!("\"{REALM}\""),
        &format!("{AS_KEYCLOAKS}\nrooms = [\"team-*\"]"),
    );
    check(&[(
        "keycloak-access",
        host(&[&realm]),
        "room",
        &[
            "the issuer sso may open no other rooms",
            "set rooms = [\"team-*\", \"standup\"] in the section of the issuer sso",
        ],
    )]);
}

/// A token of an issuer that signs with the tests' secret; null takes a claim away.
fn of_partner(changes: &Value) -> String {
    let claims = json!({
        "iss": "partner",
        "aud": "jitsi",
        "sub": HOST,
        "room": "standup",
        "exp": NOW + 3600,
    });
    mint(&with(claims, changes), SECRET)
}

/// A host with that issuer, which has these options, and with another one.
fn partner(options: &str) -> String {
    host_with(
        "app_id = \"jitsi\"\napp_secret = \"of the host's own issuer, 0123456789\"\n",
        &[
            &format!(
                "name = \"partner\"\nissuer = \"partner\"\napp_secret = \"{SECRET}\"\n{options}"
            ),
            &realm(&format!("\"{REALM}\""), AS_KEYCLOAKS),
        ],
    )
}

fn ask(policy: &str, token: &str, tenant: Option<&'static str>) -> Examination {
    examine(&Case {
        name: "",
        policy: policy.to_owned(),
        host: None,
        token: Some(token.to_owned()),
        room: "standup",
        tenant,
        check: "",
        says: &[],
    })
}

#[test]
fn what_an_issuer_with_a_secret_demands_is_set_in_its_section() {
    let moderator = json!({"context": {"user": {"moderator": true}}});
    let rows: &[(Value, &str, &str, &[&str])] = &[
        (
            json!({"iss": "partnr"}),
            "",
            "iss",
            &[
                "needed \"jitsi\" or \"partner\" of partner or \"https://sso.acme.example/realms/acme\" of sso",
                "\"partner\" of the issuer partner is the nearest",
                "let the issuer set iss to \"partner\", or set issuer = [\"partner\", \"partnr\"] in the section of the issuer \
                 partner",
            ],
        ),
        (
            json!({"iss": "Partner"}),
            "",
            "iss",
            &["set issuer = [\"partner\", \"Partner\"] in the section of the issuer partner"],
        ),
        (
            json!({"aud": "meet"}),
            "",
            "aud",
            &["set audiences = [\"jitsi\", \"meet\"] in the section of the issuer partner"],
        ),
        (
            moderator,
            "moderators = false",
            "context.user.moderator",
            &["or set moderators = true in the section of the issuer partner"],
        ),
        (
            json!({}),
            "rooms = [\"team-*\"]",
            "room",
            &["or set rooms = [\"team-*\", \"standup\"] in the section of the issuer partner"],
        ),
        (
            json!({"sub": "globex"}),
            "tenants = [\"acme\"]",
            "sub",
            &["or set tenants = [\"acme\", \"globex\"] in the section of the issuer partner"],
        ),
        (
            json!({"room": "*"}),
            "allow_wildcards = false",
            "room",
            &["or set allow_wildcards = true in the section of the issuer partner"],
        ),
        (
            json!({"room": null, "sub": "*"}),
            "",
            "room",
            &["set asap_require_room_claim = false in the section of the issuer partner"],
        ),
    ];
    for (changes, options, check, says) in rows {
        let token = of_partner(changes);
        let tenant = (changes["sub"] == "globex").then_some("globex");
        let result = typed(&partner(options), |policy| ask(policy, &token, tenant));
        assert_eq!(lacking(result, check, says), None, "{changes}");
    }
}

#[test]
fn a_token_of_nobodys_is_told_whose_there_are_and_what_a_section_needs() {
    let section = "in the daemon's own config.toml, add at the end: [[hosts.\"meet.example.com\".issuers]] and below it, one a \
        line: name = ";
    let listed = "needed \"jitsi\" or \"partner\" of partner or \"https://sso.acme.example/realms/acme\" of sso; ";
    let only = "let the issuer set iss to \"jitsi\" or \"partner\" or \"https://sso.acme.example/realms/acme\"";
    for (changes, says) in [
        (
            json!({"iss": "other"}),
            vec![
                listed,
                only,
                "; or ",
                section,
                "name = \"other\"; issuer = \"other\"; app_secret_file = \"/etc/prosody-tokend/other.secret\"; audiences = \
                 [\"jitsi\"]; algorithms = [\"HS256\"], with the issuer's secret in that file",
            ],
        ),
        (
            json!({"iss": null}),
            vec!["found nothing, ", listed.trim_end_matches("; "), only],
        ),
        (
            json!({"iss": ["partner"]}),
            vec![listed, "no string but a list", only],
        ),
        (json!({"iss": ""}), vec![listed, "the claim is empty", only]),
        (
            json!({"iss": "{{issuer}}"}),
            vec![listed, "a placeholder", only],
        ),
        (
            json!({"iss": HOST, "sub": "partner"}),
            vec![listed, "iss and sub are swapped", only],
        ),
    ] {
        let examination = ask(&partner(""), &of_partner(&changes), None);
        let said = first_failure(&examination).unwrap().explanation.to_string();
        for text in &says {
            assert!(said.contains(text), "{changes}: {text} is not in {said}");
        }
        assert_eq!(said.contains(section), says.contains(&section), "{said}");
        let checks = examination.checks.iter().map(|check| check.check);
        let of_issuers = ["key", "typ", "alg", "signature", "aud", "room", "sub"];
        let judged: Vec<&str> = checks.filter(|check| of_issuers.contains(check)).collect();
        assert!(judged.is_empty(), "{changes}: {judged:?}");
    }
}

#[test]
fn many_issuers_are_not_all_listed() {
    let sections: Vec<String> = (0..1_000)
        .map(|number| {
            format!("name = \"i{number}\"\nissuer = \"issuer-{number}.example\"\napp_secret = \"{SECRET}\"\naudiences = [\"a\"]")
        })
        .collect();
    let sections: Vec<&str> = sections.iter().map(String::as_str).collect();
    let examination = ask(&host(&sections), &of_partner(&json!({})), None);
    let said = first_failure(&examination).unwrap().explanation.to_string();
    assert!(
        said.contains("\"issuer-3.example\" of i3 or another; "),
        "{said}"
    );
    assert!(
        said.contains("let the issuer set iss to one of these"),
        "{said}"
    );
    assert!(said.len() < 900, "{said}");
}

#[test]
fn no_issuers_keys_verify_a_token_that_only_nearly_names_it() {
    for iss in ["partnr", "Partner", "partner/"] {
        let examination = ask(&partner(""), &of_partner(&json!({ "iss": iss })), None);
        let checks = examination.checks.iter().map(|check| check.check);
        let of_keys: Vec<&str> = checks
            .filter(|check| ["key", "signature"].contains(check))
            .collect();
        assert!(of_keys.is_empty(), "{iss}: {of_keys:?}");
    }
}

#[test]
fn an_issuer_that_is_to_be_added_is_written_out_once() {
    for (name, policy) in [
        ("keycloak-access", host(&[])),
        (
            "keycloak-access",
            host_with(
                "",
                &[
                    "name = \"a\"\nissuer = \"a\"\ndiscover = false\napp_secret = \"0123456789abcdef0123456789abcdef\"\naudiences = [\"a\"]",
                ],
            ),
        ),
        ("cognito-id", host(&[])),
        (
            "okta-access",
            host(&[&realm(&format!("\"{REALM}\""), AS_KEYCLOAKS)]),
        ),
    ] {
        let sample = Sample::of(name);
        let examination = examine_by(&sample, policy, &sample);
        let failed = examination
            .checks
            .iter()
            .filter_map(|check| check.outcome.as_ref().err());
        let remedies: Vec<&str> = failed
            .map(|failed| failed.explanation.remedy.as_str())
            .collect();
        let whole = remedies
            .iter()
            .filter(|remedy| remedy.contains("config.toml"));
        assert_eq!(whole.count(), 1, "{name}: {remedies:#?}");
        assert!(
            remedies.iter().all(|remedy| !remedy.is_empty()),
            "{remedies:#?}"
        );
    }
}

#[test]
fn a_preset_finds_the_user_in_a_token_of_its_provider() {
    let ann = Some("Ann Example");
    for (name, user, id) in [
        ("firebase-id", ann, "pD4uMicSb0bUo3bujaoQfAqG6tpV"),
        ("cognito-id", ann, "dbdb839d-64c7-497c-abab-48bfb3e12204"),
        (
            "cognito-access",
            Some("dbdb839d-64c7-497c-abab-48bfb3e12204"),
            "dbdb839d-64c7-497c-abab-48bfb3e12204",
        ),
        ("google-id", ann, "192633512159898798424"),
        (
            "keycloak-access",
            ann,
            "b1436140-4c07-4ffd-a49c-03db443c3fed",
        ),
        (
            "okta-access",
            Some("ann@acme.example"),
            "00ufhk2LYcmj50f6da06",
        ),
        (
            "entra-access-v2",
            ann,
            "65b169bd-e75e-478c-a804-8e75b0691a6b",
        ),
    ] {
        let sample = Sample::of(name);
        let ask = |policy: &str| examine_by(&sample, policy.to_owned(), &sample);
        let before = ask(&host(&[]));
        let remedy = &first_failure(&before).unwrap().explanation.remedy;
        let found = ask(&remedies::applied(&host(&[]), HOST, remedy))
            .user
            .unwrap();
        assert_eq!(
            (found.name.as_deref(), found.id.as_deref()),
            (user, Some(id)),
            "{name}"
        );
    }
}

#[test]
fn a_token_that_nearly_names_an_issuer_is_told_what_else_is_wrong_with_its_section() {
    let lines = "discover = true\naudiences = [\"jitsi\"]\nalgorithms = [\"ES256\"]\naccepted_types = [\"at+jwt\"]";
    let policy = host(&[&realm(&format!("\"{REALM}/\""), lines)]);
    let sample = Sample::of("keycloak-access");
    let examination = examine_by(&sample, policy, &sample);
    let failed = examination.checks.iter().filter_map(|check| {
        let failed = check.outcome.as_ref().err()?;
        Some((check.check, failed.explanation.remedy.as_str()))
    });
    let of = |set: &str| format!("{set} in the section of the issuer sso");
    let failed: Vec<_> = failed
        .map(|(check, remedy)| (check, remedy.to_owned()))
        .collect();
    let expected = [
        (
            "iss",
            of("set issuer = \"https://sso.acme.example/realms/acme\""),
        ),
        ("typ", of("set accepted_types = [\"at+jwt\", \"JWT\"]")),
        (
            "alg",
            of("set algorithms = [\"ES256\", \"RS256\"]") + ", or let the issuer sign with ES256",
        ),
        ("aud", of("set audience_claim = \"azp\"")),
        ("room", of("set claims = \"keycloak\"")),
    ];
    assert_eq!(failed[..5], expected);
}

#[test]
fn nothing_is_mapped_by_an_issuer_that_is_not_the_tokens() {
    let realm = realm("\"https://sso.acme.example/realms/acme\"", AS_KEYCLOAKS);
    let auth0 = "name = \"auth0\"\nissuer = \"https://acme.eu.auth0.com/\"\ndiscover = true\naudiences = [\"web\"]\nclaims = \
        \"auth0\"";
    let sample = Sample::of("okta-access");
    let examination = examine_by(&sample, host_with("", &[&realm, auth0]), &sample);
    assert!(examination.mapped.is_empty());
    assert_eq!(examination.user.unwrap().id, None);
    let names: Vec<&str> = examination.checks.iter().map(|check| check.check).collect();
    assert_eq!(names, ["iss", "form", "exp", "nbf", "context", "standards"]);
    let context = examination.checks[4].outcome.as_ref().unwrap();
    assert_eq!(context.found, "nothing");
}
