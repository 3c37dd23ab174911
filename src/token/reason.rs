//! Why a token or a join is denied: one enum, its stable codes, and Jitsi's conditions and texts.
//!
//! Conditions and texts are what clients of Jitsi's modules see; they react to them, so they never change.

use std::borrow::Cow;

use super::lifetime::Lifetime;
use super::revocation::kind::Kind;
use super::revocation::revoked::Revoked;

/// An enum, and `ALL` with every variant of it: whoever adds one cannot forget it there. What a variant holds has an
/// example behind it.
macro_rules! enum_with_all {
    (
        $(#[$outer:meta])*
        pub enum $name:ident { $( $(#[$inner:meta])* $variant:ident $(($held:ty = $example:expr))? ),* $(,)? }
    ) => {
        $(#[$outer])*
        pub enum $name { $( $(#[$inner])* $variant $(($held))? ),* }

        impl $name {
            /// Every variant, with an example of what it holds.
            pub const ALL: &'static [Self] = &[$( Self::$variant $(($example))? ),*];
        }
    };
}

pub(super) use enum_with_all;

enum_with_all! {
    /// A reason to deny.
    #[derive(Debug, Clone, PartialEq)]
    pub enum Reason {
        /// There is no token, and the policy wants one.
        TokenRequired,
        /// There is an `Authorization` header of another scheme than `Bearer` in place of a token.
        SchemeNotBearer(Cow<'static, str> = Cow::Borrowed("Basic")),
        /// The header, in which the `kid` is looked for, is not base64url.
        KeyHeaderNotBase64Url,
        /// The header, in which the `kid` is looked for, is not JSON.
        KeyHeaderNotJson,
        /// The host's keys go by `kid`, and the header has none.
        KeyIdMissing,
        /// The `kid` is no string.
        KeyIdNotText,
        /// The host's keys go by `kid`, and the header has no `alg`.
        AlgorithmMissing,
        /// The host's keys go by `kid`, and `alg` is not one of RSA's.
        AlgorithmNotRsa,
        /// No source has a key of this `kid`.
        KeyNotFound,
        /// A source that may have a key of this `kid` gave no keys.
        KeySourceUnavailable,
        /// `signature_algorithm` is none that this verifier supports.
        AlgorithmNotSupported,
        /// The token is longer than the configured limit.
        TokenTooLong,
        /// The token is not three parts with dots between them.
        NotThreeParts,
        /// The header is not base64url or not a JSON object.
        HeaderNotDecodable,
        /// The payload is not base64url or not a JSON object.
        PayloadNotDecodable,
        /// The signature is not base64url.
        SignatureNotDecodable,
        /// The header's `typ` is not the expected one.
        TypeNotAccepted,
        /// The header's `alg` is not the policy's algorithm.
        AlgorithmNotAccepted,
        /// The signature does not belong to the token and the key.
        SignatureInvalid,
        /// `exp` is there and no number.
        ExpirationNotNumber,
        /// `nbf` is there and no number.
        NotBeforeNotNumber,
        /// The token has expired.
        Expired(Lifetime = Lifetime { expired_for: 60.0, valid_for: None }),
        /// The token is not valid yet; it will be after this number of seconds.
        NotYetValid(f64 = 60.0),
        /// There is no `exp`, and the policy wants one.
        ExpirationMissing,
        /// The token is valid for longer than the policy allows; in seconds.
        LifetimeTooLong(f64 = 172_800.0),
        /// There is no `iss`.
        IssuerMissing,
        /// `iss` is not accepted.
        IssuerNotAccepted,
        /// There is no `aud`.
        AudienceMissing,
        /// `aud` is not accepted.
        AudienceNotAccepted,
        /// There is no `room`, and the policy wants one.
        RoomClaimMissing,
        /// There is no `sub`.
        SubjectMissing,
        /// `context` is there and no object.
        ContextNotObject,
        /// The session needs a `context`, and there is none.
        ContextMissing,
        /// The token is good for several rooms, and the policy wants one room a token.
        WildcardNotAllowed,
        /// The room is none of those that the token's issuer may open.
        RoomBeyondBounds,
        /// The room's tenant, or the one that the token names, is none of those that its issuer may open rooms of.
        TenantBeyondBounds,
        /// The token makes a moderator, and its issuer may not.
        ModeratorBeyondBounds,
        /// The claims are more than a session is to carry.
        ClaimsTooLong,
        /// There is no `jti`, and the token may be used once.
        TokenIdMissing,
        /// The token may be used once, and was.
        TokenUsed,
        /// The token, or the room, was taken back. By what is there wherever something was denied.
        TokenRevoked(Option<Box<Revoked>> = None),
        /// Jitsi's modules would accept the token, but it breaks a rule of the standards.
        Flawed(Flaw = Flaw::Base64Url),
        /// The room's address has no room name.
        RoomAddressInvalid,
        /// The room does not exist.
        RoomMissing,
        /// The room wants a token, and the session has none.
        AuthenticationRequired,
        /// Domain verification is off, and the room claim names another room.
        RoomClaimMismatch,
        /// The room claim is a pattern, and patterns are switched off.
        PatternsDisabled,
        /// The room's name is too long to be matched against a pattern.
        RoomNameTooLong,
        /// The pattern has more quantifiers than the policy allows.
        PatternTooComplex,
        /// The room claim is not a Lua pattern.
        PatternInvalid,
        /// The token says that its room claim is a pattern, and has no room claim.
        PatternMissing,
        /// There is nothing in the room claim that could be compared with the room.
        RoomNameUnmatched,
        /// `context.tenant` is not the tenant in the meeting's address, and the room wants it to be.
        TenantMismatch,
        /// `context.tenant` is neither a string nor a number.
        TenantNotText,
        /// The room belongs to a tenant, and the policy has no `muc_mapper_domain_base`.
        MucDomainMissing,
        /// The room is not the one that the token names.
        RoomMismatch,
    }
}

enum_with_all! {
    /// A rule of the standards that a token breaks although Jitsi's modules would accept it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Flaw {
        /// Padding or stray bits in base64url (RFC 7515 section 2).
        Base64Url,
        /// A part is not UTF-8 (RFC 7519 section 7.2).
        Utf8,
        /// A member is there twice (RFC 7519 section 4).
        DuplicateMember,
        /// A number that JSON does not have (RFC 8259 section 6).
        Number,
        /// A raw control character in a string (RFC 8259 section 7).
        ControlCharacter,
        /// The header demands extensions that nobody here understands (RFC 7515 section 4.1.11).
        Critical,
        /// The header says that the payload is not base64url (RFC 7797 section 3).
        UnencodedPayload,
        /// The header says that the token is encrypted, not signed (RFC 7516 section 9).
        Encrypted,
        /// The header says that the payload is another token (RFC 7519 section 5.2).
        Nested,
        /// A claim is not of the type that the standard gives it (RFC 7519 section 4.1).
        ClaimType(&'static str = "exp"),
    }
}

impl Reason {
    /// The codes of all reasons.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        let reasons = Self::ALL.iter().map(Self::code);
        reasons.chain(Flaw::ALL.iter().map(|flaw| flaw.code()))
    }

    /// The stable name of the reason, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TokenRequired => "token-required",
            Self::SchemeNotBearer(_) => "authorization-not-bearer",
            Self::KeyHeaderNotBase64Url => "header-not-base64url",
            Self::KeyHeaderNotJson => "header-not-json",
            Self::KeyIdMissing => "kid-missing",
            Self::KeyIdNotText => "kid-not-text",
            Self::AlgorithmMissing => "alg-missing",
            Self::AlgorithmNotRsa => "alg-not-rsa",
            Self::KeyNotFound => "key-not-found",
            Self::KeySourceUnavailable => "key-source-unavailable",
            Self::AlgorithmNotSupported => "algorithm-not-supported",
            Self::TokenTooLong => "token-too-long",
            Self::NotThreeParts => "not-three-parts",
            Self::HeaderNotDecodable => "header-not-decodable",
            Self::PayloadNotDecodable => "payload-not-decodable",
            Self::SignatureNotDecodable => "signature-not-decodable",
            Self::TypeNotAccepted => "typ-not-accepted",
            Self::AlgorithmNotAccepted => "alg-not-accepted",
            Self::SignatureInvalid => "signature-invalid",
            Self::ExpirationNotNumber => "exp-not-number",
            Self::NotBeforeNotNumber => "nbf-not-number",
            Self::Expired(_) => "expired",
            Self::NotYetValid(_) => "not-yet-valid",
            Self::ExpirationMissing => "exp-missing",
            Self::LifetimeTooLong(_) => "lifetime-too-long",
            Self::IssuerMissing => "iss-missing",
            Self::IssuerNotAccepted => "iss-not-accepted",
            Self::AudienceMissing => "aud-missing",
            Self::AudienceNotAccepted => "aud-not-accepted",
            Self::RoomClaimMissing => "room-claim-missing",
            Self::SubjectMissing => "sub-missing",
            Self::ContextNotObject => "context-not-object",
            Self::ContextMissing => "context-missing",
            Self::WildcardNotAllowed => "wildcard-not-allowed",
            Self::RoomBeyondBounds => "room-beyond-issuer",
            Self::TenantBeyondBounds => "tenant-beyond-issuer",
            Self::ModeratorBeyondBounds => "moderator-beyond-issuer",
            Self::ClaimsTooLong => "claims-too-long",
            Self::TokenIdMissing => "jti-missing",
            Self::TokenUsed => "token-used",
            Self::TokenRevoked(_) => "token-revoked",
            Self::Flawed(flaw) => flaw.code(),
            Self::RoomAddressInvalid => "room-address-invalid",
            Self::RoomMissing => "room-missing",
            Self::AuthenticationRequired => "authentication-required",
            Self::RoomClaimMismatch => "room-claim-mismatch",
            Self::PatternsDisabled => "patterns-disabled",
            Self::RoomNameTooLong => "room-name-too-long",
            Self::PatternTooComplex => "pattern-too-complex",
            Self::PatternInvalid => "pattern-invalid",
            Self::PatternMissing => "pattern-missing",
            Self::RoomNameUnmatched => "room-name-unmatched",
            Self::TenantMismatch => "tenant-mismatch",
            Self::TenantNotText => "tenant-not-text",
            Self::MucDomainMissing => "muc-domain-missing",
            Self::RoomMismatch => "room-mismatch",
        }
    }

    /// The condition that Jitsi's modules give, where they give one.
    #[must_use]
    pub const fn condition(&self) -> Option<&'static str> {
        Some(match self {
            Self::RoomClaimMissing | Self::SubjectMissing => "not-authorized",
            Self::RoomAddressInvalid => "invalid-room-address",
            Self::RoomMissing => "room-does-not-exist",
            Self::AuthenticationRequired => "authentication-required",
            Self::RoomClaimMismatch => "room-mismatch",
            Self::PatternsDisabled
            | Self::RoomNameTooLong
            | Self::PatternTooComplex
            | Self::PatternInvalid
            | Self::PatternMissing => "invalid-regex",
            Self::RoomNameUnmatched => "room-name-does-not-match",
            Self::MucDomainMissing => "server-missing-config",
            // Jitsi's module returns false and nothing else for these, and its caller finds a text: "Room and token mismatched".
            Self::TenantMismatch | Self::TenantNotText | Self::RoomMismatch => return None,
            Self::TokenRequired
            | Self::SchemeNotBearer(_)
            | Self::KeyHeaderNotBase64Url
            | Self::KeyHeaderNotJson
            | Self::KeyIdMissing
            | Self::KeyIdNotText
            | Self::AlgorithmMissing
            | Self::AlgorithmNotRsa
            | Self::KeyNotFound
            | Self::KeySourceUnavailable
            | Self::AlgorithmNotSupported
            | Self::ExpirationMissing
            | Self::LifetimeTooLong(_)
            | Self::TokenTooLong
            | Self::NotThreeParts
            | Self::HeaderNotDecodable
            | Self::PayloadNotDecodable
            | Self::SignatureNotDecodable
            | Self::TypeNotAccepted
            | Self::AlgorithmNotAccepted
            | Self::SignatureInvalid
            | Self::ExpirationNotNumber
            | Self::NotBeforeNotNumber
            | Self::Expired(_)
            | Self::NotYetValid(_)
            | Self::IssuerMissing
            | Self::IssuerNotAccepted
            | Self::AudienceMissing
            | Self::AudienceNotAccepted
            | Self::ContextNotObject
            | Self::ContextMissing
            | Self::WildcardNotAllowed
            | Self::RoomBeyondBounds
            | Self::TenantBeyondBounds
            | Self::ModeratorBeyondBounds
            | Self::ClaimsTooLong
            | Self::TokenIdMissing
            | Self::TokenUsed
            | Self::TokenRevoked(_)
            | Self::Flawed(_) => "not-allowed",
        })
    }

    /// The text that Jitsi's modules give, where they give one.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'static, str>> {
        let text = match self {
            Self::TokenRequired => "token required",
            Self::KeyHeaderNotJson => "bad token format",
            Self::KeyIdMissing => "'kid' claim is missing",
            Self::AlgorithmMissing => "'alg' claim is missing",
            Self::AlgorithmNotRsa => "'kid' claim only support with RS family",
            Self::KeyIdNotText | Self::KeyNotFound | Self::KeySourceUnavailable => {
                "could not obtain public key"
            }
            Self::AlgorithmNotSupported => "Algorithm not supported",
            Self::SchemeNotBearer(_)
            | Self::TokenTooLong
            | Self::NotThreeParts
            | Self::KeyHeaderNotBase64Url => "Invalid token",
            Self::HeaderNotDecodable => "Invalid header",
            Self::PayloadNotDecodable => "Invalid body",
            Self::SignatureNotDecodable | Self::SignatureInvalid => "Invalid signature",
            Self::TypeNotAccepted => "Invalid typ",
            Self::AlgorithmNotAccepted => "Invalid or incorrect alg",
            Self::ExpirationNotNumber => "exp must be number",
            Self::NotBeforeNotNumber => "nbf must be number",
            Self::Expired(lifetime) => return Some(lifetime.to_string().into()),
            Self::NotYetValid(_) => "Not acceptable by nbf",
            Self::ExpirationMissing => "'exp' claim is missing",
            Self::LifetimeTooLong(_) => "token lifetime is too long",
            Self::IssuerMissing => "'iss' claim is missing",
            Self::IssuerNotAccepted => "invalid 'iss' claim",
            Self::AudienceMissing => "'aud' claim is missing",
            Self::AudienceNotAccepted => "invalid 'aud' claim",
            Self::RoomClaimMissing => "room claim is missing",
            Self::SubjectMissing => "sub claim is missing",
            Self::ContextNotObject => "invalid 'context' claim",
            Self::ContextMissing => "jwt missing required context claim",
            Self::WildcardNotAllowed => "token is for more than one room",
            Self::RoomBeyondBounds => "room is not one of the token's issuer",
            Self::TenantBeyondBounds => "tenant is not one of the token's issuer",
            Self::ModeratorBeyondBounds => "the token's issuer may not make moderators",
            Self::ClaimsTooLong => "claims are too long",
            Self::TokenIdMissing => "'jti' claim is missing",
            Self::TokenUsed => "token was used before",
            Self::TokenRevoked(by) => return Some(revoked(by.as_deref())),
            Self::Flawed(flaw) => return Some(flaw.text()),
            Self::RoomAddressInvalid => "Room address is invalid",
            Self::RoomMissing => "Room does not exist",
            Self::AuthenticationRequired => "Authentication required",
            Self::RoomClaimMismatch => "Room does not match the room from token",
            Self::PatternsDisabled => "Room claim patterns are not enabled",
            Self::RoomNameTooLong => "Room name is too long to match against the room claim",
            Self::PatternTooComplex => "Room claim pattern is too complex",
            Self::PatternInvalid => "Room claim is not a valid Lua pattern",
            Self::PatternMissing => "Room claim pattern is missing",
            Self::RoomNameUnmatched => "Room name cannot be matched to the one from token.",
            Self::MucDomainMissing => "Misconfiguration of server",
            // As above: there is no text of Jitsi's where there is no condition.
            Self::TenantMismatch | Self::TenantNotText | Self::RoomMismatch => return None,
        };
        Some(Cow::Borrowed(text))
    }
}

/// The text for what was taken back, with the operator's own words where there are some.
fn revoked(by: Option<&Revoked>) -> Cow<'static, str> {
    let what = match by.map(|by| by.kind) {
        Some(Kind::Room) => "room is closed",
        Some(
            Kind::Token | Kind::TokenId | Kind::User | Kind::Key | Kind::Issuer | Kind::Session,
        )
        | None => "token revoked",
    };
    match by.and_then(|by| by.reason.as_ref()) {
        Some(reason) => Cow::Owned(format!("{what}: {reason}")),
        None => Cow::Borrowed(what),
    }
}

impl Flaw {
    const fn code(self) -> &'static str {
        match self {
            Self::Base64Url => "base64url-not-canonical",
            Self::Utf8 => "not-utf-8",
            Self::DuplicateMember => "duplicate-member",
            Self::Number => "number-not-json",
            Self::ControlCharacter => "control-character",
            Self::Critical => "crit-not-supported",
            Self::UnencodedPayload => "b64-not-supported",
            Self::Encrypted => "encrypted-token",
            Self::Nested => "nested-token",
            Self::ClaimType(_) => "claim-of-wrong-type",
        }
    }

    fn text(self) -> Cow<'static, str> {
        match self {
            Self::Base64Url
            | Self::Utf8
            | Self::DuplicateMember
            | Self::Number
            | Self::ControlCharacter => Cow::Borrowed("Invalid token"),
            Self::Critical | Self::UnencodedPayload | Self::Encrypted | Self::Nested => {
                Cow::Borrowed("Invalid header")
            }
            Self::ClaimType(claim) => Cow::Owned(format!("invalid '{claim}' claim")),
        }
    }
}
