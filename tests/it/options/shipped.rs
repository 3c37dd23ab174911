//! The file of settings that is shipped.

use prosody_tokend::options::{self, DefaultValue, Group, KnownOption, Place, TakesEffect};
use textwrap::{Options, WordSplitter};

const HEAD: &str = "\
#:schema /usr/share/prosody-tokend/config.schema.json
# prosody-tokend: every setting, with its default.
#
# Right as it is where Prosody has app_id and a secret or a key server for each host
# with authentication = \"token\". What is set here comes before what Prosody says.
#
# Lines that begin with \"# \" and a setting show the default, or an example where it
# has none; take the \"# \" away to change it. A setting can also come from the
# environment: PROSODY_TOKEND_LIMITS__BODY_BYTES=65536 is body_bytes in [limits], and
# a list stands between commas: PROSODY_TOKEND_SERVER_NAMES=a,b or, as JSON,
# [\"a\",\"b\"]. The environment wins over this file, the command line over both, and
# a list is replaced as a whole. What is wrong is refused at the start, with its
# line: \"prosody-tokend check\" shows that, and what is in force. A change counts as
# soon as it is saved, if nothing is wrong with it, and where it is not said that it
# waits for the next start.
";

const HOSTS: &str = "
# One section for each VirtualHost of Prosody with tokens. Options have Prosody's
# names and meanings; asap_accepted_audiences alone has a narrower default here.
# All of them may stand in Prosody's configuration as well, if prosody_config names
# it. A relative path is meant from the folder of the file in which it stands.
# [hosts.\"meet.example.com\"]
";

const ISSUERS: &str = "
# Further issuers of that host's tokens, each in a section of its own with double
# brackets, with keys and bounds of its own. What an issuer does not say the host
# says for it, but for keys. accept_audience_array is true here unless it is set.
# Of the options above these may stand here as well:
";

const SECTION: &str = "# [[hosts.\"meet.example.com\".issuers]]\n";

const GATEWAYS: &str = "
# --- Gateways ---

# A section for each name under which proxies ask whether a request passes, at
# /v1/forward-auth/NAME. Options have the names that Kong's jwt plugin has for them.
# Where there is a gateway there need be no host.
# [gateways.api]
";

/// Where Debian has Prosody's configuration.
const SET: &str = "prosody_config";

/// Settings above all sections, then hosts, then the other sections: TOML has them in this order.
pub fn write() -> String {
    let of =
        |is_there: fn(Place) -> bool| options::all().filter(move |option| is_there(option.place));
    let top = of(|place| place == Place::Daemon(""));
    let hosts = of(|place| matches!(place, Place::Host | Place::HostAsJitsi));
    let others = of(|place| matches!(place, Place::Daemon(section) if !section.is_empty()));
    let mut text = HEAD.to_owned();
    add(&mut text, top);
    text.push_str(HOSTS);
    add(&mut text, hosts);
    text.push_str(ISSUERS);
    text.push_str(&shared());
    text.push_str(SECTION);
    text.extend(
        options::of_issuers()
            .filter(|option| option.place == Place::Issuer)
            .map(setting),
    );
    text.push_str(GATEWAYS);
    text.extend(options::of_gateways().map(setting));
    add(&mut text, others);
    text
}

fn add(text: &mut String, options: impl Iterator<Item = &'static KnownOption>) {
    let mut group = None;
    for option in options {
        if group != Some(option.group) {
            text.push_str(&heading(option));
            group = Some(option.group);
        }
        text.push_str(&setting(option));
    }
}

/// The names of the options that issuers share with hosts.
fn shared() -> String {
    let shared = options::of_issuers().filter(|option| option.is_hosts());
    let names: Vec<&str> = shared.map(|option| option.name).collect();
    let width = Options::new(82)
        .initial_indent("# ")
        .subsequent_indent("# ");
    textwrap::fill(&format!("{}.", names.join(", ")), width) + "\n"
}

fn heading(option: &KnownOption) -> String {
    match (option.group, option.place) {
        (Group::Listening | Group::Modules, _) => String::new(),
        (_, Place::Daemon(section)) if !section.is_empty() => format!("\n[{section}]\n"),
        (group, _) => format!("\n# --- {} ---\n", group.title()),
    }
}

fn setting(option: &KnownOption) -> String {
    let KnownOption { name, example, .. } = option;
    let default = match option.default {
        DefaultValue::From(others) => format!("Left out: {}.", others.join(" and ")),
        DefaultValue::Depends(words) => format!("Left out: {words}."),
        DefaultValue::Required => "Required.".to_owned(),
        DefaultValue::Nothing if *name != SET => "Not set by default.".to_owned(),
        DefaultValue::Nothing | DefaultValue::Always => String::new(),
    };
    let waits = match option.takes_effect {
        TakesEffect::AtStart => "A change waits for the next start.",
        TakesEffect::AtReload => "",
    };
    let sentences = [option.meaning, option.detail, &default, waits];
    let sentences = sentences.into_iter().filter(|text| !text.is_empty());
    let comment = sentences.collect::<Vec<_>>().join(" ");
    let width = Options::new(82)
        .initial_indent("# ")
        .subsequent_indent("# ");
    let width = width
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    let comment = textwrap::fill(&comment, width);
    let mark = if *name == SET { "" } else { "# " };
    format!("\n{comment}\n{mark}{name} = {example}\n")
}
