//! The image's variables, read as its templates read them.

use crate::options;
use crate::origin::Origin;
use crate::prosody::docker::env_file::Variable;

/// The image's variables. Of one that is set twice the last value counts; an empty one counts as not set.
pub(super) struct Variables<'a>(pub &'a [Variable]);

/// Who lets users in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authentication {
    /// Whoever comes gets in.
    Nobody,
    /// Jitsi's token module.
    Token,
    /// A contributed module that takes tokens and Matrix users.
    HybridMatrix,
    /// Passwords, LDAP, or a name that the image does not know.
    Other,
}

impl Authentication {
    /// Whether the image sets what tokens need.
    pub fn takes_tokens(self) -> bool {
        match self {
            Self::Token | Self::HybridMatrix => true,
            Self::Nobody | Self::Other => false,
        }
    }
}

impl<'a> Variables<'a> {
    pub fn get(&self, name: &str) -> Option<&'a Variable> {
        self.last(name)
            .filter(|variable| !variable.value.is_empty())
    }

    /// The variable that sets this option.
    pub fn of(&self, option: &str) -> Option<&'a Variable> {
        self.get(options::variable_of(option)?)
    }

    /// Also one that is empty.
    pub fn last(&self, name: &str) -> Option<&'a Variable> {
        self.0.iter().rfind(|variable| variable.name == name)
    }

    pub fn text(&self, name: &str, default: &'a str) -> (&'a str, Origin) {
        self.get(name)
            .map_or((default, Origin::Default), |variable| {
                (variable.value.as_str(), variable.origin.clone())
            })
    }

    /// A truth value as the image has it: quotes do not count, and what is no truth value is true.
    pub fn is_on(&self, name: &str) -> Option<bool> {
        self.get(name).map(|variable| {
            let value = variable.value.replace(['"', '\''], "");
            !value.is_empty() && truth(&value).unwrap_or(true)
        })
    }

    /// Where nothing says how users log in, and there is an application ID, tokens are meant.
    pub fn authentication(&self) -> Authentication {
        let kind = self.authentication_type();
        match (
            self.is_on("ENABLE_AUTH"),
            kind.map(|kind| kind.value.as_str()),
        ) {
            (None, None) if self.get("JWT_APP_ID").is_some() => Authentication::Token,
            (Some(false), _) | (None, None) => Authentication::Nobody,
            (_, Some("jwt")) => Authentication::Token,
            (_, Some("hybrid_matrix_token")) => Authentication::HybridMatrix,
            (_, Some(_) | None) => Authentication::Other,
        }
    }

    /// The variable that says how users log in.
    pub fn authentication_type(&self) -> Option<&'a Variable> {
        let own = self.get("PROSODY_AUTH_TYPE");
        own.or_else(|| self.get("AUTH_TYPE"))
    }

    pub fn pairs(&self) -> Vec<(String, String)> {
        let pair = |variable: &Variable| (variable.name.clone(), variable.value.clone());
        self.0.iter().map(pair).collect()
    }
}

/// The image's truth values, without quotes.
pub(super) fn truth(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

pub(super) fn parts<'a>(value: &'a str, separator: &str) -> Vec<&'a str> {
    let parts = value.split(separator);
    parts.filter(|part| !part.is_empty()).collect()
}
