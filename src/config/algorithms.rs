//! The algorithms that an issuer's tokens may be signed with.

use crate::origin::problem::ProblemKind;
use crate::token::algorithm::{Algorithm, Family};

use super::raw::Section;

/// Reads the list. Left out, it is the host's algorithm where that is for the same kind of keys.
pub fn read(
    section: &Section<'_>,
    public: bool,
    of_host: Option<Algorithm>,
) -> Option<Vec<Algorithm>> {
    if !section.has("algorithms") {
        let usual = if public {
            Algorithm::Rs256
        } else {
            Algorithm::Hs256
        };
        let of_host = of_host.filter(|algorithm| is_public(*algorithm) == public);
        return Some(vec![of_host.unwrap_or(usual)]);
    }
    let names = section.names("algorithms")?;
    let known = names.iter().map(|name| known(section, name));
    let known: Vec<Algorithm> = known.collect::<Option<_>>()?;
    let secrets = known
        .iter()
        .filter(|algorithm| !is_public(**algorithm))
        .count();
    if secrets > 0 && secrets < known.len() {
        section.problem(
            "algorithms",
            ProblemKind::Conflict,
            "some for secrets beside some for public keys",
            "one kind of them: a public key must never count as a secret",
        );
        return None;
    }
    Some(known)
}

fn is_public(algorithm: Algorithm) -> bool {
    algorithm.family() != Family::Hmac
}

fn known(section: &Section<'_>, name: &str) -> Option<Algorithm> {
    let known = Algorithm::from_name(name);
    if known.is_none() {
        let mut all = Algorithm::ALL.into_iter();
        let meant = all.find(|algorithm| algorithm.name().eq_ignore_ascii_case(name.trim()));
        let names = || format!("one of {}", Algorithm::ALL.map(Algorithm::name).join(", "));
        let expected = meant.map_or_else(names, |meant| format!("{:?}", meant.name()));
        section.problem(
            "algorithms",
            ProblemKind::WrongValue,
            &format!("{name:?}"),
            &expected,
        );
    }
    known
}
