//! What a denial for want of a key, or with another one, means: which kid was asked for, and which there are.

use crate::config::host::Host;
use crate::token::algorithm::Algorithm;
use crate::token::compact::Compact;
use crate::token::explain::Explanation;
use crate::token::header::Header;
use crate::token::policy::Keys;
use crate::token::reason::Reason;

use super::Verifier;

impl Verifier {
    /// Explains denials for want of a public key, with the names of those that are known, or with another one.
    pub(super) fn explain_key(
        &self,
        reason: &Reason,
        host: &Host,
        token: Option<&str>,
    ) -> Option<Explanation> {
        let found = match reason {
            Reason::KeyIdMissing => "nothing".to_owned(),
            Reason::KeyNotFound => key_id(token?)?,
            Reason::SignatureInvalid => return self.explain_signature(host, token?),
            _ => return None,
        };
        Some(Explanation {
            check: "kid",
            found,
            expected: self.known_kids(host),
            option: Some("cache_keys_url, asap_key_server, key_folder"),
            hint: "let the issuer set kid in the header to the name of its public key, and publish that key".to_owned(),
        })
    }

    /// None where the host verifies with secrets.
    fn explain_signature(&self, host: &Host, token: &str) -> Option<Explanation> {
        let sources = self.sources(host);
        let by_id = matches!(host.policy.keys, Keys::ById);
        let kid = by_id.then(|| key_id(token)).flatten();
        let mut keys = sources.iter().flat_map(|source| &source.keys);
        let key = keys.find(|key| match &kid {
            Some(kid) => key.kid.as_deref().map(quoted).as_ref() == Some(kid),
            None => true,
        });
        let fingerprint = key.and_then(|key| key.fingerprint.as_deref());
        if fingerprint.is_none() && !by_id {
            return None;
        }
        let algorithm = host.policy.algorithm.map_or("none", Algorithm::name);
        let name = kid.map(|kid| format!(" {kid}")).unwrap_or_default();
        let print = fingerprint.unwrap_or("none: it cannot be used");
        let hint = match key.and_then(|key| key.weakness) {
            Some(weakness) => format!("make a longer key: this one is {weakness}"),
            None => "publish the public key that belongs to the issuer's private key".to_owned(),
        };
        Some(Explanation {
            check: "signature",
            found: "one that does not match".to_owned(),
            expected: format!("an {algorithm} signature of the key{name} (fingerprint {print})"),
            option: None,
            hint,
        })
    }

    fn known_kids(&self, host: &Host) -> String {
        let sources = self.keys.state(&host.sources);
        let keys = sources.iter().flat_map(|source| &source.keys);
        let kids = keys.filter_map(|key| key.kid.as_deref());
        let kids: Vec<String> = kids.take(SHOWN).map(|kid| format!("{kid:?}")).collect();
        if kids.is_empty() {
            "the kid of a key that the host's key server has".to_owned()
        } else {
            format!("a known one ({})", kids.join(", "))
        }
    }
}

fn key_id(token: &str) -> Option<String> {
    let header = Header::decode(Compact::split(token).ok()?.header).ok()?;
    let kid = header.member("kid")?.as_str()?;
    Some(quoted(kid))
}

fn quoted(kid: &str) -> String {
    format!("{:?}", kid.chars().take(LONGEST).collect::<String>())
}

const SHOWN: usize = 8;
const LONGEST: usize = 128;
