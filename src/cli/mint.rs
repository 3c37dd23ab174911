//! `prosody-tokend mint`: a token for trying things.
#![expect(
    clippy::disallowed_methods,
    reason = "reads private keys from files and the environment"
)]

mod denied;
mod named;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::clock;
use crate::config::host::Host;
use crate::token::algorithm::Algorithm;
use crate::token::issuer::{Accepted, Keys};
use crate::token::policy::Policy;
use crate::token::preparation;
use crate::token::signing::{SigningError, SigningKey};

use super::failure::{Failure, Status};
use super::output::print;
use super::remark::remark;
use super::sources;
use super::sources::SourceArguments;
use super::statuses::{ExitStatus, INPUT, NO_INPUT, REFUSED, USAGE};

/// Options of `mint`.
#[derive(Args)]
pub struct MintArguments {
    #[command(flatten)]
    sources: SourceArguments,
    /// The host whose policy the token is for, where there is more than one
    #[arg(long, conflicts_with = "jaas")]
    host: Option<String>,
    #[arg(long, help = JAAS_HELP, conflicts_with = "SourceArguments")]
    jaas: bool,
    /// The private key, in PEM
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key_env", "jaas"])]
    key_file: Option<PathBuf>,
    /// The environment variable that holds the private key, in PEM
    #[arg(long, value_name = "NAME", conflicts_with = "jaas")]
    key_env: Option<String>,
    /// The kid that names the public key
    #[arg(long)]
    kid: Option<String>,
    /// The room, or "*" for all
    #[arg(long, default_value = "*")]
    room: String,
    /// The user's name
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The user's e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The user is to be a moderator
    #[arg(long)]
    moderator: bool,
    /// For how many seconds the token is valid
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    ttl: u32,
    /// Another sub than the host's domain
    #[arg(long)]
    sub: Option<String>,
    /// Another iss than the first that is accepted
    #[arg(long)]
    iss: Option<String>,
    /// Another aud than the first that is accepted
    #[arg(long)]
    aud: Option<String>,
}

/// Why there is no token.
#[derive(Debug, Error)]
pub enum MintError {
    /// The configuration has several hosts.
    #[error("name one of the hosts with --host: {0}")]
    Host(String),
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Variable(String),
    /// The host verifies with public keys, and none of the private ones was named.
    #[error(
        "the host verifies with public keys: name the private key with --key-file or --key-env"
    )]
    KeyNeeded,
    /// Any value is accepted, so none can be chosen.
    #[error("the host accepts any {0}: choose one with --{0}")]
    Any(&'static str),
    /// The policy accepts no token at all.
    #[error("the host's signature_algorithm is one that nobody supports")]
    Algorithm,
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The key cannot be used.
    #[error("cannot sign")]
    Signing(#[from] SigningError),
}

impl Status for MintError {
    /// What is wrong is the command line, unless something that it names is.
    fn status(&self) -> ExitStatus {
        match self {
            Self::Host(_) | Self::Variable(_) | Self::KeyNeeded | Self::Any(_) => USAGE,
            Self::File { .. } => NO_INPUT,
            Self::Signing(_) => INPUT,
            Self::Algorithm => REFUSED,
        }
    }
}

/// What a token is made of.
struct Recipe {
    algorithm: Algorithm,
    key: SigningKey,
    kid: Option<String>,
    claims: Map<String, Value>,
    /// The tenant of the room.
    tenant: Option<String>,
    /// The host that the token is for; none for `JaaS`.
    host: Option<String>,
    /// What there is to say beside the token.
    remarks: Vec<String>,
}

/// Prints a token, and nothing else; what was made of its room, and who would deny it, goes to standard error.
pub fn run(arguments: &MintArguments) -> Result<(), Failure> {
    let recipe = if arguments.jaas {
        jaas(arguments)?
    } else {
        from_policy(arguments)?
    };
    let kid = recipe.kid.as_deref();
    let token = recipe.key.sign(recipe.algorithm, kid, &recipe.claims);
    let token = token.map_err(MintError::from)?;
    for said in recipe
        .remarks
        .iter()
        .cloned()
        .chain(denial(arguments, &recipe, &token))
    {
        remark(&format!("{said}\n"));
    }
    print(&format!("{token}\n"))
}

/// What the token's own host says of it.
fn denial(arguments: &MintArguments, recipe: &Recipe, token: &str) -> Option<String> {
    let host = recipe.host.as_deref()?;
    let tenant = recipe.tenant.as_deref();
    let denied = denied::by_host(arguments, &recipe.claims, tenant, host, token);
    // The token is made; that nobody could tell what it is good for is no failure.
    denied.unwrap_or_else(|failure| {
        Some(format!(
            "nobody knows whether {host} takes this token: {failure}"
        ))
    })
}

fn from_policy(arguments: &MintArguments) -> Result<Recipe, Failure> {
    let mut config = sources::load(&arguments.sources)?.config?;
    let name = match (&arguments.host, config.hosts.keys().next()) {
        (Some(host), _) => preparation::host(&named::host(host)),
        (None, Some(only)) if config.hosts.len() == 1 => only.clone(),
        (None, _) => String::new(),
    };
    let Some(host) = config.hosts.remove(&name) else {
        let known: Vec<String> = config.hosts.into_keys().collect();
        return Err(MintError::Host(known.join(", ")).into());
    };
    let policy = &host.policy;
    let accepted = host.issuer();
    let algorithm = accepted.algorithm().ok_or(MintError::Algorithm)?;
    let issuer = choose(arguments.iss.as_ref(), &accepted.accepted, "iss")?;
    let audience = match &accepted.audiences {
        Accepted::Any => arguments.aud.as_ref().unwrap_or(&issuer).clone(),
        only @ Accepted::Only(_) => choose(arguments.aud.as_ref(), only, "aud")?,
    };
    let room = named::room(&arguments.room);
    let subject = arguments.sub.clone().or_else(|| room.tenant.clone());
    let subject = subject.unwrap_or_else(|| domain(policy, &name));
    Ok(Recipe {
        algorithm,
        key: signing_key(arguments, &host)?,
        kid: arguments.kid.clone(),
        claims: claims(arguments, &room.claim, &issuer, &audience, &subject),
        tenant: room.tenant,
        host: Some(name),
        remarks: room.remark.into_iter().collect(),
    })
}

fn choose(
    chosen: Option<&String>,
    accepted: &Accepted,
    name: &'static str,
) -> Result<String, MintError> {
    let first = match accepted {
        Accepted::Any => None,
        Accepted::Only(values) => values.first(),
    };
    chosen.or(first).cloned().ok_or(MintError::Any(name))
}

/// The domain that `sub` must name: the MUC's without its prefix, else the host's own.
fn domain(policy: &Policy, host: &str) -> String {
    let rooms = &policy.rooms;
    let prefix = format!("{}.", rooms.domain_prefix);
    let muc_domain = rooms.muc_domain.as_deref();
    let domain = muc_domain.and_then(|domain| domain.strip_prefix(&prefix));
    domain.unwrap_or(host).to_owned()
}

fn signing_key(arguments: &MintArguments, host: &Host) -> Result<SigningKey, MintError> {
    let pem = match (&arguments.key_file, &arguments.key_env) {
        (Some(path), _) => std::fs::read(path).map_err(|source| MintError::File {
            path: path.clone(),
            source,
        })?,
        (None, Some(name)) => unescaped(&variable(name)?).into_bytes(),
        (None, None) => {
            let secret = match &host.issuer().keys {
                Keys::Fixed(keys) => keys.first().and_then(crate::token::key::Key::signing),
                Keys::ById(_) => None,
            };
            return secret.ok_or(MintError::KeyNeeded);
        }
    };
    Ok(SigningKey::from_pem(&pem)?)
}

fn jaas(arguments: &MintArguments) -> Result<Recipe, MintError> {
    let variables = JAAS_VARIABLES
        .iter()
        .find(|[app_id, ..]| std::env::var_os(app_id).is_some());
    let [app_id, kid, key] = variables.unwrap_or(&JAAS_VARIABLES[0]);
    let app_id = variable(app_id)?;
    let kid = match &arguments.kid {
        Some(kid) => kid.clone(),
        None => variable(kid)?,
    };
    let kid = if kid.contains('/') {
        kid
    } else {
        format!("{app_id}/{kid}")
    };
    let room = named::room(&arguments.room);
    let denied = denied::by_jaas(arguments, &app_id, &kid);
    let mut claims = claims(
        arguments,
        &room.claim,
        arguments.iss.as_deref().unwrap_or("chat"),
        arguments.aud.as_deref().unwrap_or("jitsi"),
        arguments.sub.as_deref().unwrap_or(&app_id),
    );
    if let Some(Value::Object(context)) = claims.get_mut("context") {
        context.insert("features".to_owned(), json!({}));
    }
    Ok(Recipe {
        algorithm: Algorithm::Rs256,
        key: SigningKey::from_pem(unescaped(&variable(key)?).as_bytes())?,
        kid: Some(kid),
        claims,
        tenant: room.tenant,
        host: None,
        remarks: room.remark.into_iter().chain(denied).collect(),
    })
}

fn claims(
    arguments: &MintArguments,
    room: &str,
    issuer: &str,
    audience: &str,
    subject: &str,
) -> Map<String, Value> {
    let now = clock::unix_time();
    let mut user = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        user.extend(value.map(|value| (name.to_owned(), value)));
    };
    set("name", arguments.user.clone().map(Value::from));
    set("email", arguments.email.clone().map(Value::from));
    set("moderator", arguments.moderator.then(|| Value::from(true)));
    let claims = json!({
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "room": room,
        "iat": now,
        "nbf": now.saturating_sub(CLOCK_DIFFERENCE),
        "exp": now.saturating_add(arguments.ttl.into()),
        "context": { "user": user },
    });
    match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

fn variable(name: &str) -> Result<String, MintError> {
    std::env::var(name).map_err(|_| MintError::Variable(name.to_owned()))
}

/// Files of variables have one line for each, so line breaks are often written as two characters.
fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n")
}

const JAAS_HELP: &str = "A token for JaaS, with what JAAS_APP_ID, JAAS_KID and JAAS_PRIVATE_KEY hold, or \
    JITSI_APP_ID, JITSI_KEY_ID and JITSI_APP_SECRET";
const JAAS_VARIABLES: [[&str; 3]; 2] = [
    ["JAAS_APP_ID", "JAAS_KID", "JAAS_PRIVATE_KEY"],
    ["JITSI_APP_ID", "JITSI_KEY_ID", "JITSI_APP_SECRET"],
];
/// Verifiers' clocks may be a little behind.
const CLOCK_DIFFERENCE: i64 = 10;
