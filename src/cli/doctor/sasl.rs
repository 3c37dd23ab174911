//! What Prosody says of logins (RFC 6120 section 6), over whatever they come.

use roxmltree::{Document, Node};

use crate::doctor::facts::login::LoginOutcome;

/// The SASL mechanisms that Prosody offers, once it has sent them.
pub fn mechanisms(answer: &str) -> Option<Vec<String>> {
    let document = Document::parse(answer).ok()?;
    let mut nodes = document.descendants();
    nodes.find(|node| has_name(*node, "features"))?;
    let offered = document.descendants();
    let offered = offered.filter(|node| is_word(*node) && has_name(*node, "mechanism"));
    let names = offered.filter_map(|node| node.text().map(str::to_owned));
    Some(names.collect())
}

/// What became of the login, once that is told.
pub fn outcome(answer: &str) -> Option<LoginOutcome> {
    let document = Document::parse(answer).ok()?;
    let mut words = document.descendants().filter(|node| is_word(*node));
    let word = words.find(|node| has_name(*node, "success") || has_name(*node, "failure"))?;
    Some(if has_name(word, "success") {
        LoginOutcome::LetIn
    } else {
        refusal(word)
    })
}

/// What a client says to log in without a password.
pub fn auth() -> String {
    format!("<auth xmlns='{SASL}' mechanism='{ANONYMOUS}'/>")
}

fn refusal(failure: Node<'_, '_>) -> LoginOutcome {
    let parts = || failure.children().filter(Node::is_element);
    let condition = parts().find(|part| !has_name(*part, "text"));
    let condition = condition.map_or("failure", |part| part.tag_name().name());
    let text = parts().find(|part| has_name(*part, "text"));
    let text = text.and_then(|text| text.text()).unwrap_or_default();
    LoginOutcome::Refused(condition.to_owned(), text.to_owned())
}

fn is_word(node: Node<'_, '_>) -> bool {
    node.tag_name().namespace() == Some(SASL)
}

fn has_name(node: Node<'_, '_>, name: &str) -> bool {
    node.tag_name().name() == name
}

/// The mechanism that tokens come with.
pub const ANONYMOUS: &str = "ANONYMOUS";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prosody_says_is_read() {
        let features = format!(
            "<body><stream:features xmlns:stream='s'><mechanisms xmlns='{SASL}'><mechanism>PLAIN</mechanism>\
             <mechanism>ANONYMOUS</mechanism></mechanisms></stream:features></body>"
        );
        let both = vec!["PLAIN".to_owned(), "ANONYMOUS".to_owned()];
        assert_eq!(mechanisms(&features), Some(both));
        assert_eq!(mechanisms("<features/>"), Some(Vec::new()));
        assert_eq!(mechanisms("<body/>"), None);
        let refused = |condition: &str, text: &str| {
            Some(LoginOutcome::Refused(condition.to_owned(), text.to_owned()))
        };
        for (answer, expected) in [
            (
                format!("<success xmlns='{SASL}'/>"),
                Some(LoginOutcome::LetIn),
            ),
            (
                format!("<body><success xmlns='{SASL}'/></body>"),
                Some(LoginOutcome::LetIn),
            ),
            ("<success/>".to_owned(), None),
            ("<body/>".to_owned(), None),
            ("no XML".to_owned(), None),
            (
                format!("<failure xmlns='{SASL}'><not-allowed/><text>no &amp; no</text></failure>"),
                refused("not-allowed", "no & no"),
            ),
            (
                format!("<failure xmlns='{SASL}'><not-allowed/></failure>"),
                refused("not-allowed", ""),
            ),
            (format!("<failure xmlns='{SASL}'/>"), refused("failure", "")),
        ] {
            assert_eq!(outcome(&answer), expected, "{answer}");
        }
    }
}
