//! The form in which a token is asked for.

use maud::{Markup, html};
use serde::Deserialize;

use crate::console::address;
use crate::console::shell::Around;
use crate::console::text::plain;

/// A host, with the names of its issuers.
pub type Offer = (String, Vec<String>);

/// What somebody has filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// The host.
    pub host: String,
    /// Its issuer, by its name; the first one where none is named.
    pub issuer: String,
    /// The room; all of them where none is named.
    pub room: String,
    /// The tenant.
    pub tenant: String,
    /// The user's name.
    pub user: String,
    /// The user's e-mail address.
    pub email: String,
    /// Whether the user is to be a moderator.
    pub moderator: Option<String>,
    /// Features, with commas between them.
    pub features: String,
    /// For how many minutes the token is good.
    pub minutes: String,
}

/// The longest that a token lasts which is made here: a day.
pub const LONGEST_MINUTES: u32 = 1_440;

impl Default for Fields {
    fn default() -> Self {
        Self {
            host: String::new(),
            issuer: String::new(),
            room: String::new(),
            tenant: String::new(),
            user: String::new(),
            email: String::new(),
            moderator: None,
            features: String::new(),
            minutes: "60".to_owned(),
        }
    }
}

/// The form, with these values in it.
pub(super) fn form(around: &Around<'_>, offers: &[Offer], fields: &Fields) -> Markup {
    html! {
        form method="post" action=(address::MINT) {
            (around.form_token())
            div.fields {
                (host(offers, &fields.host))
                (issuer(offers, &fields.issuer))
                (text("room", "Room", &fields.room, "Its name, or its web address. Empty: all rooms."))
                (text("tenant", "Tenant", &fields.tenant, "What stands before the room in the meeting's address, where anything does."))
                (text("user", "User's name", &fields.user, ""))
                (text("email", "E-mail address", &fields.email, ""))
                (text("features", "Features", &fields.features, "With commas between them, such as recording, livestreaming."))
                (minutes(&fields.minutes))
            }
            p {
                input #mint-moderator type="checkbox" name="moderator" value="yes" checked[fields.moderator.is_some()];
                " "
                label.beside for="mint-moderator" { "The user is to be a moderator" }
            }
            div.actions { button type="submit" { "Make a token" } }
        }
    }
}

fn host(offers: &[Offer], chosen: &str) -> Markup {
    html! {
        div {
            label for="mint-host" { "Host" }
            select #mint-host name="host" {
                @for (host, _) in offers {
                    option value=(host) selected[host == chosen] { (plain(host)) }
                }
            }
        }
    }
}

/// Most hosts have one, which is meant then.
fn issuer(offers: &[Offer], chosen: &str) -> Markup {
    let several = offers.iter().filter(|(_, issuers)| issuers.len() > 1);
    let several: Vec<&Offer> = several.collect();
    html! {
        @if !several.is_empty() {
            div {
                label for="mint-issuer" { "Issuer" }
                select #mint-issuer name="issuer" {
                    option value="" { "the first one of the host" }
                    @for (host, issuers) in several {
                        optgroup label=(plain(host)) {
                            @for issuer in issuers {
                                option value=(issuer) selected[issuer == chosen] { (plain(issuer)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn text(name: &str, label: &str, value: &str, hint: &str) -> Markup {
    let described = (!hint.is_empty()).then(|| format!("mint-{name}-hint"));
    html! {
        div {
            label for={ "mint-" (name) } { (label) }
            // What was typed is sent once more as it was typed.
            input #{ "mint-" (name) } name=(name) value=(value) autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-describedby=[described.as_deref()];
            @if let Some(described) = &described { p.hint #(described) { (hint) } }
        }
    }
}

fn minutes(value: &str) -> Markup {
    html! {
        div {
            label for="mint-minutes" { "Minutes" }
            input #mint-minutes type="number" name="minutes" value=(value) min="1" max=(LONGEST_MINUTES) required
                aria-describedby="mint-minutes-hint";
            p #mint-minutes-hint.hint { "For how long it is good: a day (" (LONGEST_MINUTES) ") at most." }
        }
    }
}
