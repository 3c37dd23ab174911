//! Options of gateways, in `[gateways.NAME]`, and of what the daemon has for all of them.

use super::known::{DefaultValue, Group, Kind, KnownOption, Place, Unit};
use super::row::Row;

/// Options of one gateway. Those that Kong's jwt plugin has are called as they are there.
pub(super) const OPTIONS: &[KnownOption] = &[
    gateway("kong_config", Kind::SecretFile)
        .like("\"/etc/prosody-tokend/kong.yml\"")
        .detail(
            "YAML or JSON, of Kong itself or a dump of decK. It is read again when it changes. What is set here comes before what \
             its jwt plugin says.",
        )
        .means("Kong's declarative file, whose consumers, credentials and jwt plugin count."),
    gateway("kong_plugin", Kind::Text)
        .like("\"my-service\"")
        .detail("Needed where there are several that differ.")
        .means("Which jwt plugin of that file counts: the name of the service or route that has it."),
    gateway("uri_param_names", Kind::Texts)
        .always("[\"jwt\"]")
        .detail("With [] there are none.")
        .means("The query's parameters in which tokens come."),
    gateway("cookie_names", Kind::Texts)
        .always("[]")
        .means("The cookies in which tokens come."),
    gateway("header_names", Kind::Texts)
        .always("[\"authorization\"]")
        .detail("With [] there are none.")
        .means("The headers in which tokens come, behind Bearer."),
    gateway("key_claim_name", Kind::Text)
        .always("\"iss\"")
        .detail("Where the claims have none, the token's header is looked at.")
        .means("The claim that has the key of the credential."),
    gateway("secret_is_base64", Kind::Truth)
        .always("false")
        .means("Whether secrets of credentials are written in base64."),
    gateway("claims_to_verify", Kind::Texts)
        .always("[\"exp\", \"nbf\"]")
        .detail("Kong itself checks neither unless it is told to; with [] none is checked here.")
        .means("Which times of tokens are checked."),
    gateway("maximum_expiration", Kind::Number(Unit::Seconds))
        .always("0")
        .detail("At most 31536000, which is a year, and with exp among claims_to_verify. With 0 there is no bound.")
        .means("How far ahead exp may be, in seconds."),
    gateway("anonymous", Kind::Text)
        .like("\"guest\"")
        .detail("Where there is no such consumer, those requests get 500.")
        .means("The username or ID of the consumer as whom requests pass whose token is missing or wrong."),
    gateway("run_on_preflight", Kind::Truth)
        .always("true")
        .means("Whether requests of method OPTIONS need a token as well."),
    gateway("realm", Kind::Text)
        .like("\"api.example.com\"")
        .means("What WWW-Authenticate says that the token is for."),
    gateway("cache_keys_url", Kind::Url)
        .like("\"https://sso.example.com/realms/meet/protocol/openid-connect/certs\"")
        .detail("In place of credentials: tokens have no consumer then.")
        .means("The address of a JWK Set whose keys verify tokens."),
    gateway("discover", Kind::Truth)
        .always("false")
        .detail("In place of cache_keys_url; issuers has that one issuer's address.")
        .means("Whether the address of the public keys comes from the issuer's metadata."),
    gateway("jwks_origins", Kind::Texts)
        .like("[\"https://www.googleapis.com\"]")
        .means("Other origins than the issuer's own on which the metadata may say that its keys are."),
    gateway("algorithms", Kind::Texts)
        .default(
            DefaultValue::Depends("all for public keys, where there are published ones"),
            "[\"RS256\"]",
        )
        .detail("Beside cache_keys_url or discover alone: a credential says its own.")
        .means("Accepted signature algorithms."),
    gateway("issuers", Kind::Texts)
        .like("[\"https://sso.example.com/realms/meet\"]")
        .means("The iss that tokens must have one of."),
    gateway("audiences", Kind::Texts)
        .like("[\"api\"]")
        .means("The aud that tokens must have one of."),
    gateway("required_claims", Kind::Table)
        .like("{ azp = \"my-app\", \"/realm_access/roles\" = \"api\" }")
        .detail(
            "Names of claims, or JSON Pointers, with a text, a number or a truth value. A list in the token has to have it among \
             its items.",
        )
        .means("What tokens must have in their claims; a token without is answered with 403."),
    gateway("headers", Kind::Table)
        .like("{ sub = \"X-User\", \"/realm_access/roles\" = \"X-Roles\" }")
        .detail("Names of claims, or JSON Pointers, with the name of a header that means nothing yet. At most 32.")
        .means("What of a token's claims goes to whoever is behind the proxy, in which headers."),
    gateway("proxy", Kind::Text)
        .default(
            DefaultValue::Depends("any of them, by the headers that are there"),
            "\"nginx\"",
        )
        .detail("\"nginx\", \"traefik\", \"caddy\", \"apisix\", \"envoy\" or \"haproxy\".")
        .means("The program that asks: requests are taken as it describes them, and not otherwise."),
    gateway("trusted_proxies", Kind::Texts)
        .default(
            DefaultValue::Depends("loopback"),
            "[\"127.0.0.0/8\", \"::1\"]",
        )
        .detail("Addresses and networks. Who asks over a Unix socket is trusted always, and nobody else is answered.")
        .means("Where the proxies are that may ask."),
];

/// Options of the daemon as a whole.
pub(super) const OF_DAEMON: &[KnownOption] = &[
    Row::new(Place::Daemon("forward_auth"), "listen", Kind::Texts, Group::ForwardAuth)
        .like("[\"127.0.0.1:5291\"]")
        .at_start()
        .detail(
            "Without them it is answered at the addresses of listen above all sections. Other machines may reach them only where \
             every gateway has trusted_proxies.",
        )
        .means("Addresses at which proxies ask, and nobody else."),
    Row::new(
        Place::Daemon("forward_auth"),
        "threads",
        Kind::Number(Unit::Count),
        Group::ForwardAuth,
    )
    .always("2")
    .at_start()
    .detail("They take nothing from those of Prosody.")
    .means("Threads that answer requests at these addresses."),
    Row::new(Place::Daemon("admin"), "listen", Kind::Texts, Group::AdminApi)
        .like("[\"127.0.0.1:8001\"]")
        .at_start()
        .detail(
            "Loopback addresses or Unix sockets. Kong's own path and forms; the key is admin_key, as Bearer, as the password of \
             HTTP Basic, or in Kong-Admin-Token.",
        )
        .means("Addresses of the API by which consumers and credentials in the store are changed."),
    Row::new(Place::Daemon("admin"), "open", Kind::Truth, Group::AdminApi)
        .always("false")
        .at_start()
        .detail("Every program of this machine can make credentials then.")
        .means("Whether that API asks for no key, as Kong's does."),
];

const fn gateway(name: &'static str, kind: Kind) -> Row {
    Row::new(Place::Gateway, name, kind, Group::Gateways)
}
