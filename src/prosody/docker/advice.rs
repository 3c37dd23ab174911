//! What is to be said about the image's variables: where the image does another thing than their names suggest.

use super::variables::{Authentication, Variables, truth};
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::prosody::docker::env_file::Variable;
use crate::prosody::host_names;
use crate::prosody::model::Warning;
use crate::token::algorithm::Algorithm;

/// Refuses values that no token can be good for.
///
/// # Errors
/// The first of them.
pub(super) fn refuse(variables: &Variables<'_>) -> Result<(), Box<ConfigProblem>> {
    let secret = variables.get("JWT_APP_SECRET");
    if let Some(secret) = secret.filter(|secret| begins_pem(&secret.value)) {
        return Err(problem(
            secret,
            "begins a PEM file",
            "a secret there; public keys go to JWT_ASAP_KEYSERVER, or to public_key_file in the daemon's own \
             configuration (config.toml)",
        ));
    }
    for name in DOMAINS {
        if let Some(domain) = variables.get(name)
            && let Some(meant) = host_names::intended_host(&domain.value)
        {
            return Err(problem(
                domain,
                "is more than a domain's name",
                &format!("{name}={meant}"),
            ));
        }
    }
    let mut lists = LISTS.iter().filter_map(|name| variables.get(name));
    let bracketed = lists.find(|list| list.value.trim_start().starts_with(['[', '{']));
    if let Some(list) = bracketed {
        let expected = "names with commas between them: a,b";
        return Err(problem(list, "is a list in brackets", expected));
    }
    let is_text = |name: &&&str| !SWITCHES.contains(name);
    let texts = OF_TOKENS.iter().filter(is_text).chain(&DOMAINS);
    let mut texts = texts.filter_map(|name| variables.get(name));
    if let Some(text) = texts.find(|text| ends_text(&text.value)) {
        let found = "has a quote, a line break or a lone backslash, with which the image makes no text of it in \
                     Prosody's configuration";
        return Err(problem(
            text,
            found,
            "it without, or \\\\ for a backslash; one pair of quotes around the value in the file is no part of it",
        ));
    }
    Ok(())
}

fn problem(variable: &Variable, found: &str, expected: &str) -> Box<ConfigProblem> {
    Box::new(ConfigProblem {
        kind: ProblemKind::WrongValue,
        key: "docker".to_owned(),
        host: None,
        found: format!("that {} {found}", place(variable)),
        expected: expected.to_owned(),
        origin: variable.origin.clone(),
    })
}

/// Whether a value does not stay within the quotes that the image's templates put around it.
fn ends_text(value: &str) -> bool {
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let is_end = match c {
            '"' | '\n' | '\r' => true,
            '\\' => chars.next().is_none_or(|c| !ESCAPED.contains(c)),
            _ => false,
        };
        if is_end {
            return true;
        }
    }
    false
}

/// What stands behind a backslash in Lua.
const ESCAPED: &str = "abfnrtv\\\"'zxu0123456789";

fn begins_pem(value: &str) -> bool {
    value.trim_start().starts_with("-----BEGIN")
}

/// The variable, and its line in a file.
fn place(variable: &Variable) -> String {
    match variable.origin {
        Origin::File(_, Some(line)) => format!("{} (line {line})", variable.name),
        _ => variable.name.clone(),
    }
}

/// What works otherwise than it looks.
pub(super) fn warnings(variables: &Variables<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    warnings.extend(of_authentication(variables));
    let names = variables.0.iter().enumerate();
    for (index, variable) in names {
        // What a later line sets again does not count.
        let is_last = !variables
            .0
            .iter()
            .skip(index.saturating_add(1))
            .any(|later| later.name == variable.name);
        if is_last {
            let text = of_variable(variable, variables);
            let origin = variable.origin.clone();
            warnings.extend(text.map(|text| Warning { text, origin }));
        }
    }
    warnings
}

fn of_authentication(variables: &Variables<'_>) -> Option<Warning> {
    let kind = variables.authentication_type();
    let switch = variables.get("ENABLE_AUTH");
    let (text, blamed) = match (variables.authentication(), switch) {
        (Authentication::Token | Authentication::HybridMatrix, None) => {
            (NOT_ENABLED, kind.or_else(|| variables.get("JWT_APP_ID")))
        }
        (Authentication::Nobody, Some(_)) => (SWITCHED_OFF, switch),
        (Authentication::Other, _) => (OTHER_TYPE, kind.or(switch)),
        (Authentication::Token | Authentication::HybridMatrix, Some(_))
        | (Authentication::Nobody, None) => return None,
    };
    Some(Warning {
        text: text.to_owned(),
        origin: blamed.map_or(Origin::Default, |variable| variable.origin.clone()),
    })
}

fn of_variable(variable: &Variable, variables: &Variables<'_>) -> Option<String> {
    let Variable { name, value, .. } = variable;
    let name = name.as_str();
    if !OF_TOKENS.contains(&name) && !SWITCHES.contains(&name) {
        return of_unknown(name);
    }
    if value.is_empty() {
        return OF_TOKENS
            .contains(&name)
            .then(|| format!("{name} is empty, which counts as not set"));
    }
    let unquoted = value.replace(['"', '\''], "");
    if SWITCHES.contains(&name) && !unquoted.is_empty() && truth(&unquoted).is_none() {
        return Some(format!(
            "{name} is neither 1, t, true nor 0, f, false, and the image takes everything else for true"
        ));
    }
    if LISTS.contains(&name) && value.split(',').any(|part| part != part.trim()) {
        return Some(format!(
            "{name} has blanks beside commas, which are part of the names: write a,b"
        ));
    }
    if name == "JWT_SIGN_TYPE" && !Algorithm::from_name(value).is_some_and(Algorithm::is_jitsis) {
        return Some(sign_type(value));
    }
    let is_hybrid = variables.authentication() == Authentication::HybridMatrix;
    (is_hybrid && OF_JWT_ALONE.contains(&name))
        .then(|| format!("{name} changes nothing with AUTH_TYPE=hybrid_matrix_token: that module takes JWT_APP_SECRET alone"))
}

fn sign_type(value: &str) -> String {
    let known = Algorithm::ALL.into_iter().filter(|known| known.is_jitsis());
    let names: Vec<&str> = known.map(Algorithm::name).collect();
    let meant = names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(value.trim().trim_matches(['"', '\''])));
    let advice = meant.map_or_else(
        || format!("one of {}", names.join(", ")),
        |meant| format!("JWT_SIGN_TYPE={meant}"),
    );
    format!(
        "JWT_SIGN_TYPE names no algorithm of Jitsi's modules, so that every token is denied: write {advice}"
    )
}

fn of_unknown(name: &str) -> Option<String> {
    let nearest = nearest(name);
    match nearest {
        Some(nearest) => Some(format!("unknown variable {name}; the nearest is {nearest}")),
        None if name.starts_with(PREFIX) => Some(format!(
            "{name} is none of the image's variables, and changes nothing; Prosody's options can be set in XMPP_CONFIGURATION"
        )),
        None => None,
    }
}

/// The variable that was probably meant.
fn nearest(name: &str) -> Option<&'static str> {
    let likeness = |known: &str| match (name.strip_prefix(PREFIX), known.strip_prefix(PREFIX)) {
        (Some(name), Some(known)) if known.ends_with(name) => 1.0,
        (Some(name), Some(known)) => strsim::jaro_winkler(name, known),
        (None, Some(_)) if strsim::osa_distance(name, known) <= 2 => 1.0,
        (_, _) => 0.0,
    };
    let known = OF_TOKENS.iter().copied();
    let best = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.8).then_some(best)
}

const NOT_ENABLED: &str =
    "without ENABLE_AUTH=1 the image lets everybody in, whatever token they have or have not";
const SWITCHED_OFF: &str = "with ENABLE_AUTH off the image lets everybody in, and takes no tokens";
const OTHER_TYPE: &str = "without AUTH_TYPE=jwt the image takes no tokens: write AUTH_TYPE=jwt (or PROSODY_AUTH_TYPE, which goes before it)";

const PREFIX: &str = "JWT_";
/// The image's variables that are about tokens alone.
const OF_TOKENS: [&str; 11] = [
    "JWT_ACCEPTED_ALLOWNER_ISSUERS",
    "JWT_ACCEPTED_AUDIENCES",
    "JWT_ACCEPTED_ISSUERS",
    "JWT_ALLOW_EMPTY",
    "JWT_APP_ID",
    "JWT_APP_SECRET",
    "JWT_ASAP_KEYSERVER",
    "JWT_AUTH_TYPE",
    "JWT_ENABLE_DOMAIN_VERIFICATION",
    "JWT_SIGN_TYPE",
    "JWT_TOKEN_AUTH_MODULE",
];
const SWITCHES: [&str; 5] = [
    "ENABLE_AUTH",
    "ENABLE_GUESTS",
    "ENABLE_JAAS_COMPONENTS",
    "JWT_ALLOW_EMPTY",
    "JWT_ENABLE_DOMAIN_VERIFICATION",
];
const DOMAINS: [&str; 3] = ["XMPP_DOMAIN", "XMPP_GUEST_DOMAIN", "XMPP_MUC_DOMAIN"];
const LISTS: [&str; 2] = ["JWT_ACCEPTED_AUDIENCES", "JWT_ACCEPTED_ISSUERS"];
const OF_JWT_ALONE: [&str; 3] = ["JWT_ASAP_KEYSERVER", "JWT_AUTH_TYPE", "JWT_SIGN_TYPE"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prosody::docker::config;
    use crate::prosody::docker::env_file;
    use crate::prosody::sandbox::apart::Evaluator;

    fn of(text: &str) -> Result<Vec<String>, String> {
        let file = env_file::parse("/.env".as_ref(), text);
        let config =
            config(&file.variables, &Evaluator::Here).map_err(|problem| problem.to_string())?;
        let warnings = config.warnings.into_iter();
        Ok(warnings
            .map(|Warning { text, origin }| format!("{text} [{origin}]"))
            .collect())
    }

    const GOOD: &str = "ENABLE_AUTH=1\nAUTH_TYPE=jwt\nJWT_APP_ID=a\n";

    #[test]
    fn what_the_image_makes_otherwise_than_it_looks_is_told_with_the_line() {
        for (text, expected, line) in [
            (
                "AUTH_TYPE=jwt\nJWT_APP_ID=a",
                "without ENABLE_AUTH=1 the image lets everybody in",
                1,
            ),
            ("\nJWT_APP_ID=a", "without ENABLE_AUTH=1", 2),
            (
                "AUTH_TYPE=jwt\nENABLE_AUTH=0\nJWT_APP_ID=a",
                "with ENABLE_AUTH off",
                2,
            ),
            (
                "ENABLE_AUTH=1\nAUTH_TYPE=internal\nJWT_APP_ID=a",
                "without AUTH_TYPE=jwt",
                2,
            ),
            (
                "ENABLE_AUTH=1\nAUTH_TYPE=jwt\nPROSODY_AUTH_TYPE=token",
                "without AUTH_TYPE=jwt",
                3,
            ),
            ("ENABLE_AUTH=1\nJWT_APP_ID=a", "without AUTH_TYPE=jwt", 1),
            (
                "JWT_ALLOW_EMPTY=yes",
                "JWT_ALLOW_EMPTY is neither 1, t, true nor",
                4,
            ),
            (
                "JWT_ENABLE_DOMAIN_VERIFICATION=no",
                "takes everything else for true",
                4,
            ),
            ("ENABLE_GUESTS=on", "ENABLE_GUESTS is neither", 4),
            ("JWT_APP_SECRET=", "JWT_APP_SECRET is empty", 4),
            (
                "JWT_APP_SECRET=x\nJWT_APP_SECRET=",
                "JWT_APP_SECRET is empty",
                5,
            ),
            (
                "JWT_SECRET=x",
                "unknown variable JWT_SECRET; the nearest is JWT_APP_SECRET",
                4,
            ),
            ("JTW_APP_SECRET=x", "the nearest is JWT_APP_SECRET", 4),
            (
                "JWT_ACCEPTED_ISSUER=x",
                "the nearest is JWT_ACCEPTED_ISSUERS",
                4,
            ),
            ("JWT_SIGNATURE_TYPE=x", "the nearest is JWT_SIGN_TYPE", 4),
            (
                "JWT_ASAP_KEY_SERVER=x",
                "the nearest is JWT_ASAP_KEYSERVER",
                4,
            ),
            (
                "JWT_CACHE_KEYS_URL=x",
                "JWT_CACHE_KEYS_URL is none of the image's variables",
                4,
            ),
            (
                "JWT_ACCEPTED_ISSUERS=a, b",
                "JWT_ACCEPTED_ISSUERS has blanks beside commas",
                4,
            ),
            (
                "JWT_ACCEPTED_AUDIENCES='a ,b'",
                "has blanks beside commas",
                4,
            ),
            (
                "AUTH_TYPE=hybrid_matrix_token\nJWT_ASAP_KEYSERVER=https://k",
                "JWT_ASAP_KEYSERVER changes nothing",
                5,
            ),
            (
                "AUTH_TYPE=hybrid_matrix_token\nJWT_SIGN_TYPE=HS512",
                "JWT_SIGN_TYPE changes nothing",
                5,
            ),
        ] {
            let whole = if line < 4 {
                text.to_owned()
            } else {
                format!("{GOOD}{text}")
            };
            let warnings = of(&whole).unwrap();
            let is_told = |warning: &String| {
                warning.contains(expected) && warning.ends_with(&format!("[/.env:{line}]"))
            };
            assert!(warnings.iter().any(is_told), "{text}: {warnings:?}");
        }
    }

    #[test]
    fn an_algorithm_that_denies_every_token_is_told_of_with_the_one_that_is_meant() {
        for (value, expected) in [
            ("hs512", "write JWT_SIGN_TYPE=HS512 [/.env:4]"),
            ("rs256", "write JWT_SIGN_TYPE=RS256 [/.env:4]"),
            (
                "ES256",
                "write one of HS256, HS384, HS512, RS256, RS384, RS512 [/.env:4]",
            ),
            ("none", "every token is denied: write one of"),
        ] {
            let warnings = of(&format!("{GOOD}JWT_SIGN_TYPE={value}")).unwrap();
            assert!(
                warnings.iter().any(|warning| warning.contains(expected)),
                "{value}: {warnings:?}"
            );
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_as_it_should_be() {
        for text in [
            "",
            "JWT_ALLOW_EMPTY=1",
            "JWT_ALLOW_EMPTY='\"true\"'",
            "JWT_ACCEPTED_ISSUERS=a,b",
            "JWT_ACCEPTED_ALLOWNER_ISSUERS=a",
            "JWT_SIGN_TYPE=HS512",
            "JWT_APP_SECRET=\nJWT_APP_SECRET=x",
            "JVB_PORT=1\nTZ=UTC",
        ] {
            assert_eq!(of(&format!("{GOOD}{text}")).unwrap(), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_value_that_no_token_can_be_good_for_is_refused_with_its_line() {
        for (text, expected) in [
            (
                "JWT_APP_SECRET=-----BEGIN PUBLIC KEY-----",
                "JWT_APP_SECRET (line 4) begins a PEM file",
            ),
            (
                "JWT_APP_SECRET=\"-----BEGIN PUBLIC KEY-----\\nhunter2\\n\"",
                "JWT_APP_SECRET (line 4) begins a PEM file",
            ),
            (
                "JWT_SIGN_TYPE=RS256\nJWT_APP_SECRET='-----BEGIN PRIVATE KEY-----\nhunter2\n'",
                "JWT_APP_SECRET (line 5) begins",
            ),
            (
                "JWT_APP_SECRET='\"hunter2\"'",
                "JWT_APP_SECRET (line 4) has a quote, a line break or a lone backslash",
            ),
            (
                "JWT_APP_SECRET=hunter2\\",
                "JWT_APP_SECRET (line 4) has a quote",
            ),
            (
                "JWT_APP_SECRET='hunter2\nx'",
                "JWT_APP_SECRET (line 4) has a quote",
            ),
            (
                "JWT_APP_SECRET=a\"hunter2",
                "JWT_APP_SECRET (line 4) has a quote",
            ),
            (
                "XMPP_DOMAIN=https://meet.example.com",
                "XMPP_DOMAIN (line 4) is more than a domain's name, expected XMPP_DOMAIN=meet.example.com",
            ),
            (
                "XMPP_DOMAIN=meet.example.com:8443",
                "expected XMPP_DOMAIN=meet.example.com",
            ),
            (
                "XMPP_MUC_DOMAIN=http://muc.meet.example.com/",
                "expected XMPP_MUC_DOMAIN=muc.meet.example.com",
            ),
            (
                "JWT_ACCEPTED_AUDIENCES=[\"jitsi\",\"x\"]",
                "JWT_ACCEPTED_AUDIENCES (line 4) is a list in brackets",
            ),
            (
                "JWT_ACCEPTED_ISSUERS={ \"hunter2\" }",
                "JWT_ACCEPTED_ISSUERS (line 4) is a list in brackets",
            ),
        ] {
            let refusal = of(&format!("{GOOD}{text}")).expect_err(text);
            assert!(refusal.contains(expected), "{refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
}
