//! `prosody-tokend credentials add`: makes a credential, and whoever is to have it.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value, json};

use crate::api::registry::{Consumer, Credential};
use crate::cli::administrator::{Administrator, DaemonArguments, part};
use crate::cli::failure::Failure;
use crate::cli::layout::{self, wrapped};
use crate::cli::output::print;
use crate::cli::runtime::block_on;
use crate::cli::when;
use crate::clock;
use crate::config::Config;
use crate::files;
use crate::token::algorithm::{Algorithm, Family};
use crate::token::key::Key;

use super::failure::CredentialsError;
use super::token::{self, Signed};

/// Options of `credentials add`.
#[derive(Args)]
pub struct AddArguments {
    /// Whom it is for: the username of a consumer, who is made where there is none
    #[arg(value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    user: String,
    /// What its tokens name it by [default: 32 letters and digits by chance]
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// What its tokens are signed with [default: HS256, or what the public key is for]
    #[arg(long)]
    algorithm: Option<String>,
    /// The public key of whoever signs the tokens, in PEM
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Print a token as well, which is good at the gateways
    #[arg(long, conflicts_with = "public_key")]
    token: bool,
    /// Until when that is good, or for how long: 2027-01-31T12:00:00Z, or 30d [default: 365d, or as long as the gateways allow]
    #[arg(long, value_name = "TIME", value_parser = when::parse_later, requires = "token")]
    expires: Option<i64>,
    /// The gateway that the token is for [default: all of the configuration]
    #[arg(long, value_name = "NAME", requires = "token")]
    gateway: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArguments,
}

/// What was made.
struct Added {
    user: String,
    credential: Credential,
    token: Option<Signed>,
    notes: Vec<String>,
}

/// Has the daemon make it, and prints what is to be handed on.
pub fn run(arguments: &AddArguments) -> Result<(), Failure> {
    let (administrator, config) = Administrator::find_of_registry(&arguments.daemon)?;
    let asked = asked(arguments)?;
    // Nothing is made where no token can be.
    let plan = arguments.token.then(|| {
        let gateways = token::gateways(&config, arguments.gateway.as_deref())?;
        token::plan(&gateways)
    });
    let plan = plan.transpose()?;
    let (whole, credential) = block_on(make(&administrator, &arguments.user, &asked))??;
    let now = clock::unix_time();
    let token = plan.map(|plan| plan.sign(&credential, arguments.expires, now));
    let added = Added {
        user: arguments.user.clone(),
        token: token.transpose()?,
        notes: notes(&config, &credential),
        credential,
    };
    print(&if arguments.json {
        layout::json(&added.json(whole))
    } else {
        added.lay_out()
    })
}

/// What is asked for, as far as it can be told here that it makes sense.
fn asked(arguments: &AddArguments) -> Result<Map<String, Value>, CredentialsError> {
    let path = arguments.public_key.as_ref();
    let public_key = path.map(|path| public_key(path.clone())).transpose()?;
    let algorithm = algorithm(arguments, public_key.as_ref().map(|(_, key)| key))?;
    if arguments.token && algorithm.family() != Family::Hmac {
        return Err(CredentialsError::CannotSign(algorithm.to_string()));
    }
    let tags = (!arguments.tags.is_empty()).then(|| json!(arguments.tags));
    let members = [
        ("key", arguments.name.as_deref().map(Value::from)),
        ("algorithm", Some(algorithm.name().into())),
        ("rsa_public_key", public_key.map(|(text, _)| text.into())),
        ("tags", tags),
    ];
    let members = members.into_iter();
    Ok(members
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect())
}

fn public_key(path: PathBuf) -> Result<(String, Key), CredentialsError> {
    let text = match files::read_text(&path, MOST_KEY_BYTES) {
        Ok(text) => text,
        Err(error) => return Err(CredentialsError::Unread(path, error)),
    };
    match Key::from_pem(text.as_bytes()) {
        Ok(key) => Ok((text, key)),
        Err(error) => Err(CredentialsError::NoKey(path, error)),
    }
}

/// What is said, or what the public key is for, or what Kong takes where nothing is said.
fn algorithm(
    arguments: &AddArguments,
    public_key: Option<&Key>,
) -> Result<Algorithm, CredentialsError> {
    let named = arguments.algorithm.as_deref();
    let named = named.map(|name| {
        let known = Algorithm::from_name(name);
        known.ok_or_else(|| CredentialsError::NoAlgorithm(name.to_owned()))
    });
    let fitting = |key: &Key| {
        let mut all = Algorithm::ALL.into_iter();
        all.find(|algorithm| key.is_for(*algorithm))
    };
    let algorithm = match named {
        Some(named) => named?,
        None => public_key.and_then(fitting).unwrap_or(Algorithm::Hs256),
    };
    if public_key.is_none() && algorithm.family() != Family::Hmac {
        return Err(CredentialsError::NeedsPublicKey(algorithm.to_string()));
    }
    Ok(algorithm)
}

/// The credential, whole, as the daemon may be of another version, and as far as it is known here.
async fn make(
    administrator: &Administrator,
    user: &str,
    asked: &Map<String, Value>,
) -> Result<(Value, Credential), Failure> {
    let consumer = consumer(administrator, user).await?;
    let path = format!("/consumers/{}/jwt", part(&consumer.id));
    let asked = Value::Object(asked.clone());
    let answer = administrator.daemon.post(&path, &asked).await;
    let answer = administrator.answered(answer)?;
    let whole = administrator.read(Ok(answer.clone()))?;
    Ok((whole, administrator.read(Ok(answer))?))
}

/// The consumer of this name, who is made where there is none.
async fn consumer(administrator: &Administrator, user: &str) -> Result<Consumer, Failure> {
    let path = format!("/consumers/{}", part(user));
    if let Some(found) = administrator.found(&path).await? {
        return Ok(found);
    }
    let asked = json!({ "username": user });
    let answer = administrator.daemon.post("/consumers", &asked).await;
    Ok(administrator.read(answer)?)
}

/// What else is worth knowing.
fn notes(config: &Config, credential: &Credential) -> Vec<String> {
    let declared = config.gateways.iter().filter(|(_, gateway)| {
        let declared = gateway.declared.as_ref();
        declared.is_some_and(|declared| declared.find(&credential.key).is_some())
    });
    let note = |name: &String| {
        format!("the file kong_config of [gateways.{name}] has this key as well, and counts there")
    };
    declared.map(|(name, _)| note(name)).collect()
}

impl Added {
    /// With the secret, which this command is there to tell; it says nothing of those that nobody signs with.
    fn json(&self, mut credential: Value) -> Value {
        if self.secret().is_none()
            && let Some(members) = credential.as_object_mut()
        {
            members.remove("secret");
        }
        let token = self.token.as_ref();
        json!({
            "user": self.user,
            "credential": credential,
            "token": token.map(|signed| signed.token.as_str()),
            "expires": token.map(|signed| signed.expires),
            "notes": self.all_notes(),
        })
    }

    fn secret(&self) -> Option<&str> {
        let algorithm = Algorithm::from_name(&self.credential.algorithm);
        let is_secret = algorithm.is_none_or(|algorithm| algorithm.family() == Family::Hmac);
        let secret = self.credential.secret.as_ref().filter(|_| is_secret);
        secret.map(|secret| secret.0.as_str())
    }

    fn all_notes(&self) -> Vec<&str> {
        let of_token = self.token.iter().flat_map(|signed| &signed.notes);
        self.notes
            .iter()
            .chain(of_token)
            .map(String::as_str)
            .collect()
    }

    fn lay_out(&self) -> String {
        let Credential { key, algorithm, .. } = &self.credential;
        let beginning = format!(
            "made for {}: tokens of {algorithm} are good from now on",
            self.user
        );
        let row = |name: &str, value: &str| [format!("  {name}"), value.to_owned()];
        let mut rows = vec![row("key", key)];
        rows.extend(self.secret().map(|secret| row("secret", secret)));
        if let Some(signed) = &self.token {
            rows.push(row("token", &signed.token));
            rows.push(row("expires", &when::shown(signed.expires)));
        }
        let notes = self
            .all_notes()
            .into_iter()
            .map(|note| format!("note: {note}"));
        let end: String = notes
            .chain(self.ending())
            .map(|line| wrapped(&line, 0) + "\n")
            .collect();
        format!(
            "{}\n\n{}\n{end}",
            wrapped(&beginning, 0),
            layout::columns(&rows)
        )
    }

    fn ending(&self) -> impl Iterator<Item = String> {
        let hand_on = self.secret().map(|_| HAND_ON.to_owned());
        let key = layout::shell_word(&self.credential.key);
        let delete = format!("To take it back: prosody-tokend credentials delete {key}");
        hand_on.into_iter().chain([delete])
    }
}

const HAND_ON: &str =
    "Hand on key and secret in a way that nobody else reads; no command shows the secret again.";
/// Much more than any key has.
const MOST_KEY_BYTES: u64 = 65_536;
