//! Style, scripts and the picture, as they are in the program.

/// Each by its name, with its media type.
const ALL: &[(&str, &str, &str)] = &[
    ("console.css", CSS, include_str!("assets/console.css")),
    ("console.js", SCRIPT, include_str!("assets/console.js")),
    ("joins.js", SCRIPT, include_str!("assets/joins.js")),
    ("copy.js", SCRIPT, include_str!("assets/copy.js")),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The name of an asset, where there is one of this name.
#[must_use]
pub fn name(asked: &str) -> Option<&'static str> {
    let mut all = ALL.iter();
    all.find(|(name, ..)| *name == asked)
        .map(|(name, ..)| *name)
}

/// The media type and the text of the asset of this name.
#[must_use]
pub fn find(asked: &str) -> Option<(&'static str, &'static str)> {
    let mut all = ALL.iter();
    let found = all.find(|(name, ..)| *name == asked);
    found.map(|(_, media_type, text)| (*media_type, *text))
}
