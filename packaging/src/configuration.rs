//! The manual page of the configuration file, from the table of options.

use std::path::PathBuf;

use prosody_tokend::options::{
    self, DefaultValue, Kind, KnownOption, Place, Role, TakesEffect, Unit,
};
use roff::{Roff, bold, italic, roman};

use crate::commands::notes::SETTINGS;
use crate::page::{self, CONFIGURATION, PROGRAM};
use crate::{DescribeError, Described};

/// The page.
pub fn page(date: &str) -> Result<Described, DescribeError> {
    let mut roff = Roff::new();
    let source = page::source();
    roff.control(
        "TH",
        [
            "PROSODY-TOKEND.TOML",
            "5",
            date,
            &source,
            "Prosody's token verifier",
        ],
    );
    beginning(&mut roff);
    every_option(&mut roff);
    end(&mut roff);
    Ok(Described {
        path: PathBuf::from("man/man5").join(format!("{CONFIGURATION}.5")),
        content: roff.to_roff().into_bytes(),
    })
}

fn beginning(roff: &mut Roff) {
    page::section(roff, "NAME");
    roff.text([roman(format!(
        "{CONFIGURATION} - the configuration of {PROGRAM}"
    ))]);
    page::section(roff, "SYNOPSIS");
    roff.text([italic(FILE)]);
    page::section(roff, "DESCRIPTION");
    let (first, others) = DESCRIPTION.split_first().unwrap_or((&"", &[]));
    roff.text([roman(*first)]);
    for text in others {
        page::paragraph(roff, text);
    }
}

const FILE: &str = "/etc/prosody-tokend/config.toml";

const DESCRIPTION: &[&str] = &[
    "The file is TOML. Options of the daemon stand above all sections, or in the section that is named with them here. Options \
     of a host stand in a section [hosts.\"DOMAIN\"], one for each VirtualHost of Prosody with tokens, and have Prosody's names \
     and meanings: where prosody_config names Prosody's configuration they may stand there as well, and what stands here counts \
     before it. A relative path is meant from the folder of the file in which it stands.",
    "What is wrong, or unknown, is refused at the start, with its line and what was expected. A change counts as soon as it is \
     saved, if nothing is wrong with the whole file, and where it is not said that it waits for the next start. prosody-tokend \
     check shows what is in force, and where each value is from.",
];

fn every_option(roff: &mut Roff) {
    let of =
        |is_there: fn(Place) -> bool| options::all().filter(move |option| is_there(option.place));
    page::section(roff, "OPTIONS OF THE DAEMON");
    add(roff, of(|place| matches!(place, Place::Daemon(_))));
    page::section(roff, "OPTIONS OF A HOST");
    add(
        roff,
        of(|place| matches!(place, Place::Host | Place::HostAsJitsi)),
    );
    page::section(roff, "OPTIONS OF A HOST'S FURTHER ISSUERS");
    roff.text([roman(FURTHER)]);
    page::paragraph(roff, &shared());
    let own = options::of_issuers().filter(|option| option.place == Place::Issuer);
    add(roff, own);
    page::section(roff, "OPTIONS OF A GATEWAY");
    roff.text([roman(GATEWAY)]);
    add(roff, options::of_gateways());
    page::section(roff, "OPTIONS IN PROSODY'S CONFIGURATION ALONE");
    add(roff, of(|place| place == Place::Prosody));
}

/// The options that issuers have under the names that they have for hosts.
fn shared() -> String {
    let shared = options::of_issuers().filter(|option| option.is_hosts());
    let names: Vec<&str> = shared.map(|option| option.name).collect();
    format!(
        "Each may have these options of hosts as well: {}. Of those that are not about keys the host's value counts where an \
         issuer has none; accept_audience_array alone is true unless the issuer says otherwise.",
        names.join(", ")
    )
}

const FURTHER: &str = "A section [[hosts.\"DOMAIN\".issuers]], in double brackets, describes a further issuer of a host's tokens, \
     with its own keys and bounds. There may be any number of them. Where there is one, the host itself needs no app_id and no \
     keys.";

const GATEWAY: &str = "A section [gateways.NAME] describes what proxies ask for at /v1/forward-auth/NAME. Options have the names that \
     Kong's jwt plugin has for them. Where there is a gateway there need be no host.";

fn add(roff: &mut Roff, options: impl Iterator<Item = &'static KnownOption>) {
    let mut group = None;
    for option in options {
        if group != Some(option.group) {
            roff.control("SS", [heading(option).as_str()]);
            group = Some(option.group);
        }
        entry(roff, option);
    }
}

fn heading(option: &KnownOption) -> String {
    let title = option.group.title();
    match option.place {
        Place::Daemon(section) if !section.is_empty() => format!("{title}: section [{section}]"),
        Place::Issuer => "Section [[hosts.\"DOMAIN\".issuers]]".to_owned(),
        Place::Gateway => "Section [gateways.NAME]".to_owned(),
        Place::Daemon(_) | Place::Host | Place::HostAsJitsi | Place::Prosody => title.to_owned(),
    }
}

fn entry(roff: &mut Roff, option: &KnownOption) {
    let term = [bold(option.path()), roman(" = "), italic(option.example)];
    let text = [option.meaning, option.detail].join(" ");
    page::entry(roff, term, text.trim_end());
    roff.control("IP", []);
    roff.text([roman(facts(option).join(" "))]);
}

/// What else is known of it, in short sentences.
fn facts(option: &KnownOption) -> Vec<String> {
    let mut facts = vec![format!("{}.", kind(option)), default(option)];
    match option.takes_effect {
        TakesEffect::AtStart => facts.push("A change waits for the next start.".to_owned()),
        TakesEffect::AtReload => {}
    }
    match option.place {
        Place::HostAsJitsi => {
            facts.push("Jitsi's modules have it under this name, too.".to_owned());
        }
        Place::Host | Place::Daemon(_) | Place::Prosody | Place::Issuer | Place::Gateway => {}
    }
    facts.extend(
        option
            .variable
            .map(|name| format!("Variable of docker-jitsi-meet: {name}.")),
    );
    facts
}

fn kind(option: &KnownOption) -> &'static str {
    let takes_several = option.role == Role::AppSecret;
    match option.kind {
        Kind::Text => "A string",
        Kind::Url => "A URL",
        Kind::Truth => "true or false",
        Kind::Number(Unit::Seconds) => "A number of seconds",
        Kind::Number(Unit::Bytes) => "A number of bytes",
        Kind::Number(Unit::Count) => "A whole number",
        Kind::Texts if option.place == Place::Issuer => "A string, or a list of them",
        Kind::Texts => "A list of strings",
        Kind::Secret if takes_several => "A secret, or a list of them",
        Kind::SecretFile if takes_several => "A path, or a list of them",
        Kind::Credential if takes_several => "A name, or a list of them",
        Kind::Secret => "A secret",
        Kind::SecretFile | Kind::File => "A path",
        Kind::Credential => "A name",
        Kind::Folder => "The path of a folder",
        Kind::Mapping => "A name, or a section",
        Kind::Table => "A section, or a table in braces",
    }
}

fn default(option: &KnownOption) -> String {
    match option.default {
        DefaultValue::Always => format!("Default: {}.", option.example),
        DefaultValue::From(others) => format!("Left out: {}.", others.join(" and ")),
        DefaultValue::Depends(words) => format!("Left out: {words}."),
        DefaultValue::Nothing => "Not set by default.".to_owned(),
        DefaultValue::Required => "Required.".to_owned(),
    }
}

fn end(roff: &mut Roff) {
    page::section(roff, "ENVIRONMENT");
    for (name, text) in SETTINGS {
        page::entry(roff, [bold(*name)], text);
    }
    page::section(roff, "FILES");
    page::entry(
        roff,
        page::file(FILE),
        "The configuration, unless --config names another one.",
    );
    page::entry(
        roff,
        page::file(SCHEMA),
        "A JSON Schema of it, for editors.",
    );
    page::section(roff, "EXAMPLES");
    page::example(roff, "A host whose issuer signs with a secret:", EXAMPLE);
    page::see_also(
        roff,
        &[
            (PROGRAM.to_owned(), "1"),
            ("prosody-tokend-check".to_owned(), "1"),
            ("prosody-tokend-doctor".to_owned(), "1"),
        ],
    );
}

const SCHEMA: &str = "/usr/share/prosody-tokend/config.schema.json";

/// A whole configuration.
pub const EXAMPLE: &str = "\
[hosts.\"meet.example.com\"]
app_id = \"my_app\"
app_secret_file = \"/etc/prosody-tokend/app_secret\"
muc_mapper_domain_base = \"meet.example.com\"
";
