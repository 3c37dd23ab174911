//! Options of a host: in its section `[hosts."DOMAIN"]`, or in Prosody's configuration.

use super::known::{
    APP_SECRET, ASAP_KEY, DefaultValue, Group, Kind, KnownOption, Place, Role, Unit,
};
use super::row::Row;

/// Of those that say the same, the ones that count first.
pub(super) const OPTIONS: &[KnownOption] = &[
    jitsis("app_id", Kind::Text, Group::Keys)
        .default(DefaultValue::Required, "\"my_app\"")
        .variable("JWT_APP_ID")
        .means("The application ID: what tokens carry as iss and aud."),
    jitsis("cache_keys_url", Kind::Url, Group::Keys)
        .of_issuers()
        .role(Role::KeysById)
        .like("\"https://keys.example.com/jwks.json\"")
        .detail(
            "Of this address, asap_key_server and key_folder each is asked in this order; what is at hand comes before what \
             has to be fetched. With one of them neither public_key_file nor a secret is used.",
        )
        .means(
            "The address of the public keys, by the kid of the token: a JWK Set, or a JSON object of certificates.",
        ),
    jitsis("asap_key_server", Kind::Url, Group::Keys)
        .of_issuers()
        .role(Role::KeysById)
        .like("\"https://keys.example.com/asap\"")
        .variable("JWT_ASAP_KEYSERVER")
        .detail("\"prosody-tokend keys name KID\" tells the name.")
        .means("The server that has the public key of a token's kid as SHA256(kid).pem."),
    hosts("key_folder", Kind::Folder, Group::Keys)
        .of_issuers()
        .role(Role::KeysById)
        .like("\"/etc/prosody-tokend/keys\"")
        .detail("Characters that file names lack are % and two hex digits there (%2F for a slash).")
        .means("The folder that has the public key of a token's kid as KID.pem."),
    hosts("public_key_file", Kind::File, Group::Keys)
        .of_issuers()
        .role(Role::PublicKey)
        .like("\"/etc/prosody-tokend/issuer.pem\"")
        .detail("With it a secret is not used.")
        .means("A file with the issuer's public key or certificate, for tokens without kid."),
    jitsis(APP_SECRET.value, Kind::Secret, Group::Keys)
        .of_issuers()
        .role(Role::AppSecret)
        .like("\"at least 32 random characters\"")
        .variable("JWT_APP_SECRET")
        .detail(
            "Unless there are public keys, exactly one of app_secret, app_secret_file and app_secret_credential is required. \
             Each can be a list: while an issuer changes its secret, both are accepted.",
        )
        .means("The secret that the issuer signs with."),
    hosts(APP_SECRET.file, Kind::SecretFile, Group::Keys)
        .of_issuers()
        .role(Role::AppSecret)
        .like("\"/etc/prosody-tokend/app_secret\"")
        .detail("One line break at its end does not count.")
        .means("A file that holds the secret."),
    hosts(APP_SECRET.credential, Kind::Credential, Group::Keys)
        .of_issuers()
        .role(Role::AppSecret)
        .like("\"app_secret\"")
        .means("The name of a systemd credential that holds the secret (LoadCredential= in the unit)."),
    jitsis("jwt_pubkey_cache_size", Kind::Number(Unit::Count), Group::Keys)
        .of_issuers()
        .always("128")
        .means("How many keys of a key server are kept; the least recently used ones go first."),
    jitsis("signature_algorithm", Kind::Text, Group::Keys)
        .default(
            DefaultValue::Depends("RS256 where there are public keys, else HS256"),
            "\"HS256\"",
        )
        .variable("JWT_SIGN_TYPE")
        .detail(
            "HS256, HS384, HS512, RS256, RS384 or RS512, and beyond what Jitsi's modules know PS256, PS384, PS512, ES256, \
             ES384, ES512 or EdDSA.",
        )
        .means("The one signature algorithm that is accepted."),
    hosts("accepted_types", Kind::Texts, Group::Claims)
        .of_issuers()
        .always("[\"JWT\"]")
        .detail(
            "Where it is set they count in any case: \"at+jwt\" is for OIDC access tokens, \"none\" for tokens without typ.",
        )
        .means("Accepted typ."),
    hosts("leeway", Kind::Number(Unit::Seconds), Group::Claims)
        .of_issuers()
        .always("0")
        .means("Seconds by which exp and nbf may be missed, for clocks that differ."),
    hosts("require_exp", Kind::Truth, Group::Claims)
        .of_issuers()
        .always("false")
        .means("Whether a token must have exp."),
    hosts("once", Kind::Truth, Group::Claims)
        .of_issuers()
        .always("false")
        .detail("It needs jti and exp in the token, and a place where it is noted ([store] path, or url for several daemons).")
        .means("Whether a token opens one session, and no other later on."),
    hosts("max_token_lifetime", Kind::Number(Unit::Seconds), Group::Claims)
        .of_issuers()
        .like("86400")
        .detail("It needs exp, too.")
        .means(
            "The most seconds that a token may be valid, from iat, else nbf, and from now at the latest.",
        ),
    jitsis("asap_accepted_issuers", Kind::Texts, Group::Claims)
        .default(DefaultValue::From(&["app_id"]), "[\"my_app\"]")
        .variable("JWT_ACCEPTED_ISSUERS")
        .detail("\"*\" accepts any.")
        .means("Accepted iss."),
    jitsis("asap_accepted_audiences", Kind::Texts, Group::Claims)
        .default(DefaultValue::From(&["app_id"]), "[\"my_app\"]")
        .variable("JWT_ACCEPTED_AUDIENCES")
        .detail(
            "\"*\" accepts any, an array of audiences too, as Jitsi's modules do unless told otherwise; the claim must be there \
             all the same.",
        )
        .means("Accepted aud."),
    hosts("accept_audience_array", Kind::Truth, Group::Claims)
        .of_issuers()
        .always("false")
        .means("Whether an array as aud is accepted if one of its members is."),
    jitsis("asap_require_room_claim", Kind::Truth, Group::Claims)
        .of_issuers()
        .always("true")
        .means("Whether a token must name a room (\"*\" names all)."),
    hosts("end_sessions_at_expiry", Kind::Text, Group::Claims)
        .always("\"never\"")
        .detail("\"warn\" tells the user, \"end\" ends the session. It takes token_sessions in Prosody's modules_enabled.")
        .means("What becomes of those who are in a meeting when their token expires: \"never\" nothing."),
    hosts("end_sessions_grace", Kind::Number(Unit::Seconds), Group::Claims)
        .always("0")
        .means("For how many seconds after that a session goes on before it is ended."),
    jitsis("allow_empty_token", Kind::Truth, Group::Claims)
        .always("false")
        .variable("JWT_ALLOW_EMPTY")
        .detail("A wrong token is denied in any case.")
        .means("Whether clients without any token are let in, as guests."),
    jitsis("enable_domain_verification", Kind::Truth, Group::Rooms)
        .always("true")
        .variable("JWT_ENABLE_DOMAIN_VERIFICATION")
        .detail("With false only the names of rooms are compared.")
        .means("Whether sub must be the domain of the room, or its tenant."),
    hosts("allow_wildcards", Kind::Truth, Group::Rooms)
        .of_issuers()
        .always("true")
        .detail(
            "With false a token opens one room: \"*\" as room or sub, a pattern, and a token that names no room are denied.",
        )
        .means("Whether one token may be good for several rooms."),
    jitsis("muc_mapper_domain_base", Kind::Text, Group::Rooms)
        .like("\"meet.example.com\"")
        .variable("XMPP_DOMAIN")
        .detail("Needed for rooms of tenants (https://meet.example.com/tenant/room).")
        .means("The main domain, without the MUC's prefix."),
    jitsis("muc_mapper_domain_prefix", Kind::Text, Group::Rooms)
        .always("\"conference\"")
        .variable("XMPP_MUC_DOMAIN")
        .means("The first label of the MUC's domain."),
    jitsis("muc_mapper_domain", Kind::Text, Group::Rooms)
        .default(
            DefaultValue::From(&["muc_mapper_domain_base", "muc_mapper_domain_prefix"]),
            "\"conference.meet.example.com\"",
        )
        .means("The MUC's domain."),
    jitsis("token_regex_enabled", Kind::Truth, Group::Patterns)
        .always("true")
        .means("Whether a token's room may be a Lua pattern (context.room.regex = true)."),
    jitsis("token_regex_room_max_length", Kind::Number(Unit::Bytes), Group::Patterns)
        .always("128")
        .detail("A higher number makes the worst pattern slower, quickly.")
        .means("How long a room's name may be, in bytes, to be matched against a pattern."),
    jitsis("token_regex_max_quantifiers", Kind::Number(Unit::Count), Group::Patterns)
        .always("3")
        .detail("A higher number makes the worst pattern slower, quickly.")
        .means("How many of * + - ? a pattern may have."),
    jitsis(ASAP_KEY.file, Kind::SecretFile, Group::OwnTokens)
        .role(Role::OwnKey)
        .like("\"/etc/prosody-tokend/asap.key\"")
        .detail(
            "The tokens are for callers that send the daemon's API key and nobody else; without a key there are none.",
        )
        .means("A file with the private RSA key (PEM) of tokens that this server shows to others."),
    hosts(ASAP_KEY.value, Kind::Secret, Group::OwnTokens)
        .role(Role::OwnKey)
        .like("\"-----BEGIN PRIVATE KEY-----\\n…\"")
        .means("That key itself."),
    hosts(ASAP_KEY.credential, Kind::Credential, Group::OwnTokens)
        .role(Role::OwnKey)
        .like("\"asap_key\"")
        .means("The name of a systemd credential that holds that key."),
    jitsis("asap_key_id", Kind::Text, Group::OwnTokens)
        .always("\"jitsi\"")
        .means("The kid of these tokens."),
    jitsis("asap_issuer", Kind::Text, Group::OwnTokens)
        .always("\"jitsi\"")
        .means("The iss of these tokens."),
    jitsis("asap_audience", Kind::Text, Group::OwnTokens)
        .always("\"jitsi\"")
        .means("The aud of these tokens."),
    jitsis("asap_ttl", Kind::Number(Unit::Seconds), Group::OwnTokens)
        .always("3600")
        .means("For how many seconds these tokens are good."),
    jitsis("asap_ttl_threshold", Kind::Number(Unit::Seconds), Group::OwnTokens)
        .default(
            DefaultValue::Depends("600, or half of asap_ttl where that is less"),
            "600",
        )
        .means("How many seconds before their end these tokens are renewed."),
];

const fn jitsis(name: &'static str, kind: Kind, group: Group) -> Row {
    Row::new(Place::HostAsJitsi, name, kind, group)
}

const fn hosts(name: &'static str, kind: Kind, group: Group) -> Row {
    Row::new(Place::Host, name, kind, group)
}
