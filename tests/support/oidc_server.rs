//! An OIDC server like Keycloak: its metadata says where its keys are, and both can be wrong in every way.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SignatureAlgorithm};
use serde_json::{Value, json};

use super::issuer::jwks;
use super::key_server::{KeyServer, Page};
use super::token::{encode, with};

/// Where the realm's metadata is (OIDC Discovery 1.0 section 4).
pub const METADATA: &str = "/realms/meet/.well-known/openid-configuration";
/// Where RFC 8414 (section 3.1) has it.
pub const METADATA_OF_RFC_8414: &str = "/.well-known/oauth-authorization-server/realms/meet";
/// Where the realm's keys are.
pub const CERTS: &str = "/realms/meet/protocol/openid-connect/certs";

/// A server with one realm, `meet`.
pub struct OidcServer {
    /// All that it answers.
    pub pages: KeyServer,
}

impl OidcServer {
    /// On loopback, without keys.
    pub fn http() -> Self {
        Self::on(KeyServer::http())
    }

    /// Over TLS, with a certificate of an authority of its own.
    pub fn https() -> Self {
        Self::on(KeyServer::https())
    }

    fn on(pages: KeyServer) -> Self {
        let server = Self { pages };
        server.answer(server.metadata());
        server.publish(&[]);
        server
    }

    pub fn issuer(&self) -> String {
        self.pages.url("/realms/meet")
    }

    /// The realm's metadata, as Keycloak writes it.
    pub fn metadata(&self) -> Value {
        let endpoint = |name: &str| format!("{}/protocol/openid-connect/{name}", self.issuer());
        json!({
            "issuer": self.issuer(),
            "authorization_endpoint": endpoint("auth"),
            "token_endpoint": endpoint("token"),
            "jwks_uri": self.pages.url(CERTS),
            "response_types_supported": ["code", "none", "id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["PS256", "RS256", "ES256", "EdDSA", "HS256"],
        })
    }

    /// Says of itself what it should, but for these members; null takes one away.
    pub fn say(&self, changes: &Value) {
        self.answer(with(self.metadata(), changes));
    }

    /// Answers with this as its metadata.
    pub fn answer(&self, metadata: impl Into<Metadata>) {
        let Metadata(page) = metadata.into();
        self.pages.put(METADATA, page);
    }

    /// Has these keys from now on.
    pub fn publish(&self, keys: &[Value]) {
        self.pages.put(CERTS, Page::of(jwks(keys)));
    }

    /// How often this path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        let asked = self.pages.asked();
        asked.iter().filter(|asked| asked.path == path).count()
    }
}

/// What stands where metadata should be.
pub struct Metadata(Page);

impl From<Value> for Metadata {
    fn from(metadata: Value) -> Self {
        Self(Page::of(metadata.to_string()))
    }
}

impl From<Page> for Metadata {
    fn from(page: Page) -> Self {
        Self(page)
    }
}

/// The key for encryption that Keycloak has beside the one for signatures, out of this one.
pub fn for_encryption(jwk: Value) -> Value {
    with(jwk, &json!({"use": "enc", "alg": "RSA-OAEP"}))
}

/// A key on a curve that a realm signs with.
pub struct CurveKey {
    algorithm: Algorithm,
    pair: KeyPair,
}

impl CurveKey {
    /// For ES256.
    pub fn p256() -> Self {
        Self::generate(Algorithm::ES256, &PKCS_ECDSA_P256_SHA256)
    }

    /// For `EdDSA`.
    pub fn ed25519() -> Self {
        Self::generate(Algorithm::EdDSA, &PKCS_ED25519)
    }

    fn generate(algorithm: Algorithm, kind: &'static SignatureAlgorithm) -> Self {
        let pair = KeyPair::generate_for(kind).unwrap();
        Self { algorithm, pair }
    }

    pub fn jwk(&self, kid: &str) -> Value {
        let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let public = self.pair.public_key_raw();
        let own = match (self.algorithm, public) {
            // A point that is not compressed (SEC 1 section 2.3.3).
            (Algorithm::ES256, [4, point @ ..]) => {
                let (x, y) = point.split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": number(x), "y": number(y)})
            }
            (_, point) => json!({"kty": "OKP", "crv": "Ed25519", "x": number(point)}),
        };
        let alg = format!("{:?}", self.algorithm);
        with(own, &json!({"kid": kid, "use": "sig", "alg": alg}))
    }

    /// A token with this `kid` in its header.
    pub fn sign(&self, kid: &str, claims: &Value) -> String {
        let header = json!({"alg": format!("{:?}", self.algorithm), "typ": "JWT", "kid": kid});
        let message = format!(
            "{}.{}",
            encode(header.to_string().as_bytes()),
            encode(claims.to_string().as_bytes())
        );
        let private = self.pair.serialized_der();
        let key = match self.algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_der(private),
            _ => EncodingKey::from_ed_der(private),
        };
        let signature = crypto::sign(message.as_bytes(), &key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}
