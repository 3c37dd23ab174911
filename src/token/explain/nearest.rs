//! The accepted issuer that comes nearest to a token's `iss`, and how the two differ.

use super::address::{self, Address};
use super::spelling;

/// An accepted issuer that a token's `iss` nearly is.
#[derive(Debug, PartialEq, Eq)]
pub struct Nearest<'a> {
    /// What the issuer is called within its host.
    pub issuer: &'a str,
    /// The `iss` that is accepted.
    pub value: &'a str,
    /// What differs.
    pub difference: String,
    /// Whether the two are rather another issuer each, with keys of its own, than one issuer in two spellings.
    pub is_another: bool,
}

/// Finds the accepted issuer that comes nearest; `accepted` has the name of each issuer beside what it accepts. None where
/// all of them are simply others.
pub fn nearest<'a>(
    found: &str,
    accepted: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<Nearest<'a>> {
    let compared = accepted.take(MOST_COMPARED).filter_map(|(issuer, value)| {
        let (distance, difference) = difference(found, value)?;
        let nearest = Nearest {
            issuer,
            value,
            difference,
            is_another: distance.is_another,
        };
        Some((distance.weight, nearest))
    });
    compared
        .min_by_key(|(weight, _)| *weight)
        .map(|(_, nearest)| nearest)
}

/// How far apart two issuers are.
struct Distance {
    weight: u8,
    is_another: bool,
}

/// How far apart two texts are, and in what. None where they are simply two texts.
fn difference(found: &str, needed: &str) -> Option<(Distance, String)> {
    let misspelt = |weight| {
        let distance = Distance {
            weight,
            is_another: false,
        };
        Some((distance, spelling::difference(found, needed)?))
    };
    let Some((theirs, ours)) = Address::of(found).zip(Address::of(needed)) else {
        return misspelt(MISSPELT);
    };
    let by_address = |(weight, difference)| {
        let distance = Distance {
            weight,
            is_another: weight >= address::ANOTHER,
        };
        (distance, difference)
    };
    match address::difference(&theirs, &ours) {
        Some(near) if near.0 < address::ELSEWHERE => Some(by_address(near)),
        // A slip of the pen is likelier than another server.
        far => misspelt(address::ELSEWHERE).or(far.map(by_address)),
    }
}

/// So far apart is what has blanks around it, or other letters in it.
const MISSPELT: u8 = 5;

/// With no more of them is a token's `iss` compared, so that a denial costs the same on every server.
pub const MOST_COMPARED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    const REALM: &str = "https://sso.acme.example/realms/acme";
    const V1: &str = "https://sts.windows.net/7b9e9ae8-c3a6-47cb-a17d-0ba10295671b/";
    const V2: &str = "https://login.microsoftonline.com/7b9e9ae8-c3a6-47cb-a17d-0ba10295671b/v2.0";
    const APPLICATION: &str = "https://auth.acme.example/application/o/jitsi/";
    const AUTH0: &str = "https://acme.eu.auth0.com/";
    const OKTA: &str = "https://acme.okta.com/oauth2/default";
    const COGNITO: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_dPixhbzE4";
    const ZITADEL: &str = "https://acme-a1b2c3.zitadel.cloud";

    /// What is set, what the token has, and what must be said.
    #[test]
    #[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
    fn the_difference_between_two_issuers_is_named() {
        for (set, found, says) in [
            (
                "http://sso.acme.example/realms/acme",
                REALM,
                "https in the token, http here",
            ),
            (
                REALM,
                "http://sso.acme.example/realms/acme",
                "http in the token, https here",
            ),
            (
                "sso.acme.example/realms/acme",
                REALM,
                "https:// at its beginning, which is missing here",
            ),
            (
                REALM,
                "sso.acme.example/realms/acme",
                "https:// at its beginning here, and not in the token",
            ),
            (
                "https://sso.acme.example/realms/acme/",
                REALM,
                "a slash at the end here, and none in the token",
            ),
            (
                REALM,
                "https://sso.acme.example/realms/acme/",
                "a slash at the end in the token, and none here",
            ),
            (
                "https://sso.acme.example/auth/realms/acme",
                REALM,
                "/auth here, and not in the token: Keycloak has had no /auth since version 17",
            ),
            (
                REALM,
                "https://sso.acme.example/auth/realms/acme",
                "/auth in the token, and not here: Keycloak has had no /auth since version 17",
            ),
            (
                "https://sso.acme.example/realms/staff",
                REALM,
                "another realm of the same server: acme in the token, staff here",
            ),
            (
                "https://sso.acme.example/realms/Acme",
                REALM,
                "capitals: /realms/acme in the token, /realms/Acme here",
            ),
            (
                "https://SSO.acme.example/realms/acme",
                REALM,
                "capitals: sso.acme.example in the token, SSO.acme.example here",
            ),
            (
                "https://sso.acme.example:8443/realms/acme",
                REALM,
                "port 8443 here, and none in the token",
            ),
            (
                REALM,
                "https://sso.acme.example:8443/realms/acme",
                "port 8443 in the token, and none here",
            ),
            (
                "https://sso.acme.example:443/realms/acme",
                "https://sso.acme.example:8443/realms/acme",
                "port 8443 in the token, 443 here",
            ),
            (
                REALM,
                "http://keycloak:8080/realms/acme",
                "the same on another server: http://keycloak:8080 in the token, https://sso.acme.example here: Keycloak names the address that it was asked at, unless its option hostname is set",
            ),
            (
                REALM,
                "http://localhost:8080/realms/acme",
                "http://localhost:8080 in the token",
            ),
            (
                "https://sso.acme.example",
                REALM,
                "/realms/acme at the end in the token, and not here",
            ),
            (
                "https://sso.acme.example/",
                REALM,
                "/realms/acme at the end in the token, and not here",
            ),
            (
                "https://sso.acme.example/realms/acme/.well-known/openid-configuration",
                REALM,
                "the address of its discovery document is set here: without /.well-known/openid-configuration",
            ),
            (
                "https://sso.acme.example/realms/acme/protocol/openid-connect/certs",
                REALM,
                "the address of its keys is set here: without /protocol/openid-connect/certs",
            ),
            (
                "https://sso.acme.example/realms/acme/protocol/openid-connect/token",
                REALM,
                "/protocol/openid-connect/token at the end here, and not in the token",
            ),
            (
                "https://sso.acme.exmaple/realms/acme",
                REALM,
                "nearly the same",
            ),
            (
                "https://sso.acme.example/realms/acme ",
                REALM,
                "the server's own value has a blank at its end",
            ),
            ("\u{441}ompany", "company", "U+0441 CYRILLIC"),
            (
                "https://auth.acme.example/application/o/jitsi",
                APPLICATION,
                "a slash at the end in the token, and none here",
            ),
            (
                "https://auth.acme.example/application/o/meetings/",
                APPLICATION,
                "another application of the same server: jitsi in the token, meetings here",
            ),
            (
                "https://auth.acme.example/",
                APPLICATION,
                "/application/o/jitsi at the end in the token, and not here",
            ),
            (V2, V1, "the tenant's v1.0 in the token, its v2.0 here"),
            (V1, V2, "the tenant's v2.0 in the token, its v1.0 here"),
            (
                "https://login.microsoftonline.com/common/v2.0",
                V2,
                "common stands for any tenant, and a token names its own: 7b9e9ae8-c3a6-47cb-a17d-0ba10295671b",
            ),
            (
                "https://login.microsoftonline.com/{tenantid}/v2.0",
                V2,
                "{tenantid} stands for any tenant, and a token names its own",
            ),
            (
                "https://login.microsoftonline.com/11111111-c3a6-47cb-a17d-0ba10295671b/v2.0",
                V2,
                "another tenant of the same server",
            ),
            (
                "https://login.microsoftonline.com/7b9e9ae8-c3a6-47cb-a17d-0ba10295671b",
                V2,
                "/v2.0 at the end in the token, and not here",
            ),
            (
                "https://login.microsoftonline.com/acme.onmicrosoft.com/v2.0",
                V2,
                "another tenant of the same server",
            ),
            (
                "https://acme.eu.auth0.com",
                AUTH0,
                "a slash at the end in the token, and none here",
            ),
            (
                "acme.eu.auth0.com",
                AUTH0,
                "https:// at its beginning, which is missing here; a slash at the end in the token",
            ),
            (
                "https://acme-staging.eu.auth0.com/",
                AUTH0,
                "another tenant of Auth0: acme.eu.auth0.com in the token, acme-staging.eu.auth0.com here",
            ),
            (
                "https://accounts.google.com",
                "accounts.google.com",
                "https:// at its beginning here, and not in the token",
            ),
            (
                "accounts.google.com",
                "https://accounts.google.com",
                "https:// at its beginning, which is missing here",
            ),
            (
                "https://securetoken.google.com/acme-test",
                "https://securetoken.google.com/acme-meet",
                "another project",
            ),
            (
                "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3",
                COGNITO,
                "another user pool of the same server",
            ),
            (
                "https://acme.okta.com",
                OKTA,
                "/oauth2/default at the end in the token, and not here",
            ),
            (
                "https://acme.okta.com/oauth2/ausabc123",
                OKTA,
                "another authorization server of the same server: default in the token, ausabc123 here",
            ),
            (
                "https://acme-a1b2c3.zitadel.cloud/",
                ZITADEL,
                "a slash at the end here, and none in the token",
            ),
            (
                "https://acme-d4e5f6.zitadel.cloud",
                ZITADEL,
                "another tenant of Zitadel",
            ),
        ] {
            let nearest = nearest(found, [("default", set)].into_iter());
            let said = nearest
                .map(|nearest| nearest.difference)
                .unwrap_or_default();
            assert!(said.contains(says), "{set} / {found}: {said:?}");
        }
    }

    #[test]
    fn two_issuers_that_have_nothing_in_common_are_not_compared() {
        for (set, found) in [
            ("jitsi", REALM),
            (REALM, "jitsi"),
            (AUTH0, REALM),
            (AUTH0, ZITADEL),
            (APPLICATION, REALM),
            (V2, REALM),
            (
                V1,
                "https://login.microsoftonline.com/11111111-c3a6-47cb-a17d-0ba10295671b/v2.0",
            ),
            ("https://accounts.google.com", AUTH0),
            ("", REALM),
            (REALM, ""),
            (REALM, REALM),
            ("sales-3", "sales-4"),
        ] {
            assert_eq!(
                nearest(found, [("default", set)].into_iter()),
                None,
                "{set} / {found}"
            );
        }
    }

    #[test]
    fn the_nearest_of_several_issuers_is_found_and_named() {
        let accepted = [
            ("default", "jitsi"),
            ("staff", "https://sso.acme.example/realms/staff"),
            ("guests", "https://sso.acme.example/auth/realms/acme/"),
            ("acme", "http://sso.acme.example/realms/acme"),
            ("auth0", AUTH0),
        ];
        let nearest = nearest(REALM, accepted.into_iter()).unwrap();
        assert_eq!(
            (nearest.issuer, nearest.value),
            ("acme", "http://sso.acme.example/realms/acme")
        );
    }

    #[test]
    fn one_issuer_in_two_spellings_is_not_another_issuer() {
        for (set, found, is_another) in [
            ("http://sso.acme.example/realms/acme", REALM, false),
            ("https://sso.acme.example/realms/acme/", REALM, false),
            ("https://sso.acme.example/auth/realms/acme", REALM, false),
            ("https://sso.acme.exmaple/realms/acme", REALM, false),
            ("https://login.microsoftonline.com/common/v2.0", V2, false),
            (V1, V2, false),
            ("my_app", "my_ap", false),
            ("https://sso.acme.example/realms/staff", REALM, true),
            ("https://sso.example.org/realms/acme", REALM, true),
            ("https://acme-staging.eu.auth0.com/", AUTH0, true),
        ] {
            let nearest = nearest(found, [("default", set)].into_iter()).unwrap();
            assert_eq!(nearest.is_another, is_another, "{set} / {found}");
        }
    }

    #[test]
    fn no_more_issuers_are_compared_than_a_denial_may_cost() {
        let others = (0..1_000).map(|_| ("other", "https://login.example.net/"));
        assert_eq!(nearest(REALM, others.chain([("acme", REALM)])), None);
        let long = format!("https://sso.acme.example/{}", "a/".repeat(10_000));
        assert_eq!(nearest(&long, [("acme", REALM)].into_iter()), None);
    }
}
