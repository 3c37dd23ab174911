//! The words of explanations for hosts, as they are for gateways.

/// A text that was written for hosts.
pub fn of_gateway(text: &str) -> String {
    let words = WORDS.iter();
    words.fold(text.to_owned(), |text, (host, gateway)| {
        text.replace(host, gateway)
    })
}

/// Longer ones before those that stand in them.
const WORDS: [(&str, &str); 20] = [
    (" or set leeway = 300, or", ", or"),
    (", set leeway = 300, or", ", or"),
    (
        "; a page that is kept open must fetch one before it joins",
        "",
    ),
    (
        "the one that the issuer made for this meeting",
        "the one that the issuer made for this",
    ),
    (
        "save app_secret or its file",
        "save the credential's secret",
    ),
    (
        "put what it stands for into app_secret_file",
        "give the credential those bytes in base64, with secret_is_base64",
    ),
    (
        "set app_secret_file to",
        "set the credential's secret to what stands in",
    ),
    (" in place of app_secret", ""),
    ("set app_secret to", "set the credential's secret to"),
    (
        "as it stands in app_secret",
        "as it stands in the credential",
    ),
    ("app_secret_file", "the credential's secret"),
    ("app_secret", "the credential's secret"),
    ("this host's own secret", "the credential's secret"),
    ("this host's secret", "the credential's secret"),
    ("the host's secret", "the credential's secret"),
    ("the server's secret", "the credential's secret"),
    ("the server has the secret", "the credential has the secret"),
    ("the host's key", "the credential's key"),
    ("this host", "this gateway"),
    ("the host", "the gateway"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::explain::secret;

    #[test]
    fn nothing_of_what_is_said_of_secrets_is_about_hosts() {
        for text in [
            " 'aB3$dE&f#G h%20i\\j\"k'l+m=' ",
            "JWT_APP_SECRET=s3cret",
            "733363726574",
            "czNjcmV0",
            "a&amp;b",
            "\u{feff}s3cret",
        ] {
            let forms = secret::forms(text.as_bytes());
            let said = forms.flat_map(|form| [form.cause.into_owned(), form.remedy.to_owned()]);
            for said in said.map(|said| of_gateway(&said)) {
                let is_about_hosts = said.contains("app_secret") || said.contains(" host");
                assert!(!is_about_hosts, "{said}");
            }
        }
    }
}
