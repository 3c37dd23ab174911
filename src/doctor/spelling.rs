//! Names that were probably meant as others.

/// Whether a name stands for another one that it is not: with a letter wrong, other dashes, or what Prosody's names of
/// modules do not have.
pub fn is_meant(found: &str, wanted: &str) -> bool {
    let plain = plain(found);
    let mistakes = (wanted.len() / 5).clamp(1, 3);
    found != wanted && strsim::osa_distance(&plain, wanted) <= mistakes
}

fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase().replace(['-', ' ', '.'], "_");
    let name = name.strip_prefix("mod_").unwrap_or(&name);
    name.strip_suffix("_lua").unwrap_or(name).to_owned()
}

/// Whether two names of hosts are the same but for a slip, or for the top of the domain.
pub fn are_alike(one: &str, other: &str) -> bool {
    let (one_trimmed, other_trimmed) = (trimmed(one), trimmed(other));
    let mistakes = (one.len().min(other.len()) / 5).min(2);
    let below_top = |name: &str| name.rsplit_once('.').map(|(below, _)| below.to_owned());
    let is_domain = below_top(&one_trimmed).filter(|below| below.contains('.'));
    one != other
        && (strsim::osa_distance(&one_trimmed, &other_trimmed) <= mistakes
            || is_domain.is_some_and(|below| below_top(&other_trimmed) == Some(below)))
}

/// A name without what a web address has around it.
fn trimmed(name: &str) -> String {
    let name = name.trim_matches(['.', ' ', '/']).to_lowercase();
    let name = name
        .split_once("://")
        .map_or(name.as_str(), |(_, rest)| rest);
    name.split([':', '/']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_with_a_slip_is_meant_and_another_one_is_not() {
        for (found, is_it) in [
            ("token_verificaton", true),
            ("token-verification", true),
            ("mod_token_verification", true),
            ("token_verification.lua", true),
            ("Token_Verification", true),
            ("token_verify", false),
            ("tokenverification", true),
            ("token_varification", true),
            ("token_verification", false),
            ("muc_domain_mapper", false),
            ("token_moderation", false),
        ] {
            assert_eq!(is_meant(found, "token_verification"), is_it, "{found}");
        }
        for (found, is_it) in [
            ("tokens", true),
            ("Token", true),
            ("tokn", true),
            ("token", false),
            ("jitsi-anonymous", false),
            ("internal_hashed", false),
        ] {
            assert_eq!(is_meant(found, "token"), is_it, "{found}");
        }
    }

    #[test]
    fn hosts_are_alike_but_for_a_slip() {
        for (one, other, are) in [
            ("meet.example.com", "mete.example.com", true),
            ("meet.example.com", "meet.exmaple.com", true),
            ("meet.example.com", "meet.example.org", true),
            ("meet.example.com", "meet.example.com.", true),
            ("meet.example.com", "https://meet.example.com", true),
            ("meet.example.com", "meet.example.com", false),
            ("meet.example.com", "auth.example.com", false),
            ("meet.example.com", "example.com", false),
            ("a.de", "b.de", false),
            ("example.com", "example.net", false),
            ("meet.example.com", "beta.example.com", false),
            ("meet.example.com", "rooms.other.net", false),
        ] {
            assert_eq!(are_alike(one, other), are, "{one} {other}");
        }
    }
}
