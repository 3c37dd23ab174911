//! Options of the console, in the daemon's own configuration alone.

use super::known::{Group, Kind, KnownOption, Place, Unit};
use super::row::Row;

pub(super) const OPTIONS: &[KnownOption] = &[
    console("enabled", Kind::Truth)
        .always("false")
        .detail(
            "It is at /console/ of the addresses of listen (http://127.0.0.1:5290/console/). People log in with the administrators' key; \
             where no key is set at all, every user of this machine may look, and change nothing. Browsers elsewhere reach it through a \
             proxy with TLS whose name is in server_names (docs/console.md).",
        )
        .means("Whether there is a page on which people see why somebody cannot join."),
    console("recent", Kind::Number(Unit::Count))
        .always("200")
        .detail("They are kept in memory, without tokens, and gone with the next start. With 0 none are.")
        .means("How many of the last decisions the page shows."),
    console("show_names", Kind::Truth)
        .always("false")
        .means("Whether rooms, and users as their tokens name them, stand beside these decisions."),
    console("mint", Kind::Truth)
        .always("false")
        .detail("It needs an admin_key, and a host whose tokens are signed with a secret.")
        .means("Whether tokens for trying things can be made on the page."),
    console("session", Kind::Number(Unit::Seconds))
        .always("28800")
        .means("For how many seconds a login lasts."),
];

const fn console(name: &'static str, kind: Kind) -> Row {
    Row::new(Place::Daemon("console"), name, kind, Group::Console)
}
