//! Why a room claim that is no pattern does not name the room, and what it must be.

use super::super::room_name::{self, joined};
use super::{format, spelling};

/// What is wrong with a claim, and what to change.
pub struct Advice {
    /// What probably happened.
    pub cause: String,
    /// What to change beside the claim itself.
    pub beside: Option<String>,
}

impl Advice {
    fn new(cause: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            beside: None,
        }
    }

    fn with_tenant(self, tenant: &str) -> Self {
        let beside =
            (!tenant.is_empty()).then(|| format!("sub to the tenant {}", format::quote(tenant)));
        Self { beside, ..self }
    }
}

/// Compares a claim with the name of the room that is joined.
pub fn advice(claim: &str, name: &str) -> Option<Advice> {
    let checks = [
        empty, unfilled, jid, address, tenants, slashes, same_room, spelt, blanks, words,
    ];
    if claim.len() > LONGEST {
        return None;
    }
    checks.iter().find_map(|check| check(claim, name))
}

fn empty(claim: &str, _: &str) -> Option<Advice> {
    claim
        .trim()
        .is_empty()
        .then(|| Advice::new("the claim is empty"))
}

fn unfilled(claim: &str, _: &str) -> Option<Advice> {
    spelling::is_unfilled(claim).then(|| Advice::new(spelling::UNFILLED))
}

fn jid(claim: &str, name: &str) -> Option<Advice> {
    let (node, _) = claim.split_once('@').filter(|_| !claim.contains("://"))?;
    let (tenant, room) = node
        .strip_prefix('[')
        .and_then(|node| node.split_once(']'))
        .unwrap_or(("", node));
    let cause = "the claim is a full JID; only the part before the @ belongs there";
    let is_this = is_name(room, name) || is_name(node, name);
    Some(Advice::new(cause).with_tenant(if is_this { tenant } else { "" }))
}

fn address(claim: &str, name: &str) -> Option<Advice> {
    let meeting = room_name::meeting(claim)?;
    let cut = claim.find(['?', '#']);
    let is_web = claim.contains("://") || claim.starts_with("www.") || claim.starts_with("//");
    let cause = if is_web || meeting.tenant.is_some_and(|tenant| tenant.contains('.')) {
        "the claim is a web address; only the room's name belongs there"
    } else if cut.is_some_and(|cut| cut > 0) && is_name(meeting.room, name) {
        "the claim is a part of a web address; what begins with ? or # does not belong to the room's name"
    } else {
        return None;
    };
    Some(
        Advice::new(cause).with_tenant(
            meeting
                .tenant
                .filter(|tenant| !tenant.contains('.'))
                .unwrap_or_default(),
        ),
    )
}

fn tenants(claim: &str, name: &str) -> Option<Advice> {
    let marked = claim
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'));
    if let Some((tenant, _)) = marked.filter(|(_, room)| is_name(room, name)) {
        return Some(Advice::new("the claim has the tenant before the room, as the room's address has it; only the room's name belongs there, and the tenant in sub").with_tenant(tenant));
    }
    let (tenant, room) = claim.trim_matches('/').rsplit_once('/')?;
    is_name(room, name).then(|| {
        Advice::new("the claim has the tenant before the room; only the room's name belongs there, and the tenant in sub").with_tenant(tenant)
    })
}

fn slashes(claim: &str, name: &str) -> Option<Advice> {
    let bare = claim.trim_matches('/');
    (bare != claim && is_name(bare, name)).then(|| Advice::new("the claim has a slash too many"))
}

/// Whether a text names the room, in whatever spelling.
fn is_name(text: &str, name: &str) -> bool {
    text.eq_ignore_ascii_case(name) || joined(text) == joined(name)
}

/// The same room in another spelling.
fn same_room(claim: &str, name: &str) -> Option<Advice> {
    let once = joined(claim);
    let of_form = claim.replace('+', " ");
    let twice = percent_encoding::percent_decode_str(claim)
        .decode_utf8_lossy()
        .into_owned();
    if once == name {
        return Some(Advice::new(format!(
            "the claim names the same room in another spelling: the room claim must be {} (lower-cased, then percent-encoded)",
            format::quote_whole(name)
        )));
    }
    let cause = if claim.to_lowercase() == name {
        "the claim has capitals beyond A to Z, which are compared as they stand"
    } else if joined(&twice) == joined(name) && twice != claim && once != joined(name) {
        "the claim is percent-encoded twice"
    } else if twice.to_lowercase() == name && twice != claim {
        "the claim is percent-encoded, and is compared as it stands"
    } else if claim.contains('+') && joined(&of_form) == joined(name) {
        "the claim has + for blanks, as forms have it; the room has %20"
    } else {
        return None;
    };
    Some(Advice::new(cause))
}

fn spelt(claim: &str, name: &str) -> Option<Advice> {
    let decoded = percent_encoding::percent_decode_str(name)
        .decode_utf8_lossy()
        .into_owned();
    let lower = claim.to_ascii_lowercase();
    [name, &decoded]
        .into_iter()
        .find_map(|needed| spelling::difference(&lower, needed))
        .map(|cause| Advice::new(cause.replace("the server's own value", "the room's own name")))
}

fn blanks(claim: &str, name: &str) -> Option<Advice> {
    let without: String = claim.split_whitespace().collect();
    (without != claim && is_name(&without, name))
        .then(|| Advice::new("the claim has blanks, and the room that is joined has none"))
}

fn words(claim: &str, _: &str) -> Option<Advice> {
    let all = [
        "all",
        "any",
        "**",
        "%",
        ".*",
        "all rooms",
        "any room",
        "^.*$",
        "*.*",
        "#",
    ];
    all.contains(&claim.to_lowercase().as_str())
        .then(|| Advice::new("all rooms are written \"*\", and nothing else"))
}

/// Longer claims are no names.
const LONGEST: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_means_the_room_is_told_how_it_misses_it() {
        for (claim, name, says) in [
            ("", "standup", "empty"),
            ("standup@conference.example.com", "standup", "full JID"),
            ("https://meet.example.com/standup", "standup", "web address"),
            ("meet.example.com/standup", "standup", "web address"),
            ("standup?lang=de", "standup", "part of a web address"),
            ("standup#config.x=1", "standup", "part of a web address"),
            ("[globex]standup", "standup", "the tenant before the room"),
            ("globex/standup", "standup", "the tenant before the room"),
            ("standup/", "standup", "a slash too many"),
            ("/standup", "standup", "a slash too many"),
            (
                "ТЕСТ",
                "%d1%82%d0%b5%d1%81%d1%82",
                "lower-cased, then percent-encoded",
            ),
            (
                "%D0%A2%D0%95%D0%A1%D0%A2",
                "%d1%82%d0%b5%d1%81%d1%82",
                "lower-cased, then percent-encoded",
            ),
            ("Tür 3", "t%c3%bcr%203", "lower-cased, then percent-encoded"),
            ("tür+3", "t%c3%bcr%203", "+ for blanks"),
            ("t%25c3%25bcr", "t%c3%bcr", "twice"),
            ("BÜRO", "büro", "capitals beyond A to Z"),
            ("cafe\u{301}", "café", "COMBINING ACUTE ACCENT"),
            ("stand\u{ad}up", "standup", "SOFT HYPHEN"),
            ("st\u{430}ndup", "standup", "CYRILLIC SMALL LETTER A"),
            ("standup\u{a0}", "standup", "NO-BREAK SPACE"),
            ("Daily Standup", "dailystandup", "blanks"),
            ("daily-standup", "daily_standup", "hyphens"),
            ("\"standup\"", "standup", "\" before"),
            ("#standup", "standup", "\"#\" before"),
            ("standup,planning", "standup", "a list in one string"),
            ("standupp", "standup", "nearly the same"),
            ("all", "standup", "written \"*\""),
        ] {
            let said = advice(claim, name)
                .map(|advice| advice.cause)
                .unwrap_or_default();
            assert!(said.contains(says), "{claim:?}: {said:?}");
        }
    }

    #[test]
    fn another_room_is_another_room() {
        for claim in ["planning", "standards-2", "*x*"] {
            assert!(advice(claim, "standup").is_none(), "{claim}");
        }
    }
}
