//! Public keys as they are published: PEM (RFC 7468) and JWK (RFC 7517).

use aws_lc_rs::digest;
use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pkcs1::RsaPublicKeyRef;
use serde_json::{Map, Value, json};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::key::KeyError;
use super::material::Material;
use super::roca;

/// The numbers that a public key consists of.
#[derive(Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA: modulus and exponent, without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// A point on P-256, P-384 or P-521, by the bytes of a coordinate.
    Point {
        curve: Curve,
        x: Vec<u8>,
        y: Vec<u8>,
    },
    /// Ed25519.
    Ed25519 { x: Vec<u8> },
}

/// A curve of ECDSA.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    const fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    const fn bits(self) -> usize {
        match self {
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }
}

impl PublicKey {
    /// Reads the first PEM block of a text: SPKI, PKCS#1, or the key of an X.509 certificate.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        // It may stand behind the public key, too: whoever can read that key then has it.
        if text
            .windows(PRIVATE.len())
            .any(|part| part == PRIVATE.as_bytes())
        {
            return Err(KeyError::PrivateKey);
        }
        let block = pem::parse(text).map_err(|_| KeyError::NotPublicKey)?;
        let der = block.contents();
        match block.tag() {
            "PUBLIC KEY" => {
                let spki = SubjectPublicKeyInfoOwned::from_der(der);
                Self::from_spki(&spki.map_err(|_| KeyError::NotPublicKey)?)
            }
            "CERTIFICATE" => {
                let certificate = Certificate::from_der(der).map_err(|_| KeyError::NotPublicKey)?;
                Self::from_spki(certificate.tbs_certificate().subject_public_key_info())
            }
            "RSA PUBLIC KEY" => Self::from_pkcs1(der),
            _ => Err(KeyError::NotPublicKey),
        }
    }

    fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, KeyError> {
        let bits = spki.subject_public_key.raw_bytes();
        let parameters = spki.algorithm.parameters.as_ref();
        let curve = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        match (spki.algorithm.oid, curve) {
            (RSA_ENCRYPTION, _) => Self::from_pkcs1(bits),
            (EC_PUBLIC_KEY, Some(P_256)) => Self::from_point(Curve::P256, bits),
            (EC_PUBLIC_KEY, Some(P_384)) => Self::from_point(Curve::P384, bits),
            (EC_PUBLIC_KEY, Some(P_521)) => Self::from_point(Curve::P521, bits),
            (ED_448, _) => Err(KeyError::Ed448),
            (ED_25519, _) if bits.len() == ED25519_BYTES => Ok(Self::Ed25519 { x: bits.to_vec() }),
            _ => Err(KeyError::NotPublicKey),
        }
    }

    fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        let key = RsaPublicKeyRef::from_der(der).map_err(|_| KeyError::NotPublicKey)?;
        Self::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes())
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let modulus = without_leading_zeros(modulus);
        if roca::is_guessable(&modulus) {
            return Err(KeyError::Guessable);
        }
        let exponent = without_leading_zeros(exponent);
        Ok(Self::Rsa { modulus, exponent })
    }

    /// An uncompressed point (SEC 1 section 2.3.3).
    fn from_point(curve: Curve, bytes: &[u8]) -> Result<Self, KeyError> {
        let point = bytes
            .strip_prefix(&[UNCOMPRESSED])
            .filter(|point| point.len() == 2 * curve.coordinate_bytes())
            .ok_or(KeyError::NotPublicKey)?;
        let (x, y) = point.split_at(curve.coordinate_bytes());
        let (x, y) = (x.to_vec(), y.to_vec());
        Ok(Self::Point { curve, x, y })
    }

    /// Reads the members of a JWK that make up the key (RFC 7518 section 6, RFC 8037 section 2).
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, KeyError> {
        if PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name)) {
            return Err(KeyError::PrivateKey);
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &'static str| {
            text(name)
                .and_then(|encoded| URL_SAFE_NO_PAD.decode(encoded).ok())
                .filter(|bytes| !bytes.is_empty())
                .ok_or(KeyError::Member(name))
        };
        let of_length = |name, length| {
            bytes(name).and_then(|bytes| {
                let fits = bytes.len() == length;
                fits.then_some(bytes).ok_or(KeyError::Member(name))
            })
        };
        let point = |curve: Curve| {
            let x = of_length("x", curve.coordinate_bytes())?;
            let y = of_length("y", curve.coordinate_bytes())?;
            Ok(Self::Point { curve, x, y })
        };
        match (text("kty"), text("crv")) {
            (Some("RSA"), _) => Self::rsa(&bytes("n")?, &bytes("e")?),
            (Some("EC"), Some("P-256")) => point(Curve::P256),
            (Some("EC"), Some("P-384")) => point(Curve::P384),
            (Some("EC"), Some("P-521")) => point(Curve::P521),
            (Some("OKP"), Some("Ed25519")) => {
                let x = of_length("x", ED25519_BYTES)?;
                Ok(Self::Ed25519 { x })
            }
            (Some("OKP"), Some("Ed448")) => Err(KeyError::Ed448),
            (Some("EC" | "OKP"), _) => Err(KeyError::unfit("crv", jwk.get("crv"))),
            _ => Err(KeyError::unfit("kty", jwk.get("kty"))),
        }
    }

    /// What people call it.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RSA",
            Self::Point { curve, .. } => curve.name(),
            Self::Ed25519 { .. } => "Ed25519",
        }
    }

    /// Its size.
    pub fn bits(&self) -> usize {
        match self {
            Self::Rsa { modulus, .. } => {
                let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
                (modulus.len() * 8).saturating_sub(unused as usize)
            }
            Self::Point { curve, .. } => curve.bits(),
            Self::Ed25519 { .. } => 256,
        }
    }

    /// The JWK Thumbprint with SHA-256, in base64url (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        // The members come out in their lexicographic order, without blanks, as the standard wants.
        let jwk = match self {
            Self::Rsa { modulus, exponent } => {
                json!({"e": encode(exponent), "kty": "RSA", "n": encode(modulus)})
            }
            Self::Point { curve, x, y } => {
                json!({"crv": curve.name(), "kty": "EC", "x": encode(x), "y": encode(y)})
            }
            Self::Ed25519 { x } => json!({"crv": "Ed25519", "kty": "OKP", "x": encode(x)}),
        };
        encode(digest::digest(&digest::SHA256, jwk.to_string().as_bytes()).as_ref())
    }

    /// The form in which signatures are verified with it.
    pub fn material(&self) -> Material {
        match self {
            Self::Rsa { modulus, exponent } => Material::Rsa(RsaPublicKeyComponents {
                n: modulus.clone(),
                e: exponent.clone(),
            }),
            Self::Point { x, y, .. } => {
                Material::Point([&[UNCOMPRESSED], x.as_slice(), y].concat())
            }
            Self::Ed25519 { x } => Material::Point(x.clone()),
        }
    }
}

fn without_leading_zeros(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.iter().skip(zeros).copied().collect()
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P_521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const ED_448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");
const ED_25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED25519_BYTES: usize = 32;
/// How the first line of every private key in PEM ends.
const PRIVATE: &str = "PRIVATE KEY-----";
/// What only private keys have (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];
const UNCOMPRESSED: u8 = 4;

#[cfg(test)]
mod tests {
    use jsonwebtoken::EncodingKey;

    use super::super::algorithm::Algorithm;
    use super::super::key::Key;
    use super::super::signing::SigningKey;
    use super::*;

    macro_rules! pem {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/data/", $name, ".pem"))
        };
    }

    const RSA: [&[u8]; 3] = [
        pem!("rsa-public"),
        pem!("rsa-public-pkcs1"),
        pem!("rsa-certificate"),
    ];
    const P256: [&[u8]; 2] = [pem!("p256-public"), pem!("p256-certificate")];
    const P384: [&[u8]; 2] = [pem!("p384-public"), pem!("p384-certificate")];
    const P521: [&[u8]; 2] = [pem!("p521-public"), pem!("p521-certificate")];
    const ED25519: [&[u8]; 2] = [pem!("ed25519-public"), pem!("ed25519-certificate")];

    fn sign(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let Some(jws) = algorithm.jws() else {
            let key = SigningKey::from_any_pem(pem!("p521-private")).unwrap();
            return key.signature(algorithm, message).unwrap();
        };
        let key = match algorithm.prefix() {
            "ES" if algorithm == Algorithm::Es256 => EncodingKey::from_ec_pem(pem!("p256-private")),
            "ES" => EncodingKey::from_ec_pem(pem!("p384-private")),
            "EdDSA" => EncodingKey::from_ed_pem(pem!("ed25519-private")),
            _ => EncodingKey::from_rsa_pem(pem!("rsa-private")),
        };
        let signature = jsonwebtoken::crypto::sign(message, &key.unwrap(), jws);
        URL_SAFE_NO_PAD.decode(signature.unwrap()).unwrap()
    }

    #[test]
    fn every_form_of_a_key_verifies_what_its_private_key_signed_and_nothing_else() {
        let public = Algorithm::ALL
            .into_iter()
            .filter(|one| one.prefix() != "HS");
        for signed in public {
            let signature = sign(signed, b"message");
            for form in RSA
                .iter()
                .chain(&P256)
                .chain(&P384)
                .chain(&P521)
                .chain(&ED25519)
            {
                let key = Key::from_pem(form).unwrap();
                for algorithm in Algorithm::ALL {
                    let fits = key.is_for(signed) && algorithm == signed;
                    let verdict = key.verifies(algorithm, b"message", &signature);
                    assert_eq!(verdict, fits, "{signed} as {algorithm}");
                }
                assert!(!key.verifies(signed, b"massage", &signature), "{signed}");
            }
        }
    }

    #[test]
    fn the_forms_of_a_key_have_one_thumbprint() {
        for forms in [RSA.as_slice(), &P256, &P384, &P521, &ED25519] {
            let prints = forms
                .iter()
                .map(|form| PublicKey::from_pem(form).unwrap().thumbprint());
            let prints: std::collections::BTreeSet<String> = prints.collect();
            assert_eq!(prints.len(), 1);
        }
    }

    #[test]
    fn the_standards_example_of_es512_is_verified_and_nothing_like_it() {
        // RFC 7515 appendix A.4.
        let jwk = json!({"kty": "EC", "crv": "P-521",
            "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
            "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"});
        let key = Key::from_jwk(jwk.as_object().unwrap()).unwrap();
        assert_eq!((key.facts().key_type, key.facts().bits), ("P-521", 521));
        let message = b"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA";
        let signature = URL_SAFE_NO_PAD
            .decode(
                "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2Y\
                 BJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
            )
            .unwrap();
        assert!(key.verifies(Algorithm::Es512, message, &signature));
        for algorithm in Algorithm::ALL
            .into_iter()
            .filter(|one| *one != Algorithm::Es512)
        {
            assert!(!key.verifies(algorithm, message, &signature), "{algorithm}");
        }
        for length in (0..132).chain([]) {
            let cut = &signature[..length];
            assert!(!key.verifies(Algorithm::Es512, message, cut), "{length}");
        }
        for behind in [&[0][..], &[0; 2], &signature] {
            let longer = [&signature, behind].concat();
            assert!(!key.verifies(Algorithm::Es512, message, &longer));
            let before = [behind, &signature].concat();
            assert!(!key.verifies(Algorithm::Es512, message, &before));
        }
        for place in 0..132 {
            let mut changed = signature.clone();
            changed[place] ^= 1;
            assert!(
                !key.verifies(Algorithm::Es512, message, &changed),
                "{place}"
            );
        }
        assert!(!key.verifies(Algorithm::Es512, message, &[0; 132]));
        assert!(!key.verifies(Algorithm::Es512, b"eyJhbGciOiJFUzUxMiJ9.", &signature));
        let other = Key::from_pem(pem!("p521-public")).unwrap();
        assert!(!other.verifies(Algorithm::Es512, message, &signature));
    }

    #[test]
    fn what_openssl_signed_on_p521_is_verified() {
        let key = Key::from_pem(pem!("p521-public")).unwrap();
        let signature = include_bytes!("../../tests/data/p521-signature.bin");
        assert!(key.verifies(Algorithm::Es512, b"message", signature));
        assert!(!key.verifies(Algorithm::Es512, b"massage", signature));
        assert!(!key.verifies(Algorithm::Es384, b"message", signature));
    }

    #[test]
    fn a_key_of_ed448_is_refused_as_what_it_is() {
        let refused = PublicKey::from_pem(pem!("ed448-public")).err();
        assert_eq!(refused, Some(KeyError::Ed448));
        assert!(KeyError::Ed448.to_string().contains("Ed448"));
        let jwk = json!({"kty": "OKP", "crv": "Ed448", "x": "AA"});
        let refused = PublicKey::from_jwk(jwk.as_object().unwrap()).err();
        assert_eq!(refused, Some(KeyError::Ed448));
    }

    #[test]
    fn a_point_of_another_curve_is_none_of_this_one() {
        let x = URL_SAFE_NO_PAD.encode([1; 66]);
        for (curve, length) in [
            ("P-521", 65),
            ("P-521", 67),
            ("P-521", 48),
            ("P-384", 66),
            ("P-256", 66),
        ] {
            let y = URL_SAFE_NO_PAD.encode(vec![1; length]);
            let jwk = json!({"kty": "EC", "crv": curve, "x": x, "y": y});
            assert!(
                PublicKey::from_jwk(jwk.as_object().unwrap()).is_err(),
                "{curve} {length}"
            );
        }
    }

    #[test]
    fn private_keys_and_hostile_nesting_are_no_public_keys() {
        let behind = [pem!("rsa-public").as_slice(), pem!("rsa-private")].concat();
        let encrypted =
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for private in [
            pem!("rsa-private").as_slice(),
            pem!("p256-private"),
            &behind,
            encrypted,
            b"-----BEGIN EC PARAMETERS-----\nAA==\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\n",
        ] {
            assert_eq!(
                PublicKey::from_pem(private).err(),
                Some(KeyError::PrivateKey)
            );
        }
        // Sequences in sequences, each a header of four bytes.
        let mut der = Vec::new();
        for depth in (0..10_000_u16).rev() {
            let [high, low] = (depth * 4).to_be_bytes();
            der.extend([0x30, 0x82, high, low]);
        }
        for tag in ["PUBLIC KEY", "CERTIFICATE", "RSA PUBLIC KEY"] {
            let nested = pem::encode(&pem::Pem::new(tag, der.clone()));
            assert_eq!(
                PublicKey::from_pem(nested.as_bytes()).err(),
                Some(KeyError::NotPublicKey)
            );
        }
    }

    #[test]
    fn a_jwk_with_a_private_part_is_refused() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let public = [
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": x}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x}),
        ];
        for jwk in public {
            let mut jwk = jwk.as_object().unwrap().clone();
            assert!(PublicKey::from_jwk(&jwk).is_ok());
            for name in PRIVATE_MEMBERS {
                jwk.insert(name.to_owned(), Value::Null);
                let error = PublicKey::from_jwk(&jwk).err();
                assert_eq!(error, Some(KeyError::PrivateKey), "{jwk:?}");
                jwk.remove(name);
            }
        }
    }

    #[test]
    fn an_rsa_key_whose_private_key_can_be_computed_is_refused_in_every_form() {
        let public = PublicKey::from_pem(pem!("rsa-roca-public"));
        assert_eq!(public.err(), Some(KeyError::Guessable));
        let block = pem::parse(pem!("rsa-roca-public")).unwrap();
        let spki = SubjectPublicKeyInfoOwned::from_der(block.contents()).unwrap();
        let pkcs1 = spki.subject_public_key.raw_bytes();
        let key = RsaPublicKeyRef::from_der(pkcs1).unwrap();
        let n = URL_SAFE_NO_PAD.encode(key.modulus.as_bytes());
        let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB"});
        let public = PublicKey::from_jwk(jwk.as_object().unwrap());
        assert_eq!(public.err(), Some(KeyError::Guessable));
        let pem = pem::encode(&pem::Pem::new("RSA PUBLIC KEY", pkcs1));
        let public = PublicKey::from_pem(pem.as_bytes());
        assert_eq!(public.err(), Some(KeyError::Guessable));
    }

    #[test]
    fn a_thumbprint_is_that_of_the_standards_example() {
        let jwk = json!({"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPeb\
                  WKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQM\
                  icAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRw\
                  r3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"});
        let key = PublicKey::from_jwk(jwk.as_object().unwrap()).unwrap();
        assert_eq!(key.bits(), 2048);
        assert_eq!(
            key.thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }
}
