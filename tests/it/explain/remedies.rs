//! What an explanation has one type, typed as it stands into the daemon's configuration.

use std::path::Path;

use super::first_failure;
use super::oidc::{Sample, examine_by};
use prosody_tokend::verifier::verdict::Examination;

/// What stands in front of what belongs into the daemon's own file, wherever else the host's options are.
const OWN_FILE: &str = "in the daemon's own config.toml, ";

/// Whether a remedy has something that can be typed.
pub fn is_typed(remedy: &str) -> bool {
    remedy.contains(OWN_FILE) || !assignments(remedy).is_empty()
}

/// The configuration with what a remedy has one type.
pub fn applied(toml: &str, host: &str, remedy: &str) -> String {
    let mut file = File {
        lines: toml.lines().map(str::to_owned).collect(),
        host: format!("[hosts.\"{host}\"]"),
    };
    let (options, own) = match remedy.split_once(OWN_FILE) {
        Some((options, own)) => (options, Some(own)),
        None => (remedy, None),
    };
    for (option, value, place) in assignments(options) {
        file.set(&place, option, value);
    }
    if let Some(taken) = between(options, "take ", " away") {
        let taken = taken.split(", ");
        taken.for_each(|option| file.take_away(option));
    }
    if let Some(own) = own {
        file.add(own);
    }
    file.lines.join("\n") + "\n"
}

/// What is still said of a token after a remedy: all of it must be let in, or what the remedy is about must be.
pub fn unmended(before: &Examination, after: &Examination, is_whole: bool) -> Option<String> {
    let failed = |examination: &Examination| {
        let failed = examination
            .checks
            .iter()
            .filter(|check| check.outcome.is_err());
        failed.map(|check| check.check).collect::<Vec<_>>()
    };
    let wrong = failed(before)[0];
    let is_mended = if is_whole {
        after.verdict.allowed()
    } else {
        !failed(after).contains(&wrong)
    };
    let said = first_failure(after).map(|failed| failed.explanation.to_string());
    (!is_mended).then(|| said.unwrap_or_else(|| "no check fails".to_owned()))
}

/// Where an option belongs.
#[derive(Debug, Clone)]
enum Place {
    Host,
    /// The section of the issuer of this name.
    Issuer(String),
    /// Where the claims of the issuer of this name are mapped.
    Claims(String),
}

/// Each option of a text with its value and the place that is named behind it, or behind one that "and" joins it with.
fn assignments(text: &str) -> Vec<(&str, &str, Place)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(" = ") {
        let sign = from + at;
        let name = text[..sign].rsplit(' ').next().unwrap();
        let value = value(&text[sign + 3..]);
        from = sign + 3 + value.len();
        if !name.is_empty() && !value.is_empty() && !is_quoted(&text[..sign]) {
            found.push((name, value, from));
        }
    }
    let placed = found.into_iter().map(|(name, value, end)| {
        let behind = &text[end..];
        let behind = match behind
            .strip_prefix(" and ")
            .map(|next| (next, next.find(" = ")))
        {
            Some((next, Some(sign))) => &next[sign + 3 + self::value(&next[sign + 3..]).len()..],
            Some((_, None)) | None => behind,
        };
        (name, value, place(behind))
    });
    placed.collect()
}

fn is_quoted(before: &str) -> bool {
    before.matches('"').count() % 2 == 1
}

fn place(behind: &str) -> Place {
    let name = |text: &str| text.split([' ', ',', ';']).next().unwrap().to_owned();
    if let Some(text) = behind.strip_prefix(" in the section of the issuer ") {
        Place::Issuer(name(text))
    } else if let Some(text) = behind.strip_prefix(" in the claims of the issuer ") {
        Place::Claims(name(text))
    } else {
        Place::Host
    }
}

/// The value that a text begins with.
fn value(text: &str) -> &str {
    let end = match text.chars().next() {
        Some('"') => text[1..].find('"').map(|end| end + 2),
        Some('[') => text.find(']').map(|end| end + 1),
        Some('{') => text.rfind('}').map(|end| end + 1),
        Some(_) => text.find([' ', ',', ';']).or(Some(text.len())),
        None => None,
    };
    &text[..end.unwrap_or(0)]
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

struct File {
    lines: Vec<String>,
    /// The line above the host's options.
    host: String,
}

impl File {
    /// The lines of a section, without the one above it.
    fn section(&self, place: &Place) -> std::ops::Range<usize> {
        let line = |wanted: &str| self.lines.iter().position(|line| line == wanted);
        let issuer = |name: &str| line(&format!("name = \"{name}\""));
        let first = match place {
            Place::Host => line(&self.host).map(|at| at + 1),
            Place::Issuer(name) => issuer(name),
            Place::Claims(name) => issuer(name).and_then(|from| {
                let mut below = self.lines.iter().skip(from);
                let at = below.position(|line| line.ends_with(".issuers.claims]"))?;
                Some(from + at + 1)
            }),
        };
        let first = first.unwrap_or_else(|| panic!("no {place:?} in\n{}", self.lines.join("\n")));
        let length = self.lines[first..]
            .iter()
            .position(|line| line.starts_with('['));
        first..length.map_or(self.lines.len(), |length| first + length)
    }

    fn set(&mut self, place: &Place, option: &str, value: &str) {
        let section = self.section(place);
        let start = format!("{option} = ");
        let line = format!("{start}{value}");
        let mut old = section.clone();
        match old.find(|at| self.lines[*at].starts_with(&start)) {
            Some(at) => self.lines[at] = line,
            None => self.lines.insert(section.start, line),
        }
    }

    fn take_away(&mut self, option: &str) {
        let start = format!("{option} = ");
        let mut section = self.section(&Place::Host);
        let at = section.find(|at| self.lines[*at].starts_with(&start));
        self.lines
            .remove(at.unwrap_or_else(|| panic!("no {option}")));
    }

    /// Does what stands behind the name of the file.
    fn add(&mut self, told: &str) {
        let (place, text) = told.split_once(": ").unwrap();
        let below = format!("below {}", self.host);
        if place == format!("add {below}") {
            let at = self.section(&Place::Host).start;
            self.lines.insert(at, text.to_owned());
        } else if place == format!("add to issuers {below}") {
            let mut section = self.section(&Place::Host);
            let list = section
                .find(|at| self.lines[*at].starts_with("issuers = ["))
                .unwrap();
            let line = self.lines[list].strip_suffix(']').unwrap();
            self.lines[list] = format!("{line}, {text}]");
        } else {
            self.add_section(told);
        }
    }

    fn add_section(&mut self, told: &str) {
        let told = told.strip_prefix("add at the end: ").unwrap();
        let (section, lines) = told.split_once(" and below it, one a line: ").unwrap();
        let lines = lines
            .split("; ")
            .map(|line| line.split(", with the issuer's ").next().unwrap());
        self.lines.push(section.to_owned());
        self.lines.extend(lines.map(str::to_owned));
    }
}

/// A configuration of the daemon that has the host's options from a file of this name, with this text.
fn beside(folder: &Path, setting: &str, name: &str, text: &str) -> String {
    let path = folder.join(name);
    #[expect(clippy::disallowed_methods, reason = "writes a configuration")]
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    format!("{setting} = \"{path}\"\n[hosts.\"meet.example.com\"]\n")
}

#[test]
fn an_issuer_is_added_to_the_daemons_own_file_wherever_the_host_is_configured() {
    let secret = "0123456789abcdef0123456789abcdef";
    let lua = |options: &str| {
        format!(
            "VirtualHost \"meet.example.com\"\nauthentication = \"token\"\napp_id = \"jitsi\"\napp_secret = \"{secret}\"\n\
             {options}\nComponent \"conference.meet.example.com\" \"muc\"\n"
        )
    };
    let variables = |lines: &str| {
        format!(
            "ENABLE_AUTH=1\nAUTH_TYPE=jwt\nJWT_APP_ID=jitsi\nJWT_APP_SECRET={secret}\nXMPP_DOMAIN=meet.example.com\n\
             XMPP_MUC_DOMAIN=conference.meet.example.com\n{lines}"
        )
    };
    let v1 = "cache_keys_url = \"https://login.microsoftonline.com/common/discovery/keys\"";
    let folder = tempfile::tempdir().unwrap();
    let in_lua = |options: &str| {
        beside(
            folder.path(),
            "prosody_config",
            "prosody.cfg.lua",
            &lua(options),
        )
    };
    let in_variables =
        |lines: &str| beside(folder.path(), "docker_env_file", ".env", &variables(lines));
    for (name, policy, says) in [
        (
            "keycloak-access",
            in_lua(""),
            "; in the daemon's own config.toml, add below",
        ),
        ("entra-access-v1", in_lua(""), v1),
    ] {
        assert_added(name, &policy, says);
    }
    for (name, policy, says) in [
        (
            "okta-access",
            in_variables(""),
            "accepted_types = [\"none\"], claims",
        ),
        ("entra-access-v1", in_variables(""), v1),
    ] {
        assert_added(name, &policy, says);
    }
}

/// What is said is typed into the daemon's own file, and lets the token in.
fn assert_added(name: &str, policy: &str, says: &str) {
    let sample = Sample::of(name);
    let before = examine_by(&sample, policy.to_owned(), &sample);
    let explanation = &first_failure(&before).unwrap().explanation;
    let said = explanation.to_string();
    assert!(said.contains(says), "{name}: {said}");
    let changed = applied(policy, "meet.example.com", &explanation.remedy);
    let after = examine_by(&sample, changed.clone(), &sample);
    assert_eq!(unmended(&before, &after, true), None, "{name}: {changed}");
}

#[test]
fn what_the_host_leaves_to_an_issuer_is_named_as_it_is_written_there() {
    let folder = tempfile::tempdir().unwrap();
    let text = "VirtualHost \"meet.example.com\"\nauthentication = \"token\"\napp_id = \"jitsi\"\ncache_keys_url = \
        \"https://keys.example.com/jwks.json\"\nasap_accepted_issuers = { \"jitsi\", \"https://sso.acme.example/realms/acme\" }\n";
    let variables = "ENABLE_AUTH=1\nAUTH_TYPE=jwt\nJWT_APP_ID=jitsi\nJWT_APP_SECRET=0123456789abcdef0123456789abcdef\n\
        JWT_ACCEPTED_ISSUERS=jitsi,https://sso.acme.example/realms/acme\nXMPP_DOMAIN=meet.example.com\n";
    for (setting, name, text, says) in [
        (
            "prosody_config",
            "prosody.cfg.lua",
            text,
            "set asap_accepted_issuers = { \"jitsi\" }; in the daemon's own config.toml, add below",
        ),
        (
            "docker_env_file",
            ".env",
            variables,
            "set JWT_ACCEPTED_ISSUERS=jitsi; in the daemon's own config.toml, add below",
        ),
    ] {
        let sample = Sample::of("keycloak-access");
        let policy = beside(folder.path(), setting, name, text);
        let examination = examine_by(&sample, policy, &sample);
        let failed = examination
            .checks
            .iter()
            .filter_map(|check| check.outcome.as_ref().err());
        let said: Vec<String> = failed
            .map(|failed| failed.explanation.to_string())
            .collect();
        assert!(said.iter().any(|said| said.contains(says)), "{said:#?}");
        assert!(
            said.iter()
                .any(|said| said.contains("discover = true, audience_claim = \"azp\""))
        );
    }
}
