//! What is wrong with the server, the worst first.

use maud::{Markup, html};

use crate::api::health::Ready;
use crate::api::keys::{HostKeys, LoadedKeys};
use crate::api::words::health::{self as words, LINES_LOST, Trouble};
use crate::api::words::keys::source;
use crate::store::StoreState;
use crate::token::shown;
use crate::token::when;

use super::facts::Server;

/// Where it is on the page.
pub(super) const ANCHOR: &str = "wrong";

/// The part of the page.
pub(super) fn section(server: &Server<'_>) -> Markup {
    let (errors, warnings) = (errors(server), warnings(server));
    html! {
        h2 #(ANCHOR) { "What is wrong" }
        @if errors.is_empty() && warnings.is_empty() {
            p { span.mark.good { "nothing to mend" } " of what was looked at here: " (LOOKED_AT) "." }
        }
        @for trouble in &errors { (card("bad", "error", trouble)) }
        @for trouble in &warnings { (card("doubtful", "warning", trouble)) }
        p.hint {
            code { "prosody-tokend check" } " and " code { "prosody-tokend doctor" }
            " on the server look at files, who can read them, and Prosody as well."
        }
    }
}

const LOOKED_AT: &str =
    "the configuration in force, reloads, keys, the store of revocations, and the logs";

fn card(class: &str, mark: &str, trouble: &Trouble) -> Markup {
    let mut lines = trouble.what.lines();
    html! {
        div class={ "card " (class) } {
            p { span class={ "mark " (class) } { (mark) } " " (shown::escaped(lines.next().unwrap_or_default())) }
            @for line in lines { p.code { (shown::escaped(line)) } }
            @if !trouble.why.is_empty() { p { (trouble.why) } }
        }
    }
}

/// What keeps people out, or lets them in who should not be.
fn errors(server: &Server<'_>) -> Vec<Trouble> {
    let Ready {
        cannot_admit,
        missing_keys,
        reload_failed,
        audit_failed,
        revocations_unknown,
        ..
    } = server.health;
    let reload = reload_failed
        .as_ref()
        .map(|error| refused(error, server.reloads.last_failure));
    let unknown = revocations_unknown.then(words::revocations_unknown);
    let closed = cannot_admit.iter();
    let closed = closed.map(|host| words::host_without_keys(host));
    let missing = missing_keys.iter().map(|text| plain(text));
    let audit = audit_failed.as_ref().map(|error| unrecorded(error));
    let first = reload.into_iter().chain(unknown).chain(closed);
    first.chain(missing).chain(audit).collect()
}

/// What works, and is better changed.
fn warnings(server: &Server<'_>) -> Vec<Trouble> {
    let health = server.health;
    let unwatched = health.not_watched.as_deref().map(words::not_watched);
    let stale = health.stale_keys.iter().map(|text| plain(text));
    let store = server.store.map(of_store).unwrap_or_default();
    let overview = server.overview;
    let of_configuration = overview.warnings.iter().chain(&overview.risks);
    let of_configuration = of_configuration.map(|text| plain(text));
    let mut warnings: Vec<Trouble> = unwatched.into_iter().chain(stale).collect();
    warnings.extend(unheard(server.keys, health));
    warnings.extend(store);
    warnings.extend(lost("its log", health.log_lines_lost));
    warnings.extend(lost("the audit log", health.audit_lines_lost));
    warnings.extend(of_configuration);
    warnings
}

fn refused(error: &str, last: Option<i64>) -> Trouble {
    let at = last.map_or_else(String::new, |at| format!(" since {}", when::shown(at)));
    Trouble {
        what: format!(
            "the configuration as it is written is not in force{at}: it was refused\n{error}"
        ),
        why: "the one before stays in force until this is mended, and counts at no start",
    }
}

fn unrecorded(error: &str) -> Trouble {
    Trouble {
        what: format!("decisions are not recorded in the audit log: {error}"),
        why: "with required = true in [audit] nobody gets in meanwhile",
    }
}

/// Sources of keys that did not answer, and whose keys are good still.
fn unheard(keys: &LoadedKeys, health: &Ready) -> Vec<Trouble> {
    let of_host = |host: &HostKeys| {
        let name = host.host.clone();
        let sources = host.sources.clone().into_iter();
        sources.filter_map(move |of| Some((name.clone(), source(&of), of.error?)))
    };
    let is_told = |error: &str| {
        let mut told = health.missing_keys.iter().chain(&health.stale_keys);
        told.any(|told| told.ends_with(error))
    };
    let all = keys.hosts.iter().flat_map(of_host);
    let untold = all.filter(|(.., error)| !is_told(error));
    untold
        .map(|(host, source, error)| plain(&format!("{host}: {source}: {error}")))
        .collect()
}

fn of_store(store: &StoreState) -> Vec<Trouble> {
    let damaged = store.damage.as_deref().map(words::store_damaged);
    let failed = store.error.as_deref();
    let failed = failed.map(|error| words::store_failed(error, store.failing_since));
    let unreadable = store.unreadable_secrets;
    let unreadable = (unreadable > 0).then(|| words::secrets_unreadable(unreadable));
    let behind = store.behind_since.map(behind);
    let copy = store.copy_error.as_deref().map(uncopied);
    let newer = (store.not_understood > 0).then(|| newer(store.not_understood));
    let all = [damaged, failed, unreadable, behind, copy, newer];
    all.into_iter().flatten().collect()
}

fn behind(since: i64) -> Trouble {
    Trouble {
        what: format!(
            "what others revoked since {} may be missing here",
            when::shown(since)
        ),
        why: "who was revoked elsewhere may be let in here",
    }
}

fn uncopied(error: &str) -> Trouble {
    Trouble {
        what: format!("the copy of the shared store cannot be written: {error}"),
        why: "what is in force does not depend on it, until the daemon starts while the database is away",
    }
}

fn newer(count: usize) -> Trouble {
    Trouble {
        what: format!("{count} entries of the store are of a later version of the daemon"),
        why: "they are not in force here until this daemon is of that version",
    }
}

fn lost(what: &str, count: u64) -> Option<Trouble> {
    (count > 0).then(|| Trouble {
        what: format!("the daemon has lost {count} lines of {what} since it started"),
        why: LINES_LOST,
    })
}

/// What says for itself why it matters.
fn plain(text: &str) -> Trouble {
    Trouble {
        what: text.to_owned(),
        why: "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::keys::Source;
    use crate::api::revocations::RevocationList;
    use crate::console::server::revocations::{Listed, Revocations};
    use crate::joins::Hour;
    use crate::overview::Overview;
    use crate::reload_status::Reloads;

    /// What the daemon knows of itself.
    #[derive(Default)]
    struct State {
        health: Ready,
        store: StoreState,
        overview: Overview,
        hosts: Vec<HostKeys>,
    }

    /// What the page says of a server that is as `change` makes it.
    fn shown(change: impl FnOnce(&mut State)) -> String {
        let mut state = State::default();
        change(&mut state);
        let keys = LoadedKeys {
            hosts: state.hosts.clone(),
        };
        let server = Server {
            now: 1_769_860_800,
            version: "1",
            reloads: Reloads {
                last_failure: Some(1_769_860_800),
                ..Reloads::default()
            },
            health: &state.health,
            hour: Hour::default().sums(0),
            overview: &state.overview,
            keys: &keys,
            store: Some(&state.store),
            revocations: Revocations {
                listed: Listed::Page {
                    list: &RevocationList::default(),
                    has_earlier: false,
                },
                hosts: Vec::new(),
                closed: None,
            },
        };
        section(&server).into_string()
    }

    #[test]
    fn where_nothing_is_wrong_the_page_says_what_was_looked_at_and_what_was_not() {
        let page = shown(|_| {});
        for text in ["nothing to mend", LOOKED_AT, "prosody-tokend doctor"] {
            assert!(page.contains(text), "{text}: {page}");
        }
    }

    #[test]
    fn each_trouble_is_told_in_words_and_nothing_is_good_then() {
        type Change = fn(&mut State);
        let changes: [(Change, &str, &str); 16] = [
            (
                |state| state.health.reload_failed = Some("a mistake".to_owned()),
                "error",
                "since 2026-01-31 12:00:00 UTC: it was refused",
            ),
            (
                |state| state.health.revocations_unknown = true,
                "error",
                "does not know what was revoked",
            ),
            (
                |state| state.health.cannot_admit = vec!["m.example".to_owned()],
                "error",
                "not one key for m.example",
            ),
            (
                |state| state.health.missing_keys = vec!["m.example: x: no keys".to_owned()],
                "error",
                "m.example: x: no keys",
            ),
            (
                |state| state.health.audit_failed = Some("no room".to_owned()),
                "error",
                "audit log: no room",
            ),
            (
                |state| state.health.not_watched = Some("too many".to_owned()),
                "warning",
                "at once: too many",
            ),
            (
                |state| state.health.stale_keys = vec!["m.example: x: stale".to_owned()],
                "warning",
                "m.example: x: stale",
            ),
            (
                |state| state.health.log_lines_lost = 7,
                "warning",
                "lost 7 lines of its log",
            ),
            (
                |state| state.health.audit_lines_lost = 8,
                "warning",
                "lost 8 lines of the audit log",
            ),
            (
                |state| state.store.error = Some("read-only".to_owned()),
                "warning",
                "does not work: read-only",
            ),
            (
                |state| state.store.damage = Some("moved aside".to_owned()),
                "warning",
                "were lost: moved aside",
            ),
            (
                |state| state.store.behind_since = Some(0),
                "warning",
                "since 1970-01-01 00:00:00 UTC may be missing",
            ),
            (
                |state| state.store.copy_error = Some("full".to_owned()),
                "warning",
                "cannot be written: full",
            ),
            (
                |state| state.store.not_understood = 3,
                "warning",
                "3 entries",
            ),
            (
                |state| state.overview.warnings = vec!["an option".to_owned()],
                "warning",
                "an option",
            ),
            (
                |state| state.overview.risks = vec!["a risk".to_owned()],
                "warning",
                "a risk",
            ),
        ];
        for (change, mark, text) in changes {
            let page = shown(change);
            assert!(page.contains(text), "{text}: {page}");
            assert!(page.contains(&format!(">{mark}</span>")), "{text}: {page}");
            assert!(!page.contains("nothing to mend"), "{text}: {page}");
        }
    }

    #[test]
    fn a_source_that_did_not_answer_is_told_of_once() {
        let source = Source {
            kind: "cache_keys_url".to_owned(),
            source: "https://k.example".to_owned(),
            error: Some("timed out".to_owned()),
            ..Source::default()
        };
        let host = HostKeys {
            host: "m.example".to_owned(),
            sources: vec![source],
            ..HostKeys::default()
        };
        let text = "m.example: cache_keys_url https://k.example: timed out";
        let alone = shown(|state| state.hosts = vec![host.clone()]);
        assert_eq!(alone.matches(text).count(), 1, "{alone}");
        let told = shown(|state| {
            state.hosts = vec![host.clone()];
            state.health.missing_keys =
                vec!["m.example: cache_keys_url https://k.example: no keys: timed out".to_owned()];
        });
        assert_eq!(told.matches("timed out").count(), 1, "{told}");
    }

    #[test]
    fn what_servers_and_files_say_becomes_no_markup_and_hides_nothing() {
        let evil = "<b>\u{202e}x</b>\n<i>";
        let page = shown(|state| {
            state.health.reload_failed = Some(evil.to_owned());
            state.health.missing_keys = vec![evil.to_owned()];
            state.store.error = Some(evil.to_owned());
            state.overview.warnings = vec![evil.to_owned()];
        });
        for text in ["<b>", "<i>", "\u{202e}"] {
            assert!(!page.contains(text), "{page}");
        }
    }
}
