//! The page on issuers says what is so: each of its configurations is taken, and does what the page says of it.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes files of the project, and makes the files that configurations name"
)]

mod bounds;
mod presets;
mod providers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use prosody_tokend::config::{self, Config, layers::Inputs};
use prosody_tokend::keys::store::RecordedAnswers;
use prosody_tokend::options;
use prosody_tokend::peer::Peer;
use prosody_tokend::token::decision::Presented;
use prosody_tokend::token::reason::Reason;
use prosody_tokend::token::room::RoomState;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::overrides::Overrides;
use prosody_tokend::verifier::question::{RoomName, RoomQuestion, TokenQuestion};
use prosody_tokend::verifier::verdict::TokenVerdict;
use prosody_tokend::worker::Worker;
use support::issuer::alice;
use support::root;
use tempfile::TempDir;

const PAGE: &str = "docs/issuers.md";
const HOST: &str = "meet.example.com";

fn page() -> String {
    fs::read_to_string(root().join(PAGE)).unwrap()
}

/// The configurations of the page, each with the heading that it stands below.
pub fn configurations() -> Vec<(String, String)> {
    configurations_of(&page())
}

fn configurations_of(document: &str) -> Vec<(String, String)> {
    let (mut heading, mut found, mut block) = (String::new(), Vec::new(), None::<String>);
    for line in document.lines() {
        match (line, &mut block) {
            ("```toml", _) => block = Some(String::new()),
            ("```", Some(text)) => {
                found.push((heading.clone(), text.clone()));
                block = None;
            }
            (line, Some(text)) => text.extend([line, "\n"]),
            (line, None) if line.starts_with('#') => {
                line.trim_matches(['#', ' ']).clone_into(&mut heading);
            }
            (_, None) => {}
        }
    }
    found
}

/// The configurations below a heading.
fn below(heading: &str) -> Vec<String> {
    let all = configurations().into_iter();
    let below = all.filter(|(own, _)| own == heading);
    let below: Vec<String> = below.map(|(_, text)| text).collect();
    assert!(!below.is_empty(), "{heading} has no configuration");
    below
}

/// The secret in each file of secrets that a configuration names.
fn secret(name: &str) -> String {
    format!("the secret of {name}, which is long enough")
}

/// A configuration of the page, with the files that it names.
fn load(text: &str) -> Config {
    let folder = TempDir::new().unwrap();
    let own = "[hosts.\"meet.example.com\"]\n";
    let base = "muc_mapper_domain_base = \"meet.example.com\"\n";
    let whole = if text.contains(own) {
        text.to_owned()
    } else {
        format!("{own}{base}{text}")
    };
    for path in whole
        .split('"')
        .filter_map(|part| part.strip_prefix("/etc/prosody-tokend/"))
    {
        let content = match path.strip_suffix(".secret") {
            Some(name) => secret(name),
            None => alice().public_pem(),
        };
        fs::write(folder.path().join(path), content).unwrap();
    }
    let there = folder.path().display().to_string();
    let sources = Inputs {
        file: Some((
            "/etc/t.toml".into(),
            whole.replace("/etc/prosody-tokend", &there),
        )),
        ..Inputs::default()
    };
    config::load(&sources).unwrap_or_else(|refused| panic!("{whole}\n{refused}"))
}

/// What is decided on a token, and on this room if it is let in.
fn verify(
    config: Config,
    answers: RecordedAnswers,
    token: &str,
    room: &str,
    now: i64,
) -> TokenVerdict {
    let patterns = Arc::new(Worker::for_patterns().unwrap());
    let verifier = Verifier::new(config.hosts, answers, patterns, Box::new(move || now));
    let question = TokenQuestion {
        opens_session: false,
        asker: Peer::Own,
        presented: Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        },
        room: Some(RoomQuestion {
            room: RoomName::JidOrName(room),
            state: RoomState::default(),
            query_prefix: None,
        }),
        overrides: Overrides::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let verdict = runtime.block_on(verifier.verify(Some(HOST), &question));
    verdict.unwrap_or_else(|undecided| panic!("{undecided}"))
}

/// The code of the reason for which a token, or its join, is denied; `allowed` where neither is.
fn code(verdict: &TokenVerdict) -> &'static str {
    let of_room = || verdict.room.as_ref()?.decision.as_ref().err();
    let denial = verdict.admission.as_ref().err().or_else(of_room);
    denial.map_or("allowed", |denial| denial.reason.code())
}

/// The rows of the tables whose titles begin so.
fn table(titles: &str) -> Vec<Vec<String>> {
    let page = page();
    let begin = format!("\n| {titles} |");
    let tables = page.split(&begin).skip(1);
    let rows = tables.flat_map(|table| {
        let lines = table.lines().skip(2);
        lines.take_while(|line| line.starts_with('|'))
    });
    let cells = |row: &str| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "no table has {titles}");
    rows
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn each_configuration_of_the_page_and_the_readme_is_taken_without_a_warning() {
    let all = configurations();
    assert!(all.len() > 12, "only {} configurations", all.len());
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let of_readme = configurations_of(&readme);
    assert!(!of_readme.is_empty());
    for (heading, text) in all.into_iter().chain(of_readme) {
        // What the sections of the providers begin with is no host yet.
        if !text.contains("issuers]]") {
            continue;
        }
        let config = load(&text);
        assert_eq!(config.warnings, [""; 0], "{heading}: {text}");
        let host = &config.hosts[HOST];
        let named = text.matches("issuers]]\n").count();
        assert_eq!(host.policy.issuers.iter().count(), named, "{heading}");
    }
}

#[test]
fn each_option_in_a_table_of_the_page_is_one_of_an_issuer() {
    let known: BTreeSet<&str> = options::of_issuers().map(|option| option.name).collect();
    let rows: Vec<Vec<String>> = [table("option"), table("option of the issuer")].concat();
    let named = rows.iter().flat_map(|row| quoted(&row[0]));
    let unknown: Vec<&str> = named.filter(|name| !known.contains(name)).collect();
    assert_eq!(unknown, [""; 0], "they are no options of issuers");
}

#[test]
fn each_option_of_an_issuer_is_on_the_page() {
    let page = page();
    for option in options::of_issuers() {
        let forms = [format!("`{}`", option.name), format!("{} = ", option.name)];
        let is_told = forms.iter().any(|form| page.contains(form));
        assert!(is_told, "{} is not on the page", option.name);
    }
}

#[test]
fn what_is_said_to_come_from_the_host_does() {
    let shared = options::of_issuers().filter(|option| option.is_hosts());
    let shared = shared.filter(|option| !option.is_key());
    let shared: BTreeSet<&str> = shared.map(|option| option.name).collect();
    let rows = table("option of the issuer");
    let told = rows.iter().flat_map(|row| quoted(&row[0]));
    let told: BTreeSet<&str> = told.collect();
    let missing: Vec<&&str> = shared.difference(&told).collect();
    assert!(missing.is_empty(), "{missing:?} is not in the table");
    let hosts = options::all().map(|option| option.name);
    let renamed = hosts.map(|name| (name, options::for_issuers(name)));
    let renamed = renamed.filter(|(name, renamed)| name != renamed && options::is_inherited(name));
    for (of_host, of_issuer) in renamed {
        let row = rows
            .iter()
            .find(|row| row[0].contains(&format!("`{of_issuer}`")));
        let row = row.unwrap_or_else(|| panic!("{of_issuer} is not in the table"));
        assert!(row[1].contains(&format!("`{of_host}`")), "{row:?}");
    }
}

/// A configuration with nothing but these lines at the host, and at an issuer of it.
fn host_with(of_host: &str, of_issuer: &str) -> String {
    format!(
        "[hosts.\"{HOST}\"]\n{of_host}\n[[hosts.\"{HOST}\".issuers]]\nname = \"a\"\nissuer = \"a\"\n\
         app_secret = \"{}\"\n{of_issuer}\n",
        secret("a")
    )
}

#[test]
fn what_is_left_out_is_as_the_page_says() {
    let own = format!("app_id = \"own\"\napp_secret = \"{}\"\n", secret("own"));
    let of_host = "leeway = 7\naccept_audience_array = false\nallow_wildcards = false\n\
                   asap_accepted_audiences = [\"meet\"]\n";
    let config = load(&host_with(&format!("{own}{of_host}"), ""));
    let issuer = config.hosts[HOST].policy.issuers.named("a").unwrap();
    assert!((issuer.lifetime.leeway - 7.0).abs() < 1e-9);
    assert!(issuer.accept_audience_array);
    assert!(!issuer.bounds.wildcards);
    assert!(issuer.audiences.contains_text("meet"));
    assert!(!issuer.audiences.contains_text("own"));
    let config = load(&host_with(&own, ""));
    let issuer = config.hosts[HOST].policy.issuers.named("a").unwrap();
    assert!(issuer.audiences.contains_text("own"));
}

#[test]
fn what_the_page_says_is_refused_is() {
    let audiences = "audiences = [\"meet\"]\n";
    let refused = |text: String| {
        let sources = Inputs {
            file: Some(("/etc/t.toml".into(), text.clone())),
            ..Inputs::default()
        };
        assert!(config::load(&sources).is_err(), "{text}");
    };
    for (of_host, of_issuer) in [
        ("", ""),
        ("app_id = \"own\"", audiences),
        (
            "",
            "audiences = [\"meet\"]\nenable_domain_verification = false",
        ),
        ("", "audiences = [\"meet\"]\nmuc_mapper_domain_base = \"a\""),
        ("", "audiences = [\"meet\"]\ntoken_regex_enabled = false"),
        ("", "audiences = [\"meet\"]\nallow_empty_token = true"),
        ("", "audiences = [\"meet\"]\nany_issuer = true"),
        (
            "",
            "audiences = [\"meet\"]\njwks_origins = [\"https://a.example\"]",
        ),
        (
            "",
            "audiences = [\"meet\"]\nallow_wildcards = false\nclaims = \"keycloak\"",
        ),
        (
            "",
            "audiences = [\"meet\"]\nmoderators = false\nclaims = \"keycloak\"",
        ),
    ] {
        refused(host_with(of_host, of_issuer));
    }
    let second = "[[hosts.\"meet.example.com\".issuers]]\nname = \"NAME\"\nissuer = \"ISS\"\n\
                  app_secret = \"another secret, which is long enough\"\naudiences = [\"meet\"]\n";
    for (name, iss) in [("a", "b"), ("b", "a"), ("default", "b"), ("b", "b*")] {
        let second = second.replace("NAME", name).replace("ISS", iss);
        refused(host_with("", &format!("{audiences}{second}")));
    }
    load(&host_with("", audiences));
}

#[test]
fn each_code_on_the_page_is_that_of_a_reason() {
    // What a question about an unknown issuer is answered with is no verdict.
    let of_questions = "issuer-not-configured";
    let known: BTreeSet<&str> = Reason::codes().collect();
    let is_code = |word: &&str| {
        let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
        word.contains('-') && word.chars().all(is_plain) && !word.contains("prosody")
    };
    let page = page();
    let prose = page.split("```").step_by(2);
    let found: BTreeSet<&str> = prose.flat_map(quoted).filter(is_code).collect();
    let of_examples = [
        "acme-meet",
        "jitsi-moderator",
        "jitsi-moderators",
        "partner-",
    ];
    let unknown = found
        .iter()
        .filter(|code| !known.contains(**code) && !of_examples.contains(*code));
    let unknown: Vec<&&str> = unknown.collect();
    assert_eq!(unknown, [&of_questions]);
    assert!(found.len() > 8, "{found:?}");
}

/// What was recorded of issuers whose keys are these: their metadata leads there.
fn metadata(issuer: &str, jwks_uri: &str, keys: String) -> BTreeMap<String, String> {
    let below = issuer.trim_end_matches('/');
    let metadata = serde_json::json!({"issuer": issuer, "jwks_uri": jwks_uri});
    BTreeMap::from([
        (
            format!("{below}/.well-known/openid-configuration"),
            metadata.to_string(),
        ),
        (jwks_uri.to_owned(), keys),
    ])
}

/// A file of the project, as JSON.
fn json(path: &Path) -> serde_json::Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}: {path:?}"));
    serde_json::from_str(&text).unwrap()
}
