//! Style, scripts and the picture of the console.

use crate::console::assets;
use crate::http::response::{Problem, Reply};

/// Answers with the one of this name.
pub fn answer(name: &str) -> Result<Reply, Problem> {
    let (media_type, text) = assets::find(name).ok_or_else(|| Problem::NotFound {
        known: String::new(),
    })?;
    Ok(Reply::text(media_type, text.to_owned()))
}
