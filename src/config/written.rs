//! A host's options in the words of where they are set: TOML, Prosody's Lua, or the variables of docker-jitsi-meet.

use std::collections::BTreeMap;

use crate::token::algorithm::Algorithm;
use crate::token::explain;

use super::layers::Dialect;
use super::raw::{ISSUERS, Section};
use crate::options;
use crate::origin::Origin;
use crate::prosody::setter::Setter;
use crate::secret::Secret;

/// How a host's options are written where they are set.
#[derive(Debug, Clone, Default)]
pub struct Written {
    host: String,
    /// The language in which an option would be written that is not set yet.
    form: Form,
    /// The place of each option that is set in another language than that.
    set: BTreeMap<&'static str, Place>,
    /// The secret as it is written, where that is another text than its value.
    literal: Option<Secret>,
    /// The name of the further issuer whose options they are, of which some have names of their own.
    issuer: Option<String>,
    /// Whether the host's further issuers are written as one list.
    lists_issuers: bool,
}

/// A language that options are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// The daemon's own file.
    #[default]
    Toml,
    /// Prosody's configuration.
    Lua,
    /// Variables of docker-jitsi-meet.
    Variables,
}

/// How and where one option is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub form: Form,
    /// The variable that sets it, with its line where it stands in a file.
    pub variable: Option<(String, Origin)>,
}

impl Written {
    /// How the options of a host that were asked for so far are written.
    #[must_use]
    pub fn of(section: &Section<'_>) -> Self {
        let prosodys = section.variables().map_or(Form::Lua, |_| Form::Variables);
        let form = if section.is_prosodys() {
            prosodys
        } else {
            Form::Toml
        };
        let origins = section.origins().into_iter();
        let set = origins.filter(|(name, _)| section.has(name));
        let set = set.map(|(name, origin)| {
            let place = match section.dialect(name) {
                Dialect::Own => Place::default(),
                Dialect::Prosody => Place {
                    form: prosodys,
                    variable: variable(section, &origin),
                },
            };
            (name, place)
        });
        let usual = Place {
            form,
            variable: None,
        };
        let set = set.filter(|(_, place)| *place != usual).collect();
        let literal = section.variables().and_then(literal);
        Self {
            literal: literal.filter(|_| section.dialect("app_secret") == Dialect::Prosody),
            lists_issuers: section.is_list(ISSUERS),
            ..Self::new(section.name().unwrap_or_default().to_owned(), form, set)
        }
    }

    /// How the options of one of the host's further issuers are written: in the daemon's own file.
    #[must_use]
    pub fn of_issuer(&self, name: &str) -> Self {
        Self {
            issuer: Some(name.to_owned()),
            ..self.clone()
        }
    }

    /// Whether the host's further issuers are written as one list, `issuers = [...]`.
    #[must_use]
    pub const fn lists_issuers(&self) -> bool {
        self.lists_issuers
    }

    const fn new(host: String, form: Form, set: BTreeMap<&'static str, Place>) -> Self {
        Self {
            host,
            form,
            set,
            literal: None,
            issuer: None,
            lists_issuers: false,
        }
    }

    /// The secret as it is written in a file of variables, where that is another text than its value.
    #[must_use]
    pub fn literal(&self) -> Option<&[u8]> {
        self.literal.as_ref().map(Secret::bytes)
    }

    /// An option with its origin.
    #[must_use]
    pub fn source(&self, option: &str, origin: &Origin) -> String {
        let place = self.set.get(option).filter(|_| !self.is_issuers(option));
        match place.and_then(|place| place.variable.as_ref()) {
            Some((name, Origin::File(path, Some(line)))) => {
                format!("{name} (line {line} of {})", path.display())
            }
            Some((name, _)) => format!("{name} in the environment"),
            None => format!("{}, {origin}", self.name(option)),
        }
    }

    /// A text that names options, with their names and values as they are written where they are set. What stands in
    /// quotes stays as it is, and so does what belongs into the daemon's own file.
    #[must_use]
    pub fn words(&self, text: &str) -> String {
        if let Some((text, own)) = text.split_once(explain::OWN_FILE) {
            return format!("{}{}{own}", self.words(text), explain::OWN_FILE);
        }
        // What names the file says already how it is written there.
        if text.contains("config.toml") {
            return text.to_owned();
        }
        let mut words = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (word, behind) = next(rest);
            rest = match (self.option(word), value(behind)) {
                (Some(option), Some((value, behind))) => {
                    words.push_str(&self.assignment(option, value));
                    words.push_str(&self.place(option, behind));
                    behind
                }
                (Some(option), None) if !is_of_issuers_alone(option) => {
                    words.push_str(&self.name(option));
                    behind
                }
                (Some(_) | None, _) => {
                    words.push_str(word);
                    behind
                }
            };
        }
        words
    }

    /// The option of this name.
    fn option(&self, word: &str) -> Option<&'static str> {
        let of_host = options::of_hosts().find(|option| option.name == word);
        let of_issuer = || {
            let mut all = options::of_issuers().filter(|_| self.issuer.is_some());
            all.find(|option| option.name == word)
        };
        of_host.or_else(of_issuer).map(|option| option.name)
    }

    /// Whether an option is the further issuer's, and not the host's.
    fn is_issuers(&self, option: &str) -> bool {
        let name = options::for_issuers(option);
        self.issuer.is_some() && options::of_issuers().any(|option| option.name == name)
    }

    /// Where an assignment belongs, behind the last of several.
    fn place(&self, option: &str, behind: &str) -> String {
        let another = behind.strip_prefix(" and ").is_some_and(|text| {
            let (word, behind) = next(text);
            self.option(word).is_some() && value(behind).is_some()
        });
        match &self.issuer {
            Some(issuer) if self.is_issuers(option) && !another => {
                format!(" in the section of the issuer {issuer}")
            }
            Some(_) | None => String::new(),
        }
    }

    fn form_of(&self, option: &str) -> Form {
        if self.is_issuers(option) {
            return Form::Toml;
        }
        self.set.get(option).map_or(self.form, |place| place.form)
    }

    fn name(&self, option: &str) -> String {
        if self.is_issuers(option) {
            return options::for_issuers(option).to_owned();
        }
        match (self.form_of(option), options::variable_of(option)) {
            (Form::Variables, Some(variable)) => variable.to_owned(),
            (Form::Toml | Form::Lua | Form::Variables, _) => option.to_owned(),
        }
    }

    fn assignment(&self, option: &str, value: &str) -> String {
        let form = self.form_of(option);
        if form != Form::Toml && option == "signature_algorithm" && !is_jitsis(value) {
            return format!(
                "{option} = {value} in the daemon's own config.toml, below [hosts.\"{}\"]",
                self.host
            );
        }
        match (form, options::variable_of(option)) {
            (Form::Toml, _) => format!("{} = {value}", self.name(option)),
            (Form::Lua, _) => format!("{option} = {}", lua(value, ", ")),
            (Form::Variables, Some(variable)) => format!("{variable}={}", plain(value)),
            // There commas separate the lines.
            (Form::Variables, None) => {
                format!("{option} = {} in XMPP_CONFIGURATION", lua(value, "; "))
            }
        }
    }
}

/// Hosts have none of this name, which may be a plain word in a text.
fn is_of_issuers_alone(option: &str) -> bool {
    options::named(option).is_none()
}

/// The secret of the last variable that sets it, which counts.
fn literal(variables: &[Setter]) -> Option<Secret> {
    let name = options::variable_of("app_secret")?;
    let last = variables.iter().rfind(|setter| setter.name == name);
    last?.literal.clone()
}

/// The variable that stands at this place.
fn variable(section: &Section<'_>, origin: &Origin) -> Option<(String, Origin)> {
    let mut variables = section.variables()?.iter();
    let setter = variables.rfind(|setter| setter.origin == *origin)?;
    Some((setter.name.clone(), setter.origin.clone()))
}

/// Jitsi's modules take no other algorithms, and deny all tokens with them.
fn is_jitsis(value: &str) -> bool {
    let algorithm = Algorithm::from_name(value.trim_matches('"'));
    algorithm.is_none_or(Algorithm::is_jitsis)
}

/// A list in Lua stands in braces.
fn lua(value: &str, separator: &str) -> String {
    match inner(value) {
        Some(items) => format!("{{ {} }}", items.replace(", ", separator)),
        None => value.to_owned(),
    }
}

/// A variable has neither brackets nor quotes.
fn plain(value: &str) -> String {
    inner(value)
        .unwrap_or(value)
        .replace('"', "")
        .replace(", ", ",")
}

fn inner(value: &str) -> Option<&str> {
    value.strip_prefix('[')?.strip_suffix(']')
}

/// The name, the text in quotes or the character that a text begins with, and what comes behind.
fn next(text: &str) -> (&str, &str) {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let length = if let Some(quoted) = text.strip_prefix('"') {
        quoted.find('"').map_or(1, |end| end.saturating_add(2))
    } else {
        let first = text.chars().next().map_or(0, char::len_utf8);
        text.find(|c| !is_of_name(c))
            .unwrap_or(text.len())
            .max(first)
    };
    text.split_at_checked(length).unwrap_or((text, ""))
}

/// The value behind a name and an equals sign, and what comes behind that.
fn value(text: &str) -> Option<(&str, &str)> {
    let value = text.strip_prefix(" = ")?;
    let length = match value.chars().next()? {
        '[' => value.find(']')?.checked_add(1)?,
        '"' => value.get(1..)?.find('"')?.checked_add(2)?,
        '{' => value.len().saturating_sub(behind_table(value)?.len()),
        _ => value
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(value.len()),
    };
    value.split_at_checked(length)
}

/// What comes behind a table in braces that a text begins with.
fn behind_table(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let end = text.find(|c| {
        depth = match c {
            '{' => depth.saturating_add(1),
            '}' => depth.saturating_sub(1),
            _ => depth,
        };
        depth == 0
    })?;
    text.get(end.checked_add(1)?..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: Form) -> Written {
        Written::new("meet.example.com".to_owned(), form, BTreeMap::new())
    }

    #[test]
    fn a_text_has_options_as_they_are_written_where_they_are_set() {
        for (text, toml, lua, variables) in [
            (
                "set aud to \"app_id\", or add it to asap_accepted_audiences",
                "set aud to \"app_id\", or add it to asap_accepted_audiences",
                "set aud to \"app_id\", or add it to asap_accepted_audiences",
                "set aud to \"app_id\", or add it to JWT_ACCEPTED_AUDIENCES",
            ),
            (
                "set asap_accepted_audiences = [\"a\", \"b\"], or leave it",
                "set asap_accepted_audiences = [\"a\", \"b\"], or leave it",
                "set asap_accepted_audiences = { \"a\", \"b\" }, or leave it",
                "set JWT_ACCEPTED_AUDIENCES=a,b, or leave it",
            ),
            (
                "accept it with accepted_types = [\"JWT\", \"at+jwt\"]",
                "accept it with accepted_types = [\"JWT\", \"at+jwt\"]",
                "accept it with accepted_types = { \"JWT\", \"at+jwt\" }",
                "accept it with accepted_types = { \"JWT\"; \"at+jwt\" } in XMPP_CONFIGURATION",
            ),
            (
                "set signature_algorithm = \"RS512\"",
                "set signature_algorithm = \"RS512\"",
                "set signature_algorithm = \"RS512\"",
                "set JWT_SIGN_TYPE=RS512",
            ),
            (
                "set signature_algorithm = \"PS256\"",
                "set signature_algorithm = \"PS256\"",
                "set signature_algorithm = \"PS256\" in the daemon's own config.toml, below [hosts.\"meet.example.com\"]",
                "set signature_algorithm = \"PS256\" in the daemon's own config.toml, below [hosts.\"meet.example.com\"]",
            ),
            (
                "allow_empty_token = true; xapp_secret; app_secret",
                "allow_empty_token = true; xapp_secret; app_secret",
                "allow_empty_token = true; xapp_secret; app_secret",
                "JWT_ALLOW_EMPTY=true; xapp_secret; JWT_APP_SECRET",
            ),
            (
                "app_secret in config.toml, \"",
                "app_secret in config.toml, \"",
                "app_secret in config.toml, \"",
                "app_secret in config.toml, \"",
            ),
        ] {
            assert_eq!(written(Form::Toml).words(text), toml);
            assert_eq!(written(Form::Lua).words(text), lua);
            assert_eq!(written(Form::Variables).words(text), variables);
        }
    }

    #[test]
    fn an_option_of_an_issuer_is_named_with_its_section() {
        for (text, expected) in [
            (
                "set aud to \"a\", or set asap_accepted_audiences = [\"a\", \"b\"]",
                "set aud to \"a\", or set audiences = [\"a\", \"b\"] in the section of the issuer acme",
            ),
            (
                "set audience_claim = \"azp\" and audiences = [\"web\"]",
                "set audience_claim = \"azp\" and audiences = [\"web\"] in the section of the issuer acme",
            ),
            (
                "set moderators = true, or leave it",
                "set moderators = true in the section of the issuer acme, or leave it",
            ),
            (
                "set claims = { room = \"*\", context = { user = { id = \"/sub\" } } }",
                "set claims = { room = \"*\", context = { user = { id = \"/sub\" } } } in the section of the issuer acme",
            ),
            (
                "set enable_domain_verification = false",
                "set JWT_ENABLE_DOMAIN_VERIFICATION=false",
            ),
            (
                "take app_id away; in the daemon's own config.toml, add below x: leeway = 5",
                "take issuer away; in the daemon's own config.toml, add below x: leeway = 5",
            ),
            ("the rooms of the issuer", "the rooms of the issuer"),
        ] {
            let written = written(Form::Variables).of_issuer("acme");
            assert_eq!(written.words(text), expected);
        }
    }

    #[test]
    fn what_belongs_into_the_daemons_own_file_stays_toml() {
        let text = "set asap_accepted_issuers = [\"a\"]; in the daemon's own config.toml, add below x: leeway = 5";
        let own = "; in the daemon's own config.toml, add below x: leeway = 5";
        for (form, before) in [
            (Form::Toml, "set asap_accepted_issuers = [\"a\"]"),
            (Form::Lua, "set asap_accepted_issuers = { \"a\" }"),
            (Form::Variables, "set JWT_ACCEPTED_ISSUERS=a"),
        ] {
            assert_eq!(written(form).words(text), format!("{before}{own}"));
        }
    }

    #[test]
    fn an_option_that_a_variable_set_is_named_by_it_and_its_line() {
        let place = |origin| Place {
            form: Form::Variables,
            variable: Some(("JWT_APP_ID".to_owned(), origin)),
        };
        for (origin, source) in [
            (
                Origin::File("/srv/.env".into(), Some(3)),
                "JWT_APP_ID (line 3 of /srv/.env)",
            ),
            (
                Origin::Variable("JWT_APP_ID".to_owned()),
                "JWT_APP_ID in the environment",
            ),
        ] {
            let set = BTreeMap::from([("app_id", place(origin.clone()))]);
            let written = Written::new(String::new(), Form::Variables, set);
            assert_eq!(written.source("app_id", &origin), source);
        }
        let origin = Origin::File("/t.toml".into(), Some(2));
        assert_eq!(
            written(Form::Toml).source("app_id", &origin),
            "app_id, /t.toml:2"
        );
        assert_eq!(
            written(Form::Variables).source("asap_accepted_issuers", &Origin::Default),
            "JWT_ACCEPTED_ISSUERS, default"
        );
    }
}
