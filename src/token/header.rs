//! The JOSE header (RFC 7515 section 4).

use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::issuer::AcceptedTypes;
use super::reason::{Flaw, Reason};
use super::{compact, json};

/// A decoded header. Nothing in it chooses a key or an algorithm; it is only compared.
#[derive(Debug, Clone)]
pub struct Header {
    members: Map<String, Value>,
    flaws: Vec<Flaw>,
}

impl Header {
    /// Decodes the first part of a token.
    ///
    /// # Errors
    /// [`Reason::HeaderNotDecodable`].
    pub fn decode(part: &str) -> Result<Self, Reason> {
        let mut flaws = Vec::new();
        let members = compact::decode(part, &mut flaws)
            .and_then(|bytes| json::read(&bytes, &mut flaws))
            .and_then(json::members)
            .ok_or(Reason::HeaderNotDecodable)?;
        Ok(Self { members, flaws })
    }

    /// The `typ` member must be accepted: exactly `JWT`, unless the policy says otherwise.
    ///
    /// # Errors
    /// [`Reason::TypeNotAccepted`].
    pub fn check_type(&self, accepted: &AcceptedTypes) -> Result<(), Reason> {
        if accepted.contains(self.member("typ")) {
            Ok(())
        } else {
            Err(Reason::TypeNotAccepted)
        }
    }

    /// The one of the accepted algorithms whose name the `alg` member is.
    ///
    /// # Errors
    /// [`Reason::AlgorithmNotAccepted`].
    pub fn algorithm(&self, accepted: &[Algorithm]) -> Result<Algorithm, Reason> {
        let name = self.member("alg").and_then(Value::as_str);
        let mut accepted = accepted.iter().copied();
        accepted
            .find(|algorithm| name == Some(algorithm.name()))
            .ok_or(Reason::AlgorithmNotAccepted)
    }

    /// Finds the first rule of the standards that the header breaks.
    ///
    /// # Errors
    /// [`Reason::Flawed`].
    pub fn check_conformance(&self) -> Result<(), Reason> {
        let flaw = self.flaws.first().copied().or_else(|| {
            [
                (self.member("crit").is_some(), Flaw::Critical),
                (self.member("b64").is_some(), Flaw::UnencodedPayload),
                (self.member("enc").is_some(), Flaw::Encrypted),
                (self.member("cty").is_some_and(names_a_token), Flaw::Nested),
            ]
            .into_iter()
            .find_map(|(found, flaw)| found.then_some(flaw))
        });
        flaw.map_or(Ok(()), |flaw| Err(Reason::Flawed(flaw)))
    }

    /// One member, as it stands in the header.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }
}

/// Whether a `cty` names a token of any kind. What has no slash stands for a media type that begins with `application/`
/// (RFC 7515 section 4.1.10), capitals mean nothing there, and parameters may follow.
fn names_a_token(content_type: &Value) -> bool {
    let Some(content_type) = content_type.as_str() else {
        return false;
    };
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/").unwrap_or(&essence);
    matches!(subtype, "jwt" | "jose" | "jose+json") || subtype.ends_with("+jwt")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn header(text: &str) -> Result<Header, Reason> {
        Header::decode(&URL_SAFE_NO_PAD.encode(text))
    }

    #[test]
    fn a_header_that_is_no_json_object_is_not_decoded() {
        for text in ["", "{", "5", "true", "null", "{\"alg\":\"HS256\"}x"] {
            assert_eq!(
                header(text).unwrap_err(),
                Reason::HeaderNotDecodable,
                "{text}"
            );
        }
    }

    #[test]
    fn the_type_must_be_jwt_to_the_letter() {
        for text in [
            "{}",
            "[]",
            r#"{"typ":"jwt"}"#,
            r#"{"typ":""}"#,
            r#"{"typ":null}"#,
            r#"{"typ":["JWT"]}"#,
        ] {
            assert_eq!(
                header(text).unwrap().check_type(&AcceptedTypes::Jwt),
                Err(Reason::TypeNotAccepted),
                "{text}"
            );
        }
        let header = header(r#"{"typ":"JWT"}"#).unwrap();
        assert_eq!(header.check_type(&AcceptedTypes::Jwt), Ok(()));
    }

    #[test]
    fn the_algorithm_must_be_the_policys_to_the_letter() {
        for alg in [
            r#""none""#,
            r#""None""#,
            r#""hs256""#,
            r#""HS512""#,
            r#""RS256""#,
            "null",
            "1",
            r#"["HS256"]"#,
        ] {
            let header = header(&format!(r#"{{"alg":{alg}}}"#)).unwrap();
            assert_eq!(
                header.algorithm(&[Algorithm::Hs256]),
                Err(Reason::AlgorithmNotAccepted),
                "{alg}"
            );
        }
        let header = header(r#"{"alg":"HS256"}"#).unwrap();
        for accepted in [
            &[Algorithm::Hs256][..],
            &[Algorithm::Hs512, Algorithm::Hs256],
        ] {
            assert_eq!(header.algorithm(accepted), Ok(Algorithm::Hs256));
        }
        for accepted in [&[][..], &[Algorithm::Hs512, Algorithm::Hs384]] {
            let denied = Err(Reason::AlgorithmNotAccepted);
            assert_eq!(header.algorithm(accepted), denied);
        }
    }

    #[test]
    fn a_header_that_breaks_the_standard_is_flawed() {
        for (text, flaw) in [
            (r#"{"crit":["exp"]}"#, Flaw::Critical),
            (r#"{"crit":[]}"#, Flaw::Critical),
            (r#"{"b64":false}"#, Flaw::UnencodedPayload),
            (r#"{"cty":"jwt"}"#, Flaw::Nested),
            (r#"{"cty":"application/jwt"}"#, Flaw::Nested),
            (r#"{"cty":"APPLICATION/JWT"}"#, Flaw::Nested),
            (r#"{"cty":"application/jwt; charset=utf-8"}"#, Flaw::Nested),
            (r#"{"cty":" JWT "}"#, Flaw::Nested),
            (r#"{"cty":"at+jwt"}"#, Flaw::Nested),
            (r#"{"cty":"application/JOSE"}"#, Flaw::Nested),
            (r#"{"enc":"A128GCM"}"#, Flaw::Encrypted),
            (r#"{"enc":null}"#, Flaw::Encrypted),
            (r#"{"enc":"A128GCM","cty":"JWT"}"#, Flaw::Encrypted),
            (r#"{"alg":"HS256","alg":"HS256"}"#, Flaw::DuplicateMember),
        ] {
            assert_eq!(
                header(text).unwrap().check_conformance(),
                Err(Reason::Flawed(flaw)),
                "{text}"
            );
        }
        for text in [
            r#"{"jwk":{"kty":"oct"},"cty":"json"}"#,
            r#"{"cty":"application/json"}"#,
            r#"{"cty":"text/jwt"}"#,
            r#"{"ENC":"A128GCM","encoding":1}"#,
        ] {
            assert_eq!(header(text).unwrap().check_conformance(), Ok(()), "{text}");
        }
    }
}
