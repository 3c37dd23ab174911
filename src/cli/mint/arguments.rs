//! What can be asked of `mint`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::cli::sources::SourceArguments;
use crate::mint::wanted::Wanted;

/// Options of `mint`.
#[derive(Args)]
pub struct MintArguments {
    #[command(flatten)]
    pub sources: SourceArguments,
    /// The host whose policy the token is for, where there is more than one
    #[arg(long, conflicts_with = "jaas")]
    pub host: Option<String>,
    /// The issuer of that host, by its name, where there is more than one [default: the first]
    #[arg(long, value_name = "NAME", conflicts_with = "jaas")]
    pub issuer: Option<String>,
    #[arg(long, help = JAAS_HELP, conflicts_with = "SourceArguments")]
    pub jaas: bool,
    /// The private key, in PEM
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key_env", "jaas"])]
    pub key_file: Option<PathBuf>,
    /// The environment variable that holds the private key, in PEM
    #[arg(long, value_name = "NAME", conflicts_with = "jaas")]
    pub key_env: Option<String>,
    /// The kid that names the public key
    #[arg(long)]
    pub kid: Option<String>,
    /// The room, or "*" for all [default: *]
    #[arg(long)]
    pub room: Option<String>,
    /// The room is a Lua pattern, and taken as it stands
    #[arg(long, requires = "room")]
    pub regex: bool,
    /// The tenant whose rooms the token opens, as sub and context.tenant
    #[arg(long, value_name = "NAME", conflicts_with = "jaas", value_parser = NonEmptyStringValueParser::new())]
    pub tenant: Option<String>,
    /// The user's name
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The user's e-mail address
    #[arg(long)]
    pub email: Option<String>,
    /// The user is to be a moderator
    #[arg(long)]
    pub moderator: bool,
    /// A feature that the token grants, such as recording; may be repeated
    #[arg(long = "feature", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub features: Vec<String>,
    /// For how many seconds the token is valid
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    pub ttl: u32,
    /// Another sub than the host's domain
    #[arg(long)]
    pub sub: Option<String>,
    /// Another iss than the first that is accepted
    #[arg(long)]
    pub iss: Option<String>,
    /// Another aud than the first that is accepted
    #[arg(long)]
    pub aud: Option<String>,
    /// Claims as a JSON object, which are laid over those that are made; - for standard input
    ///
    /// Objects are joined member by member, and null takes a claim away (RFC 7396).
    #[arg(long, value_name = "FILE")]
    pub claims: Option<PathBuf>,
}

impl MintArguments {
    /// What they ask of the token.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            issuer: self.issuer.clone(),
            kid: self.kid.clone(),
            room: self.room.clone(),
            regex: self.regex,
            tenant: self.tenant.clone(),
            user: self.user.clone(),
            email: self.email.clone(),
            moderator: self.moderator,
            features: self.features.clone(),
            ttl: self.ttl,
            sub: self.sub.clone(),
            iss: self.iss.clone(),
            aud: self.aud.clone(),
        }
    }
}

const JAAS_HELP: &str = "A token for JaaS, with what JAAS_APP_ID, JAAS_KID and JAAS_PRIVATE_KEY hold, or \
    JITSI_APP_ID, JITSI_KEY_ID and JITSI_APP_SECRET";
