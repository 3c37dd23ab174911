//! What a host's signatures are verified with, and where its keys are.

use crate::keys::source::{self, DEFAULT_CAPACITY, KeySources};
use crate::token::algorithm::{Algorithm, Family};
use crate::token::explain;
use crate::token::issuer::{Issuer, Keys, SourceId};
use crate::token::key::{Key, KeyError};

use super::algorithms;
use super::discovery;
use super::inputs::HostInputs;
use super::key_files;
use super::layers::Dialect;
use super::looks;
use super::raw::{ISSUERS, Section};
use super::secrets;
use crate::options::{self, APP_SECRET, Role};
use crate::origin::problem::ProblemKind;
use crate::secret::Secret;

/// The keys that the options of a host or of an issuer name, and the algorithms that they are used with.
pub struct HostKeys {
    /// The accepted algorithms; none where Prosody's option names one that nobody supports.
    pub algorithms: Vec<Algorithm>,
    /// The keys that signatures are verified with.
    pub keys: Keys,
    /// Where the keys of a `kid` are.
    pub sources: KeySources,
}

/// Whose keys are read.
#[derive(Clone, Copy)]
pub enum Whose {
    /// A host's own: with one algorithm, and any of Prosody's.
    Hosts,
    /// A further issuer's, whose host has set this algorithm.
    Issuers(Option<Algorithm>),
}

/// Reads the options about keys. None if something is wrong; the mistakes are noted in the section.
pub fn read(
    section: &Section<'_>,
    inputs: &HostInputs<'_>,
    whose: Whose,
    place: SourceId,
    warnings: &mut Vec<String>,
) -> Option<HostKeys> {
    let mut sources = KeySources {
        keys_url: url(section, "cache_keys_url", warnings),
        key_server: url(section, "asap_key_server", warnings),
        discovery: match whose {
            Whose::Hosts => None,
            Whose::Issuers(_) => discovery::read(section, "issuer"),
        },
        capacity: section
            .integer("jwt_pubkey_cache_size", 1..=100_000)
            .unwrap_or(DEFAULT_CAPACITY),
        ..KeySources::default()
    };
    let by_id = section.has_any(options::names(Role::KeysById)) || sources.discovery.is_some();
    let public = section.has_any(options::names(Role::PublicKey)) || by_id;
    let chosen = match whose {
        Whose::Hosts => algorithm(section, public).map(|one| one.into_iter().collect()),
        Whose::Issuers(of_host) => algorithms::read(section, public, of_host),
    };
    let algorithms: Vec<Algorithm> = chosen.clone().unwrap_or_default();
    let is_secrets = algorithms.iter().any(|one| one.family() == Family::Hmac);
    if !is_secrets {
        sources.algorithms.clone_from(&algorithms);
    }
    if public && is_secrets && section.sets_any(own_algorithm()) {
        section.problem(
            whose.option(),
            ProblemKind::Conflict,
            "one that verifies with a secret, beside public keys",
            "RS256 or another one for public keys",
        );
    }
    sources.folder = key_files::folder(section, "key_folder", &algorithms, warnings);
    let file = key_files::file(section, "public_key_file", &algorithms, warnings);
    if public && section.sets_any(options::names(Role::AppSecret)) {
        let name = section.shown(APP_SECRET.value);
        warnings.push(format!(
            "{name} is not used, since there are public keys; take it away"
        ));
    }
    let keys = if by_id {
        Keys::ById(place)
    } else if public {
        Keys::Fixed(vec![file?])
    } else {
        Keys::Fixed(secrets(section, inputs, whose, &algorithms, warnings)?)
    };
    Some(HostKeys {
        algorithms: chosen?,
        keys,
        sources,
    })
}

impl Whose {
    /// The options that name keys.
    const fn keys(self) -> &'static str {
        match self {
            Self::Hosts => {
                "app_secret, app_secret_file or app_secret_credential, public_key_file, or asap_key_server, cache_keys_url or \
                 key_folder"
            }
            Self::Issuers(_) => {
                "discover = true, cache_keys_url, asap_key_server or key_folder, public_key_file, or app_secret, \
                 app_secret_file or app_secret_credential"
            }
        }
    }

    /// What a secret has to be where the algorithm is for public keys.
    const fn public_key(self) -> &'static str {
        match self {
            Self::Hosts => {
                "the issuer's public key in PEM, or HS256 as signature_algorithm where it signs with a secret"
            }
            Self::Issuers(_) => {
                "the issuer's public key in PEM, or algorithms = [\"HS256\"] where it signs with a secret"
            }
        }
    }

    /// The option that names algorithms.
    const fn option(self) -> &'static str {
        match self {
            Self::Hosts => "signature_algorithm",
            Self::Issuers(_) => "algorithms",
        }
    }
}

/// An address of keys. What cannot be fetched is a mistake; what can be changed on its way deserves a warning.
pub fn url(
    section: &Section<'_>,
    name: &'static str,
    warnings: &mut Vec<String>,
) -> Option<String> {
    let url = section.string(name)?;
    match source::is_exposed(&url) {
        Ok(true) => warnings.push(format!(
            "{}: keys that come over plain HTTP can be changed on their way; use https",
            section.shown(name)
        )),
        Err(error) => section.problem(
            name,
            ProblemKind::WrongValue,
            &error.to_string(),
            &expected_address(&url),
        ),
        Ok(false) => {}
    }
    Some(url)
}

/// The address that was meant, or where keys belong that are at none.
fn expected_address(url: &str) -> String {
    let with_scheme = format!("https://{url}");
    let is_path = url.starts_with(['/', '.', '~']) || url.starts_with("file:");
    if is_path {
        return "an address such as https://keys.example.com/asap; a file with a public key is named by public_key_file, \
            and a folder of them by key_folder"
            .to_owned();
    }
    let has_host = url.split('/').next().is_some_and(|host| host.contains('.'));
    if has_host && !url.contains("://") && source::is_exposed(&with_scheme).is_ok() {
        return format!("an address with its scheme: {with_scheme}");
    }
    "an address such as https://keys.example.com/asap".to_owned()
}

/// The configured algorithm; without one, RS256 where keys are public and HS256 where they are not.
///
/// In Prosody a name that Jitsi's modules do not support denies every token, which is a policy, too.
#[expect(
    clippy::option_option,
    reason = "a mistake is not an unsupported algorithm"
)]
fn algorithm(section: &Section<'_>, public: bool) -> Option<Option<Algorithm>> {
    if !section.has("signature_algorithm") {
        return Some(Some(if public {
            Algorithm::Rs256
        } else {
            Algorithm::Hs256
        }));
    }
    let name = section.string("signature_algorithm")?;
    let algorithm = Algorithm::from_name(&name);
    match section.dialect("signature_algorithm") {
        Dialect::Prosody => return Some(algorithm.filter(|algorithm| algorithm.is_jitsis())),
        Dialect::Own if algorithm.is_some() => return Some(algorithm),
        Dialect::Own => {}
    }
    let names = || format!("one of {}", Algorithm::ALL.map(Algorithm::name).join(", "));
    let meant = Algorithm::ALL
        .into_iter()
        .find(|known| known.name().eq_ignore_ascii_case(name.trim()));
    let meant = meant.map(|known| format!("signature_algorithm = {:?}", known.name()));
    section.problem(
        "signature_algorithm",
        ProblemKind::WrongValue,
        &format!("{name:?}"),
        &meant.unwrap_or_else(names),
    );
    None
}

fn secrets(
    section: &Section<'_>,
    inputs: &HostInputs<'_>,
    whose: Whose,
    algorithms: &[Algorithm],
    warnings: &mut Vec<String>,
) -> Option<Vec<Key>> {
    let is_called_otherwise = || {
        let keys = options::all().filter(|option| option.is_key());
        keys.into_iter()
            .any(|option| section.is_called_otherwise(option.name))
    };
    if !section.has_any(options::names(Role::AppSecret)) && !is_called_otherwise() {
        let or_none = match whose {
            Whose::Hosts => or_no_own_issuer(section),
            Whose::Issuers(_) => String::new(),
        };
        let expected = format!("{}{or_none}", whose.keys());
        section.problem("app_secret", ProblemKind::Missing, "nothing", &expected);
    }
    let secrets = secrets::read_all(section, &APP_SECRET, inputs.credentials)?;
    let keys = secrets
        .iter()
        .map(|secret| secret_key(section, whose, secret, algorithms.first().copied()));
    let keys: Vec<Key> = keys.collect::<Option<_>>()?;
    let option = options::names(Role::AppSecret)
        .find(|name| section.has(name))
        .unwrap_or(APP_SECRET.value);
    let plain = secrets
        .iter()
        .zip(&keys)
        .filter(|(_, key)| key.facts().fingerprint.is_none());
    for doubt in plain.filter_map(|(secret, _)| looks::doubt(secret.bytes())) {
        warnings.push(format!(
            "{}: the secret {doubt} [{}]",
            section.shown(option),
            section.origin(option)
        ));
    }
    for weakness in keys.iter().filter_map(|key| key.facts().weakness()) {
        warnings.push(format!("{}: {weakness}", section.shown("app_secret")));
    }
    warnings.extend(guessed(section, whose, &secrets));
    Some(keys)
}

/// Who knows the secret can make tokens for every room.
fn guessed(section: &Section<'_>, whose: Whose, secrets: &[Secret]) -> Option<String> {
    let names = match whose {
        Whose::Hosts => section.string("app_id").into_iter().collect(),
        Whose::Issuers(_) => section.texts("issuer").unwrap_or_default(),
    };
    let known = || {
        section
            .name()
            .into_iter()
            .chain(names.iter().map(String::as_str))
    };
    let mut guessed = secrets
        .iter()
        .filter_map(|secret| explain::guessable(secret.bytes(), known()));
    let guessed = guessed.next()?;
    Some(format!(
        "{}: {guessed}; take a random one, here and at the issuer (openssl rand -hex 32)",
        section.shown("app_secret")
    ))
}

fn secret_key(
    section: &Section<'_>,
    whose: Whose,
    secret: &Secret,
    algorithm: Option<Algorithm>,
) -> Option<Key> {
    let key = one_key(secret.bytes(), algorithm, section.dialect("app_secret"));
    if let Err(error) = &key {
        let is_secret = algorithm.is_none_or(|algorithm| algorithm.family() == Family::Hmac);
        let expected = if is_secret {
            EXPECTED_SECRET
        } else {
            whose.public_key()
        };
        section.problem(
            "app_secret",
            ProblemKind::WrongValue,
            &error.to_string(),
            expected,
        );
    }
    key.ok()
}

/// Refuses a secret where the algorithm needs public keys: every token would be denied.
pub fn refuse_useless(section: &Section<'_>, whose: Whose, issuer: &Issuer) {
    let Some(algorithm) = issuer
        .algorithm()
        .filter(|algorithm| algorithm.family() != Family::Hmac)
    else {
        return;
    };
    let Keys::Fixed(keys) = &issuer.keys else {
        return;
    };
    if keys.iter().all(|key| key.facts().fingerprint.is_none()) {
        let (name, option) = (algorithm.name(), whose.option());
        let origin = section.origin(option);
        let found = format!(
            "a secret that is no public key in PEM, beside {option} {name} ({origin}), so that every token is denied"
        );
        section.problem(
            APP_SECRET.value,
            ProblemKind::Conflict,
            &found,
            whose.public_key(),
        );
    }
}

const EXPECTED_SECRET: &str =
    "the secret that the issuer signs with; a file with its public key is named by public_key_file";

/// Jitsi's modules take what `app_secret` holds for a public key where the algorithm is one of RSA's.
///
/// What is none verifies nothing; that can be a mistake only.
fn one_key(secret: &[u8], algorithm: Option<Algorithm>, dialect: Dialect) -> Result<Key, KeyError> {
    match (algorithm.map(Algorithm::family), dialect) {
        (Some(Family::Hmac) | None, _) => Key::from_secret(secret),
        (Some(_), Dialect::Own) => Key::from_pem(secret)?.for_algorithms(algorithm.as_slice()),
        (Some(_), Dialect::Prosody) => Key::from_pem(secret).or_else(|_| Key::from_secret(secret)),
    }
}

/// The option that says what signatures are verified with: the first of those that are set.
pub fn deciding(section: &Section<'_>) -> Option<&'static str> {
    let keys = options::all().filter(|option| option.is_key());
    let mut set = keys
        .map(|option| option.name)
        .filter(|name| section.has(name));
    let first = set.next();
    // All of them become known.
    set.count();
    first
}

/// What else may be done where the host's own issuer lacks something: beside others it need not be there.
pub fn or_no_own_issuer(section: &Section<'_>) -> String {
    let keys = options::all().filter(|option| option.is_key());
    let keys = keys.into_iter().map(|option| option.name);
    let identity = ["app_id", "asap_accepted_issuers"].into_iter().chain(keys);
    let set: Vec<String> = identity
        .filter(|name| section.has(name))
        .map(|name| format!("{name} ({})", section.origin(name)))
        .collect();
    if !section.has(ISSUERS) || set.is_empty() {
        return String::new();
    }
    format!(
        "; or take out {}, so that only its issuers count",
        set.join(" and ")
    )
}

/// The options that decide on the algorithm where public keys are used.
fn own_algorithm() -> impl Iterator<Item = &'static str> {
    let public = [Role::PublicKey, Role::KeysById];
    ["signature_algorithm", "algorithms"]
        .into_iter()
        .chain(public.into_iter().flat_map(options::names))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write key files")]
mod tests {
    use super::super::layers::Inputs;
    use super::super::{Config, load};
    use super::*;

    const PUBLIC: &str = include_str!("../../tests/data/rsa-public.pem");
    const PKCS1: &str = include_str!("../../tests/data/rsa-public-pkcs1.pem");
    const WEAK: &str = include_str!("../../tests/data/rsa-1024-public.pem");
    const PRIVATE: &str = include_str!("../../tests/data/rsa-private.pem");

    fn with(options: &str) -> Result<Config, String> {
        let text = format!("[hosts.a]\napp_id = \"a\"\n{options}");
        let sources = Inputs {
            file: Some(("/etc/t.toml".into(), text)),
            ..Inputs::default()
        };
        load(&sources).map_err(|refused| refused.to_string())
    }

    fn host(options: &str) -> std::sync::Arc<super::super::host::Host> {
        with(options).unwrap().hosts.remove("a").unwrap()
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn several_secrets_are_accepted_side_by_side() {
        let files = folder(&[("new", "one secret of 32 bytes or more...\n"), ("old", "x")]);
        let path = files.path().display();
        for (options, count) in [
            ("app_secret = \"one\"".to_owned(), 1),
            ("app_secret = [\"one\", \"two\"]".to_owned(), 2),
            (
                format!("app_secret_file = [\"{path}/new\", \"{path}/old\"]"),
                2,
            ),
        ] {
            let Keys::Fixed(keys) = host(&options).issuer().keys.clone() else {
                panic!("not fixed: {options}");
            };
            assert_eq!(keys.len(), count, "{options}");
        }
    }

    #[test]
    fn sources_by_kid_come_before_a_file_and_a_file_before_secrets() {
        let files = folder(&[
            ("a%2Fb.pem", PUBLIC),
            ("..data.pem", "x"),
            ("notes.txt", "x"),
        ]);
        let path = files.path().display();
        let secret = "app_secret = \"0123456789abcdef0123456789abcdef\"";
        let file = format!("public_key_file = \"{path}/a%2Fb.pem\"");
        let by_file = host(&format!("{secret}\n{file}"));
        let Keys::Fixed(keys) = &by_file.issuer().keys else {
            panic!("not fixed");
        };
        assert_eq!(keys.len(), 1);
        assert_eq!(keys.first().map(|key| key.facts().key_type), Some("RSA"));
        assert_eq!(by_file.issuer().algorithm(), Some(Algorithm::Rs256));
        for source in [
            format!("key_folder = \"{path}\""),
            "asap_key_server = \"https://keys.example.com/asap\"".to_owned(),
            "cache_keys_url = \"https://keys.example.com/jwks.json\"".to_owned(),
        ] {
            let by_id = host(&format!("{secret}\n{file}\n{source}"));
            assert!(matches!(by_id.issuer().keys, Keys::ById(_)), "{source}");
        }
        let by_folder = host(&format!("key_folder = \"{path}\""));
        let kids: Vec<String> = by_folder
            .source(SourceId::FIRST)
            .unwrap()
            .folder
            .clone()
            .unwrap()
            .keys
            .into_keys()
            .collect();
        assert_eq!(kids, ["a/b"]);
    }

    #[test]
    fn a_key_that_cannot_be_used_is_named_with_its_file_and_the_reason() {
        let files = folder(&[
            ("private.pem", PRIVATE),
            ("garbage.pem", "garbage"),
            ("rsa.pem", PUBLIC),
        ]);
        let path = files.path().display();
        for (options, expected) in [
            (
                format!("public_key_file = \"{path}/private.pem\""),
                "private.pem: a private key",
            ),
            (
                format!("public_key_file = \"{path}/garbage.pem\""),
                "garbage.pem: no public key",
            ),
            (
                format!("public_key_file = \"{path}/none.pem\""),
                "none.pem: No such file",
            ),
            (
                format!("public_key_file = \"{path}/rsa.pem\"\nsignature_algorithm = \"ES256\""),
                "rsa.pem: not a key for ES256",
            ),
            (
                format!("key_folder = \"{path}\""),
                "garbage.pem: no public key",
            ),
            (
                format!("key_folder = \"{path}\""),
                "private.pem: a private key",
            ),
            (
                format!("key_folder = \"{path}/none\""),
                "none: No such file",
            ),
            (
                "asap_key_server = \"keys.example.com\"".to_owned(),
                "found not a URL, expected an address with its scheme: https://keys.example.com [",
            ),
            (
                "cache_keys_url = \"/etc/jwks.json\"".to_owned(),
                "a file with a public key is named by public_key_file",
            ),
            (
                "asap_key_server = \"file:///etc/keys\"".to_owned(),
                "and a folder of them by key_folder",
            ),
            (
                "asap_key_server = \"true\"".to_owned(),
                "expected an address such as https://keys.example.com/asap [",
            ),
            (
                "cache_keys_url = \"ftp://a/b\"".to_owned(),
                "neither http:// nor https://",
            ),
            (
                "cache_keys_url = \"https:///b\"".to_owned(),
                "neither http:// nor https:// and a host",
            ),
            (
                "cache_keys_url = \"https://u:p@a/b\"".to_owned(),
                "a URL with a user or password",
            ),
            (
                "cache_keys_url = \"https://a/b\"\nsignature_algorithm = \"HS256\"".to_owned(),
                "one that verifies with a secret, beside public keys",
            ),
            ("app_secret = []".to_owned(), "a list (not shown)"),
            (
                "app_secret = [\"a\", \"\"]".to_owned(),
                "a list (not shown)",
            ),
            ("app_secret = [\"a\", 5]".to_owned(), "a list (not shown)"),
        ] {
            let refusal = with(&options).expect_err(&options);
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
        }
    }

    #[test]
    fn weak_keys_and_roads_are_warned_of() {
        let files = folder(&[("weak.pem", WEAK), ("pkcs1.pem", PKCS1)]);
        let path = files.path().display();
        for (options, expected) in [
            (
                "app_secret = \"short\"".to_owned(),
                "hosts.a.app_secret: shorter than 32 bytes",
            ),
            (
                format!("public_key_file = \"{path}/weak.pem\""),
                "weak.pem: shorter than 2048 bits",
            ),
            (
                format!("key_folder = \"{path}\"\napp_secret = \"x\""),
                "hosts.a.app_secret is not used",
            ),
            (
                "asap_key_server = \"http://127.evil.example/\"".to_owned(),
                "hosts.a.asap_key_server: keys that come over plain HTTP",
            ),
            (
                "cache_keys_url = \"http://keys.example.com/\"".to_owned(),
                "hosts.a.cache_keys_url: keys that come over plain HTTP",
            ),
        ] {
            let warnings = with(&options).unwrap().warnings.join("\n");
            assert!(
                warnings.contains(expected),
                "{expected}\nis not in\n{warnings}"
            );
        }
        let quiet = "cache_keys_url = \"http://127.0.0.1/\"\nasap_key_server = \"https://a/\"";
        assert_eq!(with(quiet).unwrap().warnings, [""; 0]);
    }
}
