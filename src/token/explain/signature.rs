//! Denials for a signature that does not match.

use super::super::algorithm::{Algorithm, Family};
use super::super::compact::{self, Compact};
use super::super::issuer::{Accepted, Issuer, Keys};
use super::super::key::{Facts, Key, KeyError};
use super::super::signature::{Signature, matches};
use super::examined::Examined;
use super::explanation::Explanation;
use super::key::SOURCES;
use super::reading;
use super::reading::member;
use super::{format, secret, signature_shape};

/// What probably happened, and what to change then.
pub type Mistake = (String, String);

pub fn explain(examined: &Examined<'_>) -> Explanation {
    match (&examined.issuer.keys, examined.found) {
        (Keys::ById(_), Some(Err(error))) => unusable(error, examined),
        (Keys::Fixed(_), _) if is_by_secret(examined) => of_secret(examined),
        (Keys::ById(_), _) => of_public_key(examined).by(SOURCES),
        (Keys::Fixed(_), _) => of_public_key(examined).by(&["public_key_file", "app_secret"]),
    }
}

fn is_by_secret(examined: &Examined<'_>) -> bool {
    let algorithm = reading::algorithm(examined);
    algorithm.is_none_or(|algorithm| algorithm.family() == Family::Hmac)
}

fn unusable(error: &KeyError, examined: &Examined<'_>) -> Explanation {
    Explanation::new(
        "signature",
        "no usable key under this kid",
        format!("a public key for {}", name(reading::algorithm(examined))),
    )
    .by(SOURCES)
    .because(Some(error.to_string()))
    .mend("publish the public key, in PEM or as a JWK, under this kid")
}

fn of_secret(examined: &Examined<'_>) -> Explanation {
    let needed = format!(
        "an {} signature with the host's secret",
        name(reading::algorithm(examined))
    );
    let (found, (cause, remedy)) = misshapen(examined).unwrap_or_else(|| {
        let mistake = mistaken_secret(examined).unwrap_or_else(another_secret);
        (UNFIT.to_owned(), mistake)
    });
    Explanation::new("signature", found, needed)
        .by(&["app_secret", "app_secret_file", "app_secret_credential"])
        .because(Some(cause))
        .mend(remedy)
}

fn another_secret() -> Mistake {
    (
        "the issuer has another secret, or the token was changed".to_owned(),
        "give issuer and server the same secret, to the byte".to_owned(),
    )
}

fn of_public_key(examined: &Examined<'_>) -> Explanation {
    let key = key(examined);
    let kid = member(examined, "kid").filter(|_| matches!(examined.issuer.keys, Keys::ById(_)));
    let named = kid.map_or_else(String::new, |kid| format!(" {}", format::value(Some(&kid))));
    let print = key.and_then(|key| key.facts().fingerprint.as_deref());
    let print = print.map_or_else(String::new, |print| format!(" (fingerprint {print})"));
    let (found, (cause, remedy)) = misshapen(examined).unwrap_or_else(|| {
        let mistake = key.and_then(|key| weak(key.facts()));
        let mistake = mistake.or_else(|| test_system(examined));
        (UNFIT.to_owned(), mistake.unwrap_or_else(another_key))
    });
    let algorithm = name(reading::algorithm(examined));
    Explanation::new(
        "signature",
        found,
        format!("an {algorithm} signature of the key{named}{print}"),
    )
    .because(Some(cause))
    .mend(remedy)
}

fn key<'a>(examined: &Examined<'a>) -> Option<&'a Key> {
    match &examined.issuer.keys {
        Keys::ById(_) => examined.found.as_ref()?.as_ref().ok(),
        Keys::Fixed(keys) => keys.first(),
    }
}

fn weak(facts: &Facts) -> Option<Mistake> {
    let cause = format!("the key is {}", facts.weakness()?);
    Some((
        cause,
        "let the issuer make a key of at least 2048 bits, and publish that".to_owned(),
    ))
}

fn another_key() -> Mistake {
    (
        "the issuer signs with another key, or the token was changed".to_owned(),
        "publish the public key that belongs to the issuer's private key".to_owned(),
    )
}

/// Systems for tests often take over the names of keys.
fn test_system(examined: &Examined<'_>) -> Option<Mistake> {
    let issuer = reading::claims(examined.token?)?
        .claim("iss")?
        .as_str()?
        .to_owned();
    let is_accepted = match &examined.issuer.accepted {
        Accepted::Any => false,
        Accepted::Only(values) => values.contains(&issuer),
    };
    let lower = issuer.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let is_test = words.any(|word| {
        TEST_SYSTEMS
            .iter()
            .any(|name| word.trim_end_matches(|c: char| c.is_ascii_digit()) == *name)
    });
    (is_test && !is_accepted).then(|| {
        (
            format!(
                "the token is from the issuer's test system ({}), which signs with another key under the same kid",
                format::quote(&issuer)
            ),
            "get the token from the issuer that this host accepts, or give the host the test system's keys".to_owned(),
        )
    })
}

/// A signature that is none of this algorithm: what was found, and why.
fn misshapen(examined: &Examined<'_>) -> Option<(String, Mistake)> {
    let algorithm = reading::algorithm(examined)?;
    let shape = signature_shape::of(examined.token?, algorithm, key(examined))?;
    Some((shape.found, (shape.cause, shape.remedy)))
}

/// Tries what people do to secrets; says which one fits, and shows none.
fn mistaken_secret(examined: &Examined<'_>) -> Option<Mistake> {
    let Keys::Fixed(keys) = &examined.issuer.keys else {
        return None;
    };
    let signed = Signed::of(examined)?;
    let secrets = keys.iter().filter_map(Key::secret).take(MOST_SECRETS);
    let form = secrets
        .clone()
        .flat_map(secret::forms)
        .filter(|form| examined.is_trusted || form.may_be_told())
        .take(examined.most_forms)
        .find(|form| signed.fits(&Key::hmac(&form.secret)));
    form.map(|form| (form.cause.into_owned(), form.remedy.to_owned()))
        .or_else(|| as_written(examined, &signed))
        .or_else(|| other_input(keys, examined, &signed))
        .or_else(|| common(examined, &signed))
        .or_else(|| neighbour(examined, &signed))
        .or_else(|| {
            let (cause, remedy) = secrets.clone().find_map(secret::stand_in)?;
            Some((cause.to_owned(), remedy.to_owned()))
        })
}

/// The secret as a file of variables has it, which means another one.
fn as_written(examined: &Examined<'_>, signed: &Signed<'_>) -> Option<Mistake> {
    let literal = std::str::from_utf8(examined.literal?).ok()?;
    let inner = secret::unquoted(literal);
    let mut texts = [Some(literal), inner].into_iter().flatten();
    let text = texts.find(|text| signed.fits(&Key::hmac(text.as_bytes())))?;
    let sign = if text.contains('$') {
        "`$`, which begins the name of a variable there"
    } else if text.contains('#') {
        "`#`, and what follows it is lost: a comment there"
    } else if text.contains('\\') {
        "`\\`, which means something in quotes there"
    } else {
        "quotes, which are no part of the value there"
    };
    Some((
        format!(
            "the issuer signs with the secret as it stands in the file of variables, but it has {sign}"
        ),
        "put the value of app_secret in single quotes in that file, which keep it as it is"
            .to_owned(),
    ))
}

/// What else may have been signed with the right secret.
fn other_input(keys: &[Key], examined: &Examined<'_>, signed: &Signed<'_>) -> Option<Mistake> {
    let is_signed = |input: &str| keys.iter().any(|key| signed.fits_on(input, key));
    input_of(examined.token?, is_signed)
}

/// The mistake of an issuer that signs something else with the right secret, for which `is_signed` says so.
pub fn input_of(token: &str, is_signed: impl Fn(&str) -> bool) -> Option<Mistake> {
    let parts = Compact::split(token).ok()?;
    let text = |part: &str| {
        let bytes = compact::decode(part, &mut Vec::new())?;
        String::from_utf8(bytes).ok()
    };
    let (header, payload) = (text(parts.header)?, text(parts.payload)?);
    let inputs = [
        ("the payload alone", parts.payload.to_owned()),
        ("the claims before they are encoded", payload.clone()),
        (
            "header and claims before they are encoded",
            format!("{header}.{payload}"),
        ),
        (
            "header and payload without the dot between them",
            format!("{}{}", parts.header, parts.payload),
        ),
        (
            "the parts without the padding that came in on the way",
            parts.signing_input.replace('=', ""),
        ),
    ];
    let (what, _) = inputs.into_iter().find(|(_, input)| is_signed(input))?;
    Some((
        format!("the secret is right, but the issuer signs {what}"),
        "let it sign both parts as they are sent, with the dot between them (RFC 7515 section 5.1), by a JWT library".to_owned(),
    ))
}

/// What is no secret: names of the host, what the token says of itself, and words that everybody tries.
fn common(examined: &Examined<'_>, signed: &Signed<'_>) -> Option<Mistake> {
    let is = |word: &str| signed.fits(&Key::hmac(word.as_bytes()));
    let remedy = "let the issuer sign with this host's secret, the one in app_secret".to_owned();
    let claims = examined.token.and_then(reading::claims);
    let claim = |name: &str| claims.as_ref()?.claim(name)?.as_str().map(str::to_owned);
    let listed = |accepted: &Accepted| match accepted {
        Accepted::Any => None,
        Accepted::Only(values) => values.first().cloned(),
    };
    let kid = member(examined, "kid").and_then(|kid| kid.as_str().map(str::to_owned));
    let names = [
        ("this host's own name", Some(examined.host.to_owned())),
        ("the app_id", listed(&examined.issuer.accepted)),
        ("the audience", listed(&examined.issuer.audiences)),
        (
            "the domain of the rooms",
            examined.policy.rooms.muc_domain.clone(),
        ),
        ("the token's own iss", claim("iss")),
        ("the token's own aud", claim("aud")),
        ("the token's own sub", claim("sub")),
        ("the token's own room", claim("room")),
        ("the token's own kid", kid),
    ];
    let name = names
        .into_iter()
        .find(|(_, name)| name.as_deref().is_some_and(is));
    let cause = name.map(|(what, _)| format!("signed with {what}, which is no secret"));
    let word = || {
        let word = secret::common::words().find(|word| is(word))?;
        Some(format!(
            "signed with the word \"{word}\", which stands in examples"
        ))
    };
    Some((cause.or_else(word)?, remedy))
}

fn neighbour(examined: &Examined<'_>, signed: &Signed<'_>) -> Option<Mistake> {
    let neighbours = examined.neighbours.iter();
    let issuers = neighbours.flat_map(|(host, policy)| {
        let each = policy.issuers.iter();
        each.map(move |issuer| (host, issuer))
    });
    let is_its = |issuer: &Issuer| match &issuer.keys {
        Keys::Fixed(keys) => keys.iter().any(|key| signed.fits(key)),
        Keys::ById(_) => false,
    };
    let mut issuers = issuers.take(examined.most_forms);
    let (host, _) = issuers.find(|(_, issuer)| is_its(issuer))?;
    Some((
        format!("the token is for the host {host}, whose secret fits"),
        format!("log in at {host} with it, or let the issuer sign with this host's secret"),
    ))
}

/// A token's signature, and what it has to be of.
struct Signed<'a> {
    input: &'a str,
    signature: Signature,
    algorithm: Algorithm,
}

impl<'a> Signed<'a> {
    fn of(examined: &Examined<'a>) -> Option<Self> {
        let parts = Compact::split(examined.token?).ok()?;
        Some(Self {
            input: parts.signing_input,
            signature: Signature::decode(parts.signature).ok()?,
            algorithm: reading::algorithm(examined)?,
        })
    }

    fn fits(&self, key: &Key) -> bool {
        self.fits_on(self.input, key)
    }

    fn fits_on(&self, input: &str, key: &Key) -> bool {
        matches(input, &self.signature, key, self.algorithm)
    }
}

fn name(algorithm: Option<Algorithm>) -> &'static str {
    algorithm.map_or("known", Algorithm::name)
}

const UNFIT: &str = "one that does not match";

/// Of how many secrets of a host other forms are tried.
const MOST_SECRETS: usize = 4;

/// What systems for tests are called.
const TEST_SYSTEMS: [&str; 12] = [
    "test",
    "testing",
    "staging",
    "stage",
    "dev",
    "develop",
    "development",
    "qa",
    "sandbox",
    "preprod",
    "demo",
    "uat",
];
