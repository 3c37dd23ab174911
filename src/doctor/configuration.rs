//! Whether there is a Prosody, and whether both configurations can be read.

use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind, ReadFailure};
use crate::prosody::fault::Refusal;

use super::facts::{Facts, Unevaluated};
use super::finding::Finding;
use super::names::{self, Slip};
use super::remedy::RESTART;

/// What keeps everything else from being looked at.
pub fn examine(facts: &Facts, slips: &[Slip]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = no_prosody(facts).into_iter().collect();
    findings.extend(prosody_config(facts));
    findings.extend(no_user(facts));
    if let Err(problems) = &facts.daemon_config {
        let problems: Vec<&ConfigProblem> = problems
            .iter()
            .filter(|problem| !is_told(facts, problem) && !is_slip(slips, problem))
            .collect();
        // A name that is misspelt is missing under its right one, too.
        let (unknown, others): (Vec<_>, Vec<_>) = problems
            .into_iter()
            .partition(|problem| problem.kind == ProblemKind::UnknownKey);
        let problems = unknown.into_iter().chain(others);
        findings.extend(problems.map(|problem| refused(facts, problem)));
    }
    findings
}

/// The warnings about a configuration that the daemon accepts.
pub fn warnings(facts: &Facts) -> Vec<Finding> {
    let warnings = facts.daemon_warnings.iter();
    warnings.map(|text| doubtful(text)).collect()
}

/// Prosody's configuration that cannot be evaluated, or has no host with tokens, is a mistake in the daemon's, too,
/// where that names it.
fn is_told(facts: &Facts, problem: &ConfigProblem) -> bool {
    match &facts.prosody_config {
        Err(Unevaluated::Refused(refusal)) => {
            let is_evaluation = matches!(
                problem.kind,
                ProblemKind::NotEvaluated | ProblemKind::Unreadable(_)
            );
            is_evaluation && problem.origin == refusal.origin
        }
        Ok(config) if facts.daemon_reads_prosody => {
            problem.kind == ProblemKind::NoTokenHost && config.token_hosts().next().is_none()
        }
        _ => false,
    }
}

/// A section of a host under a name that slipped lacks what stands under the right one, and the other way round.
fn is_slip(slips: &[Slip], problem: &ConfigProblem) -> bool {
    let host = problem.host.as_deref();
    host.is_some_and(|host| names::explain(slips, host))
}

fn no_user(facts: &Facts) -> Option<Finding> {
    let user = facts.missing_user.as_ref()?;
    Some(Finding::error(
        "daemon-user-missing",
        format!("there is no user {user}, as which the daemon is to run"),
        "systemd does not start a service whose user does not exist",
        "systemd-sysusers; systemctl restart prosody-tokend".to_owned(),
    ))
}

fn doubtful(warning: &str) -> Finding {
    Finding::warning(
        "config-doubtful",
        warning.to_owned(),
        "the daemon takes it, and it is probably not what was meant",
        "prosody-tokend check   (shows each option with the file and line that set it)".to_owned(),
    )
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
        Unevaluated::Refused(refusal) => refused_prosody(facts, refusal),
    })
}

fn refused_prosody(facts: &Facts, refusal: &Refusal) -> Finding {
    let file = match &refusal.origin {
        Origin::File(path, _) => path,
        _ => &facts.prosody_path,
    };
    let edit = format!(
        "sudoedit {} && prosody-tokend check --prosody-config {} && {RESTART}",
        file.display(),
        facts.prosody_path.display()
    );
    let what = format!("Prosody's configuration cannot be evaluated: {refusal}");
    if refusal.fault.is_prosodys() {
        let why = "Prosody does not start with it, and one that runs ignores a change";
        return Finding::error("prosody-config-refused", what, why, edit);
    }
    let why =
        "Prosody may run it, but what it comes to cannot be told without doing what it asks for";
    if facts.daemon_reads_prosody {
        let why = format!("{why}; the daemon does not start with it");
        return Finding::error("prosody-config-refused", what, &why, edit);
    }
    Finding::warning("prosody-config-refused", what, why, edit)
}

fn no_policy(facts: &Facts) -> Finding {
    let (own, prosody) = (facts.daemon_path.display(), facts.prosody_path.display());
    Finding::error(
        "no-policy",
        format!("the daemon is told of no host: {own} is not there"),
        "it does not start without",
        format!(
            "in {own} write: prosody_config = \"{prosody}\"; then prosody-tokend check && systemctl restart prosody-tokend"
        ),
    )
}

fn refused(facts: &Facts, problem: &ConfigProblem) -> Finding {
    if problem.kind == ProblemKind::CredentialUnseen {
        return Finding::note(
            "credential-unseen",
            format!("a secret is a credential that the daemon alone is given: {problem}"),
            "what the daemon is told could not be compared with what it does",
            "systemctl start prosody-tokend; sudo prosody-tokend doctor".to_owned(),
        );
    }
    if problem.kind == ProblemKind::NoTokenHost && problem.origin == Origin::Default {
        return no_policy(facts);
    }
    let is_denied = problem.kind == ProblemKind::Unreadable(ReadFailure::PermissionDenied);
    let needs_root = is_denied && !facts.is_root;
    let remedy = if needs_root {
        "sudo prosody-tokend doctor   (you may not read what root may)".to_owned()
    } else {
        let file = match &problem.origin {
            Origin::File(path, _) => path,
            _ => &facts.daemon_path,
        };
        format!(
            "sudoedit {} && prosody-tokend check && systemctl restart prosody-tokend",
            file.display()
        )
    };
    Finding::error(
        "daemon-config-refused",
        format!("the daemon's configuration is refused: {problem}"),
        "the daemon does not start with it, and one that runs keeps what it had",
        remedy,
    )
}
