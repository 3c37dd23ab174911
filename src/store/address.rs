//! Where a database is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// The address of a `PostgreSQL` database, without a password.
#[derive(Debug, Clone)]
pub struct DatabaseAddress {
    text: String,
    config: Config,
}

/// Why a text is no address of a database. It says nothing of the text, which may have a password in it.
#[derive(Debug, Error)]
pub enum AddressError {
    /// It is of another kind.
    #[error("it does not begin with postgres://")]
    Scheme,
    /// The password stands in it, where everybody who reads the configuration, or its error messages, could see it.
    #[error("there is a password in it")]
    Password,
    /// It names no database or no host.
    #[error("it lacks the {0}")]
    Lacks(&'static str),
    /// It is not understood.
    #[error("it is not understood")]
    Syntax(#[source] tokio_postgres::Error),
}

impl DatabaseAddress {
    /// Reads an address such as `postgres://user@host/database?sslmode=require`. TLS is always verified, so that the modes of other
    /// programs that say so mean the same. A server on another machine is only talked to without it where the address says so.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
        {
            return Err(AddressError::Scheme);
        }
        let mut config = Config::from_str(&in_known_modes(text)).map_err(AddressError::Syntax)?;
        if config.get_password().is_some() {
            return Err(AddressError::Password);
        }
        if config.get_hosts().is_empty() {
            return Err(AddressError::Lacks("host"));
        }
        if config.get_dbname().is_none() {
            return Err(AddressError::Lacks("database"));
        }
        if config.get_ssl_mode() == SslMode::Prefer && !config.get_hosts().iter().all(is_here) {
            // Whoever is in between could say that the server has none.
            config.ssl_mode(SslMode::Require);
        }
        Ok(Self {
            text: text.to_owned(),
            config,
        })
    }

    /// How to connect.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
}

fn in_known_modes(text: &str) -> String {
    let verified = text.replace("sslmode=verify-full", "sslmode=require");
    verified.replace("sslmode=verify-ca", "sslmode=require")
}

/// Whether it is on this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let address = name.parse::<IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_is_talked_to_over_tls_unless_the_address_says_otherwise() {
        for (address, expected) in [
            ("postgres://u@db.example.com/d", SslMode::Require),
            (
                "postgres://u@db.example.com/d?sslmode=prefer",
                SslMode::Require,
            ),
            (
                "postgres://u@db.example.com/d?sslmode=verify-ca",
                SslMode::Require,
            ),
            ("postgres://u@localhost,db.example.com/d", SslMode::Require),
            ("postgres://u@192.0.2.1/d", SslMode::Require),
            (
                "postgres://u@db.example.com/d?sslmode=disable",
                SslMode::Disable,
            ),
            ("postgres://u@localhost/d", SslMode::Prefer),
            ("postgres://u@[::1]/d", SslMode::Prefer),
            ("postgres:///d?host=/run/postgresql", SslMode::Prefer),
            (
                "postgresql://u@127.0.0.1/d?sslmode=verify-full",
                SslMode::Require,
            ),
        ] {
            let parsed = DatabaseAddress::parse(address).unwrap();
            assert_eq!(parsed.config().get_ssl_mode(), expected, "{address}");
            assert_eq!(parsed.to_string(), address);
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused_and_nothing_of_it_is_said() {
        for address in [
            "mysql://u@db.example.com/d",
            "postgres://u:hunter2@db.example.com/d",
            "postgres://u@db.example.com/d?password=hunter2",
            "postgres://db.example.com",
            "postgres:///d",
            "postgres://u@db.example.com/d?sslmode=hunter2",
            "postgres://u@db.example.com:hunter2/d",
        ] {
            let error = DatabaseAddress::parse(address).unwrap_err();
            let said = crate::causes::described(&error);
            assert!(!said.contains("hunter2"), "{address}: {said}");
        }
    }
}
