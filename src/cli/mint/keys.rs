//! The private key that the command line names.

use crate::token::signing::SigningKey;

use super::arguments::MintArguments;
use super::error::MintError;

/// The private key, where one is named.
pub fn named(arguments: &MintArguments) -> Result<Option<SigningKey>, MintError> {
    let pem = pem(arguments)?;
    let key = pem.map(|pem| SigningKey::from_any_pem(&pem)).transpose();
    Ok(key?)
}

fn pem(arguments: &MintArguments) -> Result<Option<Vec<u8>>, MintError> {
    match (&arguments.key_file, &arguments.key_env) {
        (Some(path), _) => {
            let read = std::fs::read(path).map_err(|source| MintError::File {
                path: path.display().to_string(),
                source,
            });
            read.map(Some)
        }
        (None, Some(name)) => Ok(Some(unescaped(&variable(name)?).into_bytes())),
        (None, None) => Ok(None),
    }
}

/// What a variable of the environment holds.
pub fn variable(name: &str) -> Result<String, MintError> {
    std::env::var(name).map_err(|_| MintError::Variable(name.to_owned()))
}

/// Files of variables have one line for each, so line breaks are often written as two characters.
pub fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n")
}
