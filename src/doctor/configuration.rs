//! Whether there is a Prosody, and whether both configurations can be read.

use crate::config::problem::Problem;

use super::facts::{Facts, Unevaluated};
use super::finding::Finding;

/// What keeps everything else from being looked at.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = no_prosody(facts).into_iter().collect();
    findings.extend(prosody_config(facts));
    if let Err(problems) = &facts.daemon_config {
        // A name that is misspelt is missing under its right one, too.
        let (unknown, others): (Vec<_>, Vec<_>) = problems
            .iter()
            .partition(|problem| problem.found.contains("unknown key"));
        let problems = unknown.into_iter().chain(others);
        findings.extend(problems.map(|problem| refused(facts, problem)));
    }
    findings
}

fn no_prosody(facts: &Facts) -> Option<Finding> {
    facts.prosody.is_none().then(|| {
        Finding::error(
            "prosody-missing",
            "there is no program prosody in the folders of $PATH".to_owned(),
            "Prosody is what users connect to; where it runs in a container of its own, only that container can tell",
            "apt install prosody   (or run this inside Prosody's container)".to_owned(),
        )
    })
}

fn prosody_config(facts: &Facts) -> Option<Finding> {
    let path = facts.prosody_path.display();
    Some(match facts.prosody_config.as_ref().err()? {
        Unevaluated::Missing => Finding::error(
            "prosody-config-missing",
            format!("there is no configuration of Prosody at {path}"),
            "which hosts admit users by token, and which modules they load, stands there",
            "prosody-tokend doctor --prosody-config FILE   (prosodyctl about tells its folder)"
                .to_owned(),
        ),
        Unevaluated::Forbidden => Finding::error(
            "prosody-config-forbidden",
            format!("{path} may not be read by you"),
            "without it, nothing can be said about hosts and modules",
            "sudo prosody-tokend doctor".to_owned(),
        ),
        Unevaluated::Refused(refusal) => Finding::error(
            "prosody-config-refused",
            format!("Prosody's configuration cannot be evaluated: {refusal}"),
            "Prosody does not start with it, and one that runs ignores a change",
            format!(
                "sudoedit {}; prosodyctl check config",
                refusal
                    .origin
                    .to_string()
                    .split(':')
                    .next()
                    .unwrap_or_default()
            ),
        ),
    })
}

fn refused(facts: &Facts, problem: &Problem) -> Finding {
    if problem.expected.contains("$CREDENTIALS_DIRECTORY") {
        return Finding::note(
            "credential-unseen",
            format!("a secret is a credential that the daemon alone is given: {problem}"),
            "what the daemon is told could not be compared with what it does",
            "systemctl start prosody-tokend; sudo prosody-tokend doctor".to_owned(),
        );
    }
    let needs_root = problem.found.contains("Permission denied") && !facts.is_root;
    let path = facts.daemon_path.display();
    let remedy = if needs_root {
        "sudo prosody-tokend doctor   (you may not read what root may)".to_owned()
    } else {
        format!("sudoedit {path}; systemctl restart prosody-tokend")
    };
    Finding::error(
        "daemon-config-refused",
        format!("the daemon's configuration is refused: {problem}"),
        "the daemon does not start with it, and one that runs keeps what it had",
        remedy,
    )
}
