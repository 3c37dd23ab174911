//! Options that Prosody's modules read, in Prosody's configuration alone.

use super::known::{Group, KEY_URL_OF_MODULES, Kind, KnownOption, Place, Unit};
use super::row::Row;

pub(super) const OPTIONS: &[KnownOption] = &[
    modules("token_verification_allowlist", Kind::Texts)
        .like("[\"recorder.meet.example.com\"]")
        .means("Domains and addresses of users who enter rooms without a token."),
    modules(
        "token_verification_require_token_for_moderation",
        Kind::Truth,
    )
    .always("false")
    .means("Whether only participants with a token may configure a room."),
    modules(KEY_URL_OF_MODULES, Kind::Url)
        .like("\"https://keys.example.com/backend\"")
        .means("The key server for tokens of backends, which contributed modules ask for."),
    modules("tokend_url", Kind::Url)
        .always("\"http://127.0.0.1:5290\"")
        .means("Where Prosody reaches the daemon."),
    modules("tokend_timeout", Kind::Number(Unit::Seconds))
        .always("3")
        .means("For how many seconds Prosody waits for the daemon before it refuses."),
    modules("tokend_api_key", Kind::Secret)
        .like("\"what the daemon's api_key_file holds\"")
        .means("The key that Prosody sends to the daemon."),
];

const fn modules(name: &'static str, kind: Kind) -> Row {
    Row::new(Place::Prosody, name, kind, Group::Modules)
}
