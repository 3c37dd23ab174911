//! Where what was taken back is kept, and what counts of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::effective::Effective;
use super::host::Host;
use super::layers::Layers;
use super::raw::Section;
use super::secrets;
use crate::options::{SEAL_KEY, STORE_PASSWORD};
use crate::origin::problem::ProblemKind;
use crate::store::address::DatabaseAddress;
use crate::store::settings::{Database, SealKey, StoreSettings};
use crate::token::pointer::Pointer;

/// What counts of what was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocations {
    /// Whether tokens are decided on only while it is known what was.
    pub required: bool,
    /// Where tokens say whose they are.
    pub user: Pointer,
}

/// Reads the section. None where there is to be no store, or where something is wrong with it, which is noted.
pub fn read(section: Section<'_>, credentials: Option<&Path>) -> Option<StoreSettings> {
    let path = section.string("path").map(|text| absolute(&section, &text));
    let url = section.string("url").map(|text| address(&section, &text));
    let password = secrets::read(&section, &STORE_PASSWORD, credentials);
    let ca_file = section.string("ca_file");
    let ca_file = ca_file.map(|file| section.resolve("ca_file", &file));
    let seal = seal_key(&section, credentials);
    only_with_url(&section);
    section.finish();
    let database = match url {
        Some(address) => Some(Database {
            address: address?,
            password,
            ca_file,
        }),
        None => None,
    };
    let path = match path {
        Some(path) => path?,
        None if database.is_some() => PathBuf::from(USUAL),
        None => return None,
    };
    Some(StoreSettings {
        path,
        database,
        seal,
    })
}

fn absolute(section: &Section<'_>, text: &str) -> Option<PathBuf> {
    let path = PathBuf::from(text);
    if path.is_absolute() && !text.ends_with('/') {
        return Some(path);
    }
    let expected = format!("{USUAL:?}, or another absolute path of a file");
    section.problem(
        "path",
        ProblemKind::WrongValue,
        &format!("{text:?}"),
        &expected,
    );
    None
}

/// An address may have a password in it, so that nothing of a wrong one is shown.
fn address(section: &Section<'_>, text: &str) -> Option<DatabaseAddress> {
    let address = DatabaseAddress::parse(text);
    if let Err(error) = &address {
        let found = format!("an address that cannot be taken: {error}");
        section.problem("url", ProblemKind::WrongValue, &found, EXPECTED_URL);
    }
    address.ok()
}

/// The key that secrets are sealed with. Nothing of a wrong one is shown.
fn seal_key(section: &Section<'_>, credentials: Option<&Path>) -> Option<SealKey> {
    let text = secrets::read(section, &SEAL_KEY, credentials)?;
    let key = SealKey::parse(text.bytes());
    if let Err(error) = &key {
        let names = [SEAL_KEY.value, SEAL_KEY.file, SEAL_KEY.credential];
        let option = names.into_iter().find(|name| section.has(name));
        section.problem(
            option.unwrap_or(SEAL_KEY.value),
            ProblemKind::WrongValue,
            &format!("{error} (not shown)"),
            EXPECTED_SEAL_KEY,
        );
    }
    key.ok()
}

/// What is about a database means nothing without one.
fn only_with_url(section: &Section<'_>) {
    let keys = [
        STORE_PASSWORD.value,
        STORE_PASSWORD.file,
        STORE_PASSWORD.credential,
        "ca_file",
    ];
    let lonely = keys.into_iter().filter(|key| section.has(key));
    for key in lonely.filter(|_| !section.has("url")) {
        section.problem(key, ProblemKind::Conflict, "it, and no url", EXPECTED_URL);
    }
}

/// Reads what counts.
pub fn read_revocations(section: Section<'_>, has_store: bool) -> Revocations {
    let required = section.boolean("required").unwrap_or(false);
    if required && !has_store {
        let expected = format!("path = {USUAL:?} in [store], or false");
        section.problem(
            "required",
            ProblemKind::Conflict,
            "true, and no store",
            &expected,
        );
    }
    let user = section
        .string("user")
        .and_then(|text| pointer(&section, &text));
    section.finish();
    Revocations {
        required,
        user: user.unwrap_or_else(Pointer::to_user_id),
    }
}

fn pointer(section: &Section<'_>, text: &str) -> Option<Pointer> {
    let pointer = Pointer::parse(text);
    if let Err(error) = &pointer {
        let found = format!("{text:?}: {error}");
        section.problem("user", ProblemKind::WrongValue, &found, EXPECTED_USER);
    }
    pointer.ok()
}

/// Warns of hosts whose tokens can be used once at each of several daemons.
pub fn uses_of_one_machine(
    store: Option<&StoreSettings>,
    hosts: Option<&BTreeMap<String, Arc<Host>>>,
) -> Vec<String> {
    if store.is_none_or(|store| store.database.is_some()) {
        return Vec::new();
    }
    let uses_once = |host: &Host| host.policy.issuers.iter().any(|issuer| issuer.once);
    let hosts = hosts.into_iter().flatten();
    let once = hosts.filter(|(_, host)| uses_once(host));
    once.map(|(name, _)| format!("{name}: {OF_ONE_MACHINE}"))
        .collect()
}

const OF_ONE_MACHINE: &str = "a token opens one session (once) at this daemon, and another one at any other daemon: where there are several, set \
    url in [store], so that they agree";

/// What the options come to.
pub fn values(
    store: Option<&StoreSettings>,
    revocations: &Revocations,
) -> [(&'static str, Value); 7] {
    let database = store.and_then(|store| store.database.as_ref());
    let path = store.map(|store| store.path.display().to_string());
    let password = database.and_then(|database| database.password.as_ref());
    let ca_file = database.and_then(|database| database.ca_file.as_ref());
    let seal = store.and_then(|store| store.seal.as_ref());
    [
        ("store.path", json!(path)),
        (
            "store.url",
            json!(database.map(|database| database.address.to_string())),
        ),
        ("store.database_password", password.map(|_| "set").into()),
        (
            "store.ca_file",
            json!(ca_file.map(|file| file.display().to_string())),
        ),
        ("store.seal_key", seal.map(|_| "set").into()),
        ("revocations.required", json!(revocations.required)),
        ("revocations.user", json!(revocations.user.to_string())),
    ]
}

/// Where the password and the key are, as they were named.
pub fn named(layers: &Layers) -> Vec<Effective> {
    let section = layers
        .root()
        .get("store")
        .and_then(figment::value::Value::as_dict);
    let named = |(path, name): (&'static str, &str)| {
        let value = section?.get(name)?.as_str()?;
        Some(Effective {
            option: path,
            value: value.into(),
            by: None,
            origin: layers.origin_of(path),
        })
    };
    SECRETS.into_iter().filter_map(named).collect()
}

const SECRETS: [(&str, &str); 4] = [
    ("store.database_password_file", STORE_PASSWORD.file),
    (
        "store.database_password_credential",
        STORE_PASSWORD.credential,
    ),
    ("store.seal_key_file", SEAL_KEY.file),
    ("store.seal_key_credential", SEAL_KEY.credential),
];
const EXPECTED_SEAL_KEY: &str =
    "64 hexadecimal digits, which are 32 bytes; `openssl rand -hex 32` makes them";
const USUAL: &str = "/var/lib/prosody-tokend/state.db";
const EXPECTED_URL: &str = "url = \"postgres://USER@HOST/DATABASE?sslmode=require\", and the password in database_password_file";
const EXPECTED_USER: &str = "a JSON Pointer such as \"/context/user/id\" or \"/sub\"";

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write key files")]
mod tests {
    use super::super::layers::Inputs;
    use super::super::{Config, load};

    fn with(options: &str) -> Result<Config, String> {
        let host = "[hosts.a]\napp_id = \"a\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\n";
        let text = format!("[store]\npath = \"/s/state.db\"\n{options}\n{host}");
        let sources = Inputs {
            file: Some(("/etc/t.toml".into(), text)),
            ..Inputs::default()
        };
        load(&sources).map_err(|refused| refused.to_string())
    }

    #[test]
    fn a_key_that_seals_has_64_hexadecimal_digits_and_a_wrong_one_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let file = format!("seal_key_file = \"{}\"", path.display());
        let whole = "0123456789abcdef".repeat(4);
        for (key, found) in [
            ("fedcba98", "a text of 8 characters (not shown)"),
            (&whole[1..], "a text of 63 characters"),
            (&format!("{whole}a"), "a text of 65 characters"),
            (
                &whole.replace('f', "g"),
                "no hexadecimal digits (not shown)",
            ),
            (
                &whole.replace('f', " "),
                "no hexadecimal digits (not shown)",
            ),
        ] {
            std::fs::write(&path, key).unwrap();
            for option in [format!("seal_key = \"{key}\""), file.clone()] {
                let refusal = with(&option).unwrap_err();
                assert!(refusal.contains(found), "{option}: {refusal}");
                assert!(refusal.contains("openssl rand -hex 32"), "{refusal}");
                assert!(!refusal.contains(key), "{refusal}");
            }
        }
        std::fs::write(&path, format!("{whole}\n")).unwrap();
        let both = format!("{file}\nseal_key = \"{whole}\"");
        assert!(with(&both).unwrap_err().contains("one of them"));
        for option in [file, format!("seal_key = \"{}\"", whole.to_uppercase())] {
            let config = with(&option).unwrap();
            assert!(config.store.unwrap().seal.is_some(), "{option}");
        }
        assert_eq!(with("").unwrap().store.unwrap().seal, None);
    }
}
