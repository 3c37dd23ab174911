//! What is wrong with a declarative file.

use std::cell::RefCell;

/// One mistake: where it is, what was found there and what would be right. Nothing that may be a secret is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The path within the file, such as `consumers[3].jwt_secrets[0].rsa_public_key`.
    pub path: String,
    /// What was found.
    pub found: String,
    /// What would be right.
    pub expected: String,
}

/// Mistakes that were found so far. Those beyond what anybody reads are counted by nobody.
#[derive(Default)]
pub struct Mistakes(RefCell<Vec<Mistake>>);

impl Mistakes {
    /// Notes one.
    pub fn note(&self, line: usize, path: &str, found: &str, expected: &str) {
        let mut mistakes = self.0.borrow_mut();
        if mistakes.len() < MOST {
            mistakes.push(Mistake {
                line,
                path: path.to_owned(),
                found: found.to_owned(),
                expected: expected.to_owned(),
            });
        }
    }

    /// All of them, in the order in which they stand in the file.
    pub fn into_all(self) -> Vec<Mistake> {
        let mut mistakes = self.0.into_inner();
        mistakes.sort_by_key(|mistake| mistake.line);
        mistakes
    }
}

const MOST: usize = 100;
