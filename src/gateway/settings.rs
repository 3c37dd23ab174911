//! What one gateway asks of requests and tokens: the plugin's options, under Kong's names, and what is beyond them.

use serde_json::Value;

use crate::token::algorithm::Algorithm;
use crate::token::pointer::Pointer;

/// What a gateway asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The query's parameters in which tokens come.
    pub uri_param_names: Vec<String>,
    /// The cookies in which they come.
    pub cookie_names: Vec<String>,
    /// The headers in which they come, behind `Bearer`.
    pub header_names: Vec<String>,
    /// The claim, or else the header's member, that names the credential.
    pub key_claim_name: String,
    /// Whether secrets of credentials are base64, in either alphabet.
    pub secret_is_base64: bool,
    /// Which times are checked.
    pub claims_to_verify: TimesToVerify,
    /// How far `exp` may be ahead, in seconds; any way where there is none.
    pub maximum_expiration: Option<u32>,
    /// The ID or username of the consumer as whom those go through who have no token that counts.
    pub anonymous: Option<String>,
    /// Whether a request of method `OPTIONS` needs a token as any other.
    pub run_on_preflight: bool,
    /// What `WWW-Authenticate` says that the token is for.
    pub realm: Option<String>,
    /// What tokens must be like beyond Kong's rules.
    pub beyond: Beyond,
    /// Which program describes requests, where it is said: its headers count, and no others.
    pub proxy: Option<Proxy>,
}

/// Which times are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimesToVerify {
    /// Whether `exp` has to be there, and to come.
    pub expiration: bool,
    /// Whether `nbf` has to be there, and to be past.
    pub not_before: bool,
}

/// What Kong's plugin does not ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beyond {
    /// The `iss` that are accepted; any where there is none.
    pub issuers: Vec<String>,
    /// The `aud` that are accepted, of which a token has to have one; any where there is none.
    pub audiences: Vec<String>,
    /// What has to stand in claims.
    pub required_claims: Vec<RequiredClaim>,
    /// What of the claims goes to whoever is behind the proxy.
    pub headers: Vec<ClaimHeader>,
    /// The algorithms of tokens whose keys are published: those of credentials have their own.
    pub algorithms: Vec<Algorithm>,
}

/// What has to stand in a claim: a list of the token's has it among its items.
#[derive(Debug, Clone, PartialEq)]
pub struct RequiredClaim {
    /// Where.
    pub place: Pointer,
    /// What.
    pub value: Value,
}

/// A claim that becomes a header.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimHeader {
    /// Where the claim stands.
    pub place: Pointer,
    /// The header's name, in lower case.
    pub name: String,
}

/// A program in front of an upstream that asks this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    /// nginx, by `auth_request`, and `HAProxy`, by the script that is in the documents: `X-Original-URI` or `X-Original-URL`, and
    /// `X-Original-Method`.
    Nginx,
    /// Traefik's `ForwardAuth`, Caddy's `forward_auth`, and APISIX's `forward-auth`: `X-Forwarded-Uri` and `X-Forwarded-Method`.
    Forwarded,
    /// Envoy's `ext_authz` over HTTP: method and path of the request itself, behind the gateway's own path.
    Envoy,
}

impl Proxy {
    /// The names by which the programs are set, each with what it describes requests by.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("nginx", Self::Nginx),
        ("traefik", Self::Forwarded),
        ("caddy", Self::Forwarded),
        ("apisix", Self::Forwarded),
        ("envoy", Self::Envoy),
        ("haproxy", Self::Nginx),
    ];

    /// The program of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut names = Self::NAMES.into_iter();
        names
            .find(|(known, _)| *known == name)
            .map(|(_, proxy)| proxy)
    }
}

impl Default for Settings {
    /// Kong's defaults, but that both times are checked.
    fn default() -> Self {
        Self {
            uri_param_names: vec!["jwt".to_owned()],
            cookie_names: Vec::new(),
            header_names: vec!["authorization".to_owned()],
            key_claim_name: "iss".to_owned(),
            secret_is_base64: false,
            claims_to_verify: TimesToVerify {
                expiration: true,
                not_before: true,
            },
            maximum_expiration: None,
            anonymous: None,
            run_on_preflight: true,
            realm: None,
            beyond: Beyond::default(),
            proxy: None,
        }
    }
}
