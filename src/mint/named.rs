//! Hosts and rooms as people name them, for a token that is to be made.

use crate::token::room_name;
use crate::token::shown;

use super::error::NotMinted;
use super::wanted::Wanted;

/// The room as the token names it, and the tenant that was named along with it.
pub struct Room {
    /// What goes into the room claim.
    pub claim: String,
    /// Whether that is a Lua pattern.
    pub is_pattern: bool,
    /// What goes into sub, for a tenant's room.
    pub tenant: Option<String>,
    /// What was made of the room's name, where it is not taken as it stands.
    pub remark: Option<String>,
}

/// The room and the tenant that are named: all rooms where none is.
///
/// # Errors
/// [`NotMinted::Tenants`].
pub fn asked(wanted: &Wanted) -> Result<Room, NotMinted> {
    let text = wanted.room.as_deref().unwrap_or("*");
    let room = if wanted.regex {
        pattern(text)
    } else {
        room(text)
    };
    let tenant = wanted.tenant.as_ref();
    let tenant = tenant.map(|tenant| tenant.trim().to_lowercase());
    match (&room.tenant, &tenant) {
        (Some(of_room), Some(asked)) if of_room != asked => Err(NotMinted::Tenants {
            of_room: shown::quoted(of_room),
            asked: shown::quoted(asked),
        }),
        (_, None) => Ok(room),
        (_, Some(_)) => Ok(Room { tenant, ..room }),
    }
}

fn pattern(text: &str) -> Room {
    Room {
        claim: text.to_owned(),
        is_pattern: true,
        tenant: None,
        remark: None,
    }
}

/// The room claim is what the web client joins, whatever the room is called by.
fn room(text: &str) -> Room {
    let asked = text.trim();
    let (node, tenant) = parts(asked);
    let inner = node.strip_prefix('[').and_then(|node| node.split_once(']'));
    let (name, tenant) = inner.map_or((node, tenant), |(tenant, name)| (name, Some(tenant)));
    let claim = room_name::joined(name);
    let tenant = tenant.map(str::to_lowercase);
    let remark =
        (claim != text || tenant.is_some()).then(|| remark(text, &claim, tenant.as_deref()));
    Room {
        claim,
        is_pattern: false,
        tenant,
        remark,
    }
}

fn parts(asked: &str) -> (&str, Option<&str>) {
    match (room_name::meeting(asked), asked.split_once('@')) {
        (Some(meeting), _) => (meeting.room, meeting.tenant),
        (None, Some((node, _))) => (node, None),
        (None, None) => (asked, None),
    }
}

fn remark(text: &str, claim: &str, tenant: Option<&str>) -> String {
    let of_tenant = tenant.map_or_else(String::new, |tenant| {
        format!("; its tenant is {}", shown::quoted(tenant))
    });
    format!(
        "the room claim is {claim}: so the web client joins {}{of_tenant}",
        shown::quoted(text)
    )
}

/// A host as people name it: in whatever capitals, with a dot at the end, or as a web address.
#[must_use]
pub fn host(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let rest = lower
        .split_once("://")
        .map_or(lower.as_str(), |(_, rest)| rest);
    let name = rest.split(['/', ':']).next().unwrap_or_default();
    name.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_written_as_the_web_client_joins_it() {
        for (text, claim, tenant, has_remark) in [
            ("*", "*", None, false),
            ("standup", "standup", None, false),
            ("StandUp", "standup", None, true),
            ("Тест", "%d1%82%d0%b5%d1%81%d1%82", None, true),
            ("Tür 3", "t%c3%bcr%203", None, true),
            (
                "https://m.example/Acme/standup",
                "standup",
                Some("acme"),
                true,
            ),
            ("acme/standup", "standup", Some("acme"), true),
            (
                "[acme]standup@conference.m.example",
                "standup",
                Some("acme"),
                true,
            ),
            ("standup@conference.m.example", "standup", None, true),
        ] {
            let room = room(text);
            assert_eq!(
                (room.claim.as_str(), room.tenant.as_deref()),
                (claim, tenant),
                "{text}"
            );
            assert_eq!(room.remark.is_some(), has_remark, "{text}");
        }
    }

    #[test]
    fn a_host_is_found_in_capitals_and_in_a_web_address() {
        for text in [
            "m.example",
            "M.Example",
            "m.example.",
            "https://m.example:8443/x",
            " m.example ",
        ] {
            assert_eq!(host(text), "m.example", "{text}");
        }
    }
}
