//! What keys are looked for in.

use std::sync::Arc;

use crate::token::decision::Found;

use super::cache::KeyCache;
use super::recorded::{self, Answers};
use super::source::KeySources;
use super::state::SourceState;

/// Where the answers of key servers come from.
pub enum KeyStore {
    /// They were recorded.
    Recorded(Answers),
    /// They are fetched, and kept.
    Live(Arc<KeyCache>),
}

impl KeyStore {
    /// Looks for the key of a `kid`; None where no source has one.
    pub async fn find(&self, sources: &KeySources, kid: &str) -> Found {
        match self {
            Self::Recorded(answers) => recorded::find(answers, sources, kid),
            Self::Live(cache) => cache.find(sources, kid).await,
        }
    }

    /// The names of keys that these sources have, at most so many.
    #[must_use]
    pub fn kids(&self, sources: &KeySources, most: usize) -> Vec<String> {
        match self {
            Self::Recorded(answers) => recorded::kids(answers, sources, most),
            Self::Live(cache) => cache.kids(sources, most),
        }
    }

    /// What is to be said of a key that these sources do not have.
    #[must_use]
    pub fn words(&self, sources: &KeySources, kid: &str) -> Vec<String> {
        match self {
            Self::Recorded(answers) => recorded::words(answers, sources, kid),
            Self::Live(cache) => cache.words(sources, kid),
        }
    }

    /// What is loaded from these sources; nothing of what was recorded.
    #[must_use]
    pub fn state(&self, sources: &KeySources) -> Vec<SourceState> {
        match self {
            Self::Recorded(_) => Vec::new(),
            Self::Live(cache) => cache.state(sources),
        }
    }
}

impl From<Answers> for KeyStore {
    fn from(answers: Answers) -> Self {
        Self::Recorded(answers)
    }
}

impl From<Arc<KeyCache>> for KeyStore {
    fn from(cache: Arc<KeyCache>) -> Self {
        Self::Live(cache)
    }
}
