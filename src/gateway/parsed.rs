//! A token, read as Kong's plugin reads it: what is wrong first is told.

use crate::token::algorithm::Algorithm;
use crate::token::claims::Claims;
use crate::token::compact;
use crate::token::header::Header;
use crate::token::reason::{Flaw, Reason};
use crate::token::signature::Signature;
use serde_json::Value;

use super::refusal::{BadToken, Refusal};

/// A token that could be read. Nobody has vouched for it.
pub struct Parsed<'a> {
    /// What the signature covers.
    pub signing_input: &'a str,
    pub header: Header,
    pub claims: Claims,
    pub signature: Signature,
    /// What its header says that it is signed with; nothing but compared.
    pub algorithm: Algorithm,
}

impl<'a> Parsed<'a> {
    /// Reads a token.
    pub fn read(token: &'a str) -> Result<Self, Refusal> {
        Self::parts(token).map_err(Refusal::BadToken)
    }

    fn parts(token: &'a str) -> Result<Self, BadToken> {
        let (header, rest) = token.split_once('.').ok_or(BadToken::Json)?;
        let (payload, signature) = rest.split_once('.').ok_or(BadToken::Json)?;
        let length = header.len().saturating_add(payload.len()).saturating_add(1);
        let header = Header::decode(header).map_err(|_| BadToken::Json)?;
        let claims = Claims::decode(payload).map_err(|_| not_claims(payload));
        if matches!(claims, Err(BadToken::Json)) {
            return Err(BadToken::Json);
        }
        let algorithm = header.member("alg").and_then(Value::as_str);
        let algorithm = algorithm.and_then(Algorithm::from_name);
        let algorithm = algorithm.ok_or(BadToken::Algorithm)?;
        let claims = claims?;
        check_standards(&header, &claims)?;
        let signature = Signature::decode(signature).map_err(|_| BadToken::Signature)?;
        let is_plain = signature.check_conformance();
        is_plain.map_err(|_| BadToken::Signature)?;
        Ok(Self {
            signing_input: token.get(..length).unwrap_or_default(),
            header,
            claims,
            signature,
            algorithm,
        })
    }
}

/// What Kong reads over: two readers could take it for two things.
fn check_standards(header: &Header, claims: &Claims) -> Result<(), BadToken> {
    match header.check_conformance() {
        Err(Reason::Flawed(
            Flaw::Critical | Flaw::UnencodedPayload | Flaw::Encrypted | Flaw::Nested,
        )) => Err(BadToken::Header),
        Err(_) => Err(BadToken::Json),
        Ok(()) if claims.spelling_flaw().is_some() => Err(BadToken::Json),
        Ok(()) => Ok(()),
    }
}

/// What is JSON and neither an object nor a list can be no claims.
fn not_claims(payload: &str) -> BadToken {
    let bytes = compact::decode(payload, &mut Vec::new()).unwrap_or_default();
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(_) => BadToken::Claims,
        Err(_) => BadToken::Json,
    }
}
