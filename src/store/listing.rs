//! How consumers and credentials are listed, whichever database has them: in portions that are looked through.

use super::kept::MOST_LISTED;
use super::registered::{Listed, Tags};

/// What a database is asked for: a portion of those that may be meant.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Those behind this ID.
    pub after: Vec<u8>,
    /// So many.
    pub size: usize,
    /// Whether all of the words are to stand in the tags (1), one of them (2), or any (0).
    pub mode: i32,
    /// Tags as they are written in JSON. They may also stand there as parts of others: what is found is looked at again.
    pub words: Vec<String>,
}

/// What was found of what is asked for.
pub struct Listing<T> {
    listed: Listed,
    found: Vec<T>,
    after: Vec<u8>,
    is_whole: bool,
}

impl Asked {
    /// The words as a list in JSON.
    pub fn words_text(&self) -> String {
        serde_json::Value::from(self.words.clone()).to_string()
    }
}

impl<T> Listing<T> {
    /// Nothing yet.
    pub fn new(listed: Listed) -> Self {
        let after = listed.after.map(|id| id.as_bytes().to_vec());
        Self {
            is_whole: listed.size == 0,
            after: after.unwrap_or_default(),
            listed,
            found: Vec::new(),
        }
    }

    /// What is to be asked for next. None where there is nothing more to ask.
    pub fn next(&self) -> Option<Asked> {
        let (mode, words) = match &self.listed.tags {
            Tags::Any => (0, [].as_slice()),
            Tags::All(words) => (1, words.as_slice()),
            Tags::Some(words) => (2, words.as_slice()),
        };
        let written = |word: &String| serde_json::Value::from(word.clone()).to_string();
        (!self.is_whole).then(|| Asked {
            after: self.after.clone(),
            size: self.size(),
            mode,
            words: words.iter().map(written).collect(),
        })
    }

    /// Takes a portion: the IDs of its rows, and what those say that are understood, with their tags.
    pub fn take<R>(
        &mut self,
        rows: &[R],
        id: impl Fn(&R) -> &[u8],
        understood: impl Fn(&R) -> Option<(T, Option<Vec<String>>)>,
    ) {
        let size = self.size();
        self.is_whole = rows.len() < size;
        if let Some(last) = rows.last() {
            self.after = id(last).to_vec();
        }
        let meant = rows.iter().filter_map(understood);
        let meant = meant.filter(|(_, tags)| self.listed.tags.admit(tags.as_deref()));
        let left = size.saturating_sub(self.found.len());
        self.found.extend(meant.map(|(value, _)| value).take(left));
        self.is_whole |= self.found.len() >= size;
    }

    /// All that was found.
    pub fn found(self) -> Vec<T> {
        self.found
    }

    fn size(&self) -> usize {
        self.listed.size.min(MOST_LISTED)
    }
}

impl Tags {
    /// Whether something with these tags is meant.
    fn admit(&self, tags: Option<&[String]>) -> bool {
        let tags = tags.unwrap_or_default();
        match self {
            Self::Any => true,
            Self::All(words) => words.iter().all(|word| tags.contains(word)),
            Self::Some(words) => words.iter().any(|word| tags.contains(word)),
        }
    }
}
