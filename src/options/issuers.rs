//! Options that only the further issuers of a host have, in `[[hosts."DOMAIN".issuers]]`.

use super::known::{DefaultValue, Group, Kind, KnownOption, Place};
use super::row::Row;

/// The names that options of a host have for an issuer.
pub(super) const RENAMED: [(&str, &str); 4] = [
    ("asap_accepted_issuers", "issuer"),
    ("app_id", "issuer"),
    ("asap_accepted_audiences", "audiences"),
    ("signature_algorithm", "algorithms"),
];

pub(super) const OPTIONS: &[KnownOption] = &[
    issuers("name", Kind::Text)
        .default(DefaultValue::Required, "\"keycloak\"")
        .detail("Letters, digits, - and _.")
        .means("What the issuer is called in logs, metrics and explanations."),
    issuers("issuer", Kind::Texts)
        .like("\"https://sso.example.com/realms/meet\"")
        .detail("One text or several, compared to the letter. No two issuers of a host may have the same one.")
        .means("Its iss, by which its tokens are known."),
    issuers("any_issuer", Kind::Truth)
        .always("false")
        .detail("In place of issuer.")
        .means("Whether every iss that no other issuer of the host has is this one's."),
    issuers("discover", Kind::Truth)
        .always("false")
        .detail("In place of cache_keys_url. Metadata that names another issuer is refused.")
        .means(
            "Whether the address of the public keys comes from the issuer's metadata, at \
             /.well-known/openid-configuration or /.well-known/oauth-authorization-server.",
        ),
    issuers("jwks_origins", Kind::Texts)
        .like("[\"https://www.googleapis.com\"]")
        .means("Other origins than the issuer's own on which the metadata may say that its keys are."),
    issuers("algorithms", Kind::Texts)
        .default(
            DefaultValue::Depends(
                "the host's signature_algorithm where it is set and for the same kind of keys, else RS256 for public keys and \
                 HS256 for secrets",
            ),
            "[\"RS256\"]",
        )
        .detail("Either all of them are for secrets or none is.")
        .means("Accepted signature algorithms."),
    issuers("audiences", Kind::Texts)
        .default(
            DefaultValue::Depends("those of the host"),
            "[\"account\"]",
        )
        .detail("\"*\" accepts any.")
        .means("Accepted aud."),
    issuers("audience_claim", Kind::Text)
        .always("\"aud\"")
        .detail("\"client_id\" for Amazon Cognito's access tokens, \"azp\" for the client of Keycloak's.")
        .means("The claim that is compared with audiences."),
    issuers("rooms", Kind::Texts)
        .like("[\"team-*\"]")
        .detail("\"*\" stands for any text.")
        .means("The rooms that its tokens may open, and no others."),
    issuers("tenants", Kind::Texts)
        .like("[\"acme\", \"acme-*\"]")
        .means("The tenants whose rooms its tokens may open, and no others."),
    issuers("moderators", Kind::Truth)
        .always("true")
        .detail("With false such tokens are denied.")
        .means("Whether its tokens may make moderators."),
    issuers("features", Kind::Texts)
        .like("[\"screen-sharing\", \"lobby\"]")
        .detail("Others are taken out.")
        .means("The features that its tokens may grant."),
    issuers("claims", Kind::Mapping)
        .like("\"keycloak\"")
        .detail(
            "\"authentik\", \"auth0\", \"cognito\", \"entra\", \"firebase\", \"google\", \"keycloak\", \"okta\" or \"zitadel\", or \
             a section of its own (docs/issuers.md).",
        )
        .means("Where room, sub and context are taken from in tokens that are not made for Jitsi."),
];

const fn issuers(name: &'static str, kind: Kind) -> Row {
    Row::new(Place::Issuer, name, kind, Group::Issuers)
}
