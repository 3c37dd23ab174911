//! Where people log in.

use maud::{Markup, html};

use super::address;
use super::shell::{NOTHING, document, leads_on};

/// The page; it leads to `to`. Where something went wrong it says what.
#[must_use]
pub fn page(to: &str, wrong: Option<&str>) -> Markup {
    let content = html! {
        @if let Some(wrong) = wrong { p.bad role="alert" { (wrong) } }
        form.login method="post" action=(address::LOG_IN) {
            input type="hidden" name="to" value=(to);
            // By this, browsers that keep passwords know whose it is.
            input type="text" name="username" value="administrator" autocomplete="username" hidden;
            label for="key" { "Key of administrators" }
            input #key type="password" name="key" required autofocus autocomplete="current-password"
                aria-describedby="which";
            p #which.hint {
                "It is " code { "admin_key" } " in the daemon's configuration, or what the file of " code { "admin_key_file" } " holds."
            }
            button type="submit" { "Log in" }
        }
    };
    document("Log in", &NOTHING, &content)
}

/// What is shown in place of a form to whom a key could be read on the way.
#[must_use]
pub fn unguarded() -> Markup {
    let content = html! {
        p.bad role="alert" { (UNGUARDED) }
        p { "On the server itself, or through " code { "ssh -L 5290:127.0.0.1:5290" } ", " code { "http://localhost:5290/console/" } " does." }
    };
    document("Log in", &NOTHING, &content)
}

/// A page that leads on at once.
#[must_use]
pub fn again(to: &str) -> Markup {
    leads_on("Log in", to)
}

const UNGUARDED: &str = "This page came to you over plain http, or your browser does not say where requests come from: the key could be read on the \
    way. Open it over https, through a proxy with TLS.";

/// What is said of a key that is not the right one.
pub const WRONG: &str = "This is not the key of administrators. Prosody's key (api_key) is another one, and opens nothing here.";

/// What is said to whoever tries too often.
#[must_use]
pub fn too_many(seconds: u64) -> String {
    format!("Too many keys were tried from where you are: wait {seconds} seconds, then try again.")
}
