//! Errors with their causes, for those who read them.

use std::error::Error;

/// An error, then each cause, with colons between them.
pub fn described(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("cannot start")]
    struct Outer(#[source] io::Error);

    #[test]
    fn an_error_is_described_with_all_its_causes() {
        let error = Outer(io::Error::other("no room"));
        assert_eq!(described(&error), "cannot start: no room");
        assert_eq!(described(&io::Error::other("no room")), "no room");
    }
}
