//! What each reason means to operators, and what they can change.

use prosody_tokend::token::reason::{Flaw, Reason};

pub struct Words {
    pub meaning: &'static str,
    pub change: &'static str,
}

const fn say(meaning: &'static str, change: &'static str) -> Words {
    Words { meaning, change }
}

const LIBRARY: &str =
    "let the issuer make its tokens with a JWT library, and change nothing of them afterwards.";
const WHOLE: &str = "let the page pass the token whole and alone, as the issuer made it.";
const HEADER_KID: &str = "let the issuer set `kid` in the header to the name of its public key, or configure `app_secret` if \
    it signs with a secret.";

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each reason, and no other logic"
)]
pub fn words(reason: &Reason) -> Words {
    match reason {
        Reason::TokenRequired => say(
            "The client came without a token, and the host admits no guests.",
            "open the meeting with a token, or set `allow_empty_token` to `true`.",
        ),
        Reason::SchemeNotBearer(_) => say(
            "The client sent an `Authorization` header of another scheme than `Bearer`, and no token.",
            "send `Authorization: Bearer TOKEN`, or the token as `?token=` in the address; a proxy that asks for a password \
             keeps its own header.",
        ),
        Reason::KeyHeaderNotBase64Url => say(
            "The host's keys go by `kid`, and the part of the token where it should stand cannot be decoded.",
            WHOLE,
        ),
        Reason::KeyHeaderNotJson => say(
            "The host's keys go by `kid`, and the part of the token where it should stand is no JSON.",
            WHOLE,
        ),
        Reason::KeyIdMissing => say(
            "The host's keys go by `kid`, and the token's header names none.",
            HEADER_KID,
        ),
        Reason::KeyIdNotText => say(
            "The token's header has a `kid` that is no text, so no key can have that name.",
            HEADER_KID,
        ),
        Reason::AlgorithmMissing => say(
            "The host's keys go by `kid`, and the token's header does not say how it is signed.",
            LIBRARY,
        ),
        Reason::AlgorithmNotRsa => say(
            "The host has public keys, and the token is signed in a way that does not go with them; with a secret, as a rule.",
            "let the issuer sign with its private key, or configure `app_secret` in place of key servers.",
        ),
        Reason::KeyNotFound => say(
            "No source of the host has a key of the token's `kid`. `prosody-tokend keys` shows those that there are.",
            "publish the issuer's public key under that name, or correct `cache_keys_url`, `asap_key_server` or `key_folder`.",
        ),
        Reason::KeySourceUnavailable => say(
            "A source of the host's keys did not answer, or answered with something that holds no keys, so nobody knows whether \
             it has the token's. This is no fault of the token.",
            "see that this server reaches the address, and that keys are there; `prosody-tokend keys` shows what was answered.",
        ),
        Reason::AlgorithmNotSupported => say(
            "The server's `signature_algorithm` is none that it can verify. This is no fault of the token.",
            "correct `signature_algorithm`; `prosody-tokend check` shows it.",
        ),
        Reason::TokenTooLong => say(
            "The token has more bytes than `limits.token_bytes` allows.",
            "let the issuer leave out what nobody reads (pictures inside the token, lists of groups), or raise the limit.",
        ),
        Reason::NotThreeParts => say(
            "What came is not of three parts with dots between them: it was cut off, something else was passed in place of a \
             token, or it is encrypted.",
            WHOLE,
        ),
        Reason::HeaderNotDecodable => say("The first part of the token cannot be read.", WHOLE),
        Reason::PayloadNotDecodable => say(
            "The second part of the token, which has its claims, cannot be read.",
            WHOLE,
        ),
        Reason::SignatureNotDecodable => say("The third part of the token cannot be read.", WHOLE),
        Reason::TypeNotAccepted => say(
            "The header's `typ` is missing, or another than the server takes.",
            "let the issuer set `typ` to `JWT`, or add its type to `accepted_types` (`at+jwt` for access tokens of OIDC).",
        ),
        Reason::AlgorithmNotAccepted => say(
            "The token is signed with another algorithm than the server expects, or not at all.",
            "let the issuer sign with that algorithm, or set `signature_algorithm` to the issuer's.",
        ),
        Reason::SignatureInvalid => say(
            "The signature does not belong to this token and the server's key: another secret or key was used, or the token was \
             changed.",
            "give issuer and server the same secret, to the byte, or publish the public key that belongs to the issuer's \
             private one.",
        ),
        Reason::ExpirationNotNumber => say(
            "`exp` is there, and is no number.",
            "let the issuer set it to Unix seconds, without quotes.",
        ),
        Reason::NotBeforeNotNumber => say(
            "`nbf` is there, and is no number.",
            "let the issuer set it to Unix seconds, without quotes.",
        ),
        Reason::Expired(_) => say(
            "The time in `exp` is over. The text says for how long.",
            "get a new token. If it was new: set the clocks of issuer and server right, or set `leeway`.",
        ),
        Reason::NotYetValid(_) => say(
            "The time in `nbf` is still to come.",
            "set the clocks of issuer and server right, or set `leeway`; let the issuer give seconds, not milliseconds.",
        ),
        Reason::ExpirationMissing => say(
            "The token never expires, and `require_exp` or `max_token_lifetime` wants it to.",
            "let the issuer set `exp`.",
        ),
        Reason::LifetimeTooLong(_) => say(
            "The token is valid for longer than `max_token_lifetime` allows.",
            "let the issuer make tokens that expire sooner, or raise the limit.",
        ),
        Reason::IssuerMissing => say(
            "The token does not say who issued it.",
            "let the issuer set `iss` to one of `asap_accepted_issuers`, or to `app_id`.",
        ),
        Reason::IssuerNotAccepted => say(
            "The token's `iss` is not one that the host accepts; on a join, the token was verified by another host.",
            "let the issuer set `iss` to `app_id`, or add its own to `asap_accepted_issuers`.",
        ),
        Reason::AudienceMissing => say(
            "The token does not say whom it is for.",
            "let the issuer set `aud` to one of `asap_accepted_audiences`.",
        ),
        Reason::AudienceNotAccepted => say(
            "The token's `aud` is not one that the host accepts, or is a list.",
            "let the issuer set `aud` to one of them, add its own to `asap_accepted_audiences`, or set `accept_audience_array`.",
        ),
        Reason::RoomClaimMissing => say(
            "The token does not say which room it is for.",
            "let the issuer set `room` (`*` for all), or set `asap_require_room_claim` to `false`.",
        ),
        Reason::SubjectMissing => say(
            "The token has no `sub`, which must name the XMPP domain or the tenant.",
            "let the issuer set `sub`.",
        ),
        Reason::ContextNotObject => say(
            "The token's `context` is no object.",
            "let the issuer set it to an object, or leave it out.",
        ),
        Reason::ContextMissing => say(
            "A module in Prosody demands a `context`, and the token has none.",
            "let the issuer set `context`, or unload the module that demands it.",
        ),
        Reason::WildcardNotAllowed => say(
            "The host, or the token's issuer, wants one room a token, and this one is good for several: its `room` or `sub` is \
             `*` or missing, or the room is a pattern.",
            "let the issuer make a token for each room, with its name in `room` and the domain or tenant in `sub`, or set \
             `allow_wildcards` to `true`.",
        ),
        Reason::RoomBeyondBounds => say(
            "The room is none of those in `rooms`, which are all that the token's issuer may open.",
            "let the issuer make the token for one of its rooms, or add this one to `rooms` in the issuer's section.",
        ),
        Reason::TenantBeyondBounds => say(
            "The token, or the room that is joined, is of a tenant that is none of those in `tenants`, or of none.",
            "let the issuer make the token for one of its tenants, or add this one to `tenants` in the issuer's section.",
        ),
        Reason::TokenIdMissing => say(
            "The token may be used once (`once`), and has no `jti`, by which it could be told from others.",
            "let the issuer set `jti` to a new UUID in each token, or set `once` to `false`.",
        ),
        Reason::TokenUsed => say(
            "The token may be used once (`once`), and a session was opened with it before.",
            "get a new token from the issuer.",
        ),
        Reason::TokenRevoked(_) => say(
            "The token, its `jti`, its user, its `kid` or its issuer was revoked, or the room is closed. The text has the \
             operator's reason, where there is one; `explain` says who did it, since when, and how to take it back.",
            "get a new token, where the token alone was revoked, or take it back: `prosody-tokend revocations`, then \
             `prosody-tokend unrevoke ID`.",
        ),
        Reason::ModeratorBeyondBounds => say(
            "The token makes its user a moderator, and its issuer has `moderators = false`.",
            "let the issuer leave out `context.user.moderator` and `context.user.affiliation`, or set `moderators` to `true` in \
             the issuer's section.",
        ),
        Reason::ClaimsTooLong => say(
            "The claims are longer than 24 KiB, written as JSON, and would not fit into an answer to Prosody.",
            "let the issuer leave out what nobody reads (pictures inside the token, lists of groups).",
        ),
        Reason::Flawed(flaw) => flawed(*flaw),
        Reason::RoomAddressInvalid => say(
            "The address that was joined is not `room@domain`.",
            "join a room, not the component that has the rooms.",
        ),
        Reason::RoomMissing => say(
            "The room is not there, and this participant may not create it (`restrict_room_creation`).",
            "see that jicofo runs: it creates the room as the first participant asks for it.",
        ),
        Reason::AuthenticationRequired => say(
            "Guests are admitted, but not to this room.",
            "open the meeting with a token, or open the room to guests.",
        ),
        Reason::RoomClaimMismatch => say(
            "The token is for another room. Domains are not compared here (`enable_domain_verification` is `false`).",
            "let the issuer set `room` to this room's name, or join the one that it names.",
        ),
        Reason::PatternsDisabled => say(
            "The room claim is a pattern, and the server matches none.",
            "let the issuer name the room, or set `token_regex_enabled` to `true`.",
        ),
        Reason::RoomNameTooLong => say(
            "The room's name is longer than what is matched against a pattern.",
            "use a shorter name, or raise `token_regex_room_max_length`.",
        ),
        Reason::PatternTooComplex => say(
            "The pattern has more quantifiers than `token_regex_max_quantifiers` allows, or matching it could take long.",
            "let the issuer write a simpler pattern that begins with `^`.",
        ),
        Reason::PatternMissing => say(
            "The token says that its room claim is a pattern (`context.room.regex`), and has no room claim.",
            "let the issuer set `room` to the pattern, or leave `context.room.regex` out.",
        ),
        Reason::PatternInvalid => say(
            "The room claim is not a pattern that Lua takes.",
            "let the issuer write a Lua pattern, which is no regular expression: `%` escapes, and there is no `|` or `{}`.",
        ),
        Reason::RoomNameUnmatched => say(
            "The pattern does not fit the room's name, or the token names no room where it must.",
            "let the issuer write a pattern that fits, in small letters, as rooms are named.",
        ),
        Reason::TenantMismatch => say(
            "The room wants a token of the tenant in the meeting's address, and `context.tenant` is another.",
            "open the meeting under the address of the token's tenant.",
        ),
        Reason::TenantNotText => say(
            "`context.tenant` is neither a text nor a number.",
            "let the issuer set it to the tenant's name, or leave it out.",
        ),
        Reason::MucDomainMissing => say(
            "The room belongs to a tenant, and the server does not know its main domain.",
            "set `muc_mapper_domain_base`.",
        ),
        Reason::RoomMismatch => say(
            "The room is not the one that the token's `room` and `sub` name.",
            "let the issuer set `room` to the room's name and `sub` to the XMPP domain, or to the tenant for a tenant's room.",
        ),
    }
}

fn flawed(flaw: Flaw) -> Words {
    match flaw {
        Flaw::Base64Url => say(
            "A part of the token has padding or stray bits, so that it could be written in more than one way (RFC 7515).",
            LIBRARY,
        ),
        Flaw::Utf8 => say("A part of the token is not UTF-8 (RFC 7519).", LIBRARY),
        Flaw::DuplicateMember => say(
            "A claim or a member of the header is there twice, and readers differ in which of them counts (RFC 7519).",
            LIBRARY,
        ),
        Flaw::Number => say(
            "There is a number in a form that JSON does not have, such as `NaN` or `0x10` (RFC 8259).",
            LIBRARY,
        ),
        Flaw::ControlCharacter => say(
            "There is a raw line break or another control character in a text (RFC 8259).",
            LIBRARY,
        ),
        Flaw::Critical => say(
            "The header has `crit`: it demands an extension that this server does not have (RFC 7515).",
            "let the issuer make tokens without `crit`.",
        ),
        Flaw::UnencodedPayload => say(
            "The header has `b64`, which is about payloads that are no base64url (RFC 7797).",
            "let the issuer make tokens without `b64`.",
        ),
        Flaw::Encrypted => say(
            "The header has `enc`, which says that the token is encrypted, not signed (RFC 7516).",
            "let the issuer make signed tokens (JWS), whose header has `alg` and no `enc`.",
        ),
        Flaw::Nested => say(
            "The header's `cty` says that there is another token inside this one (RFC 7519).",
            "let the issuer put the claims into the token itself.",
        ),
        Flaw::ClaimType(_) => say(
            "A claim is not of the type that the standard gives it, such as a number as `iss`. The text names the claim.",
            "let the issuer set `iss`, `sub`, `jti` and `room` to texts, `aud` to a text or a list of texts, and `exp`, `nbf` \
             and `iat` to numbers.",
        ),
    }
}
