//! What a denial for want of a key means: which kid was asked for, and which there are.

use crate::config::host::Host;
use crate::token::compact::Compact;
use crate::token::explain::Explanation;
use crate::token::header::Header;
use crate::token::reason::Reason;

use super::Verifier;

impl Verifier {
    /// Explains denials for want of a key, with the names of those that are known.
    pub(super) fn explain_key(
        &self,
        reason: &Reason,
        host: &Host,
        token: Option<&str>,
    ) -> Option<Explanation> {
        let found = match reason {
            Reason::KeyIdMissing => "nothing".to_owned(),
            Reason::KeyNotFound => key_id(token?)?,
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
    Some(format!(
        "{:?}",
        kid.chars().take(LONGEST).collect::<String>()
    ))
}

const SHOWN: usize = 8;
const LONGEST: usize = 128;
