//! What can be known of a docker-jitsi-meet from outside: its variables, its compose files, and what lies beside them.

use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};

use super::facts::docker::{Docker, Mount};
use super::facts::{Answer, Content, Facts, ShimFile};
use super::finding::Finding;
use super::remedy::shim_to;
use super::{daemon, key_servers};

/// What is wrong with it, and nothing of a Prosody that this machine may have besides.
#[must_use]
pub fn examine(facts: &Facts, docker: &Docker) -> Vec<Finding> {
    let mut key_servers = key_servers::examine(&facts.key_servers);
    key_servers.extend(authorities(facts, docker));
    let parts = [
        problems(facts, docker),
        daemon_warnings(facts, docker),
        rooms(facts, docker),
        modules(facts, docker),
        running(facts, docker, !key_servers.is_empty()),
        key_servers,
    ];
    let findings = parts.into_iter().flatten();
    findings.map(contained).collect()
}

/// The same for a container: what systemd does to a service, compose does.
fn contained(mut finding: Finding) -> Finding {
    for (from, to) in COMMANDS {
        finding.remedy = finding.remedy.replace(from, to);
    }
    finding
}

/// The image of docs/jitsi.md has no certificates of authorities; a key server with https needs some.
fn authorities(facts: &Facts, docker: &Docker) -> Option<Finding> {
    let mut servers = facts.key_servers.iter();
    let server = servers.find(|server| server.url.starts_with("https://"))?;
    (docker.has_daemon && !docker.has_authorities).then(|| {
        Finding::error(
            "no-ca-certificates",
            format!(
                "the daemon's container has an image without CA certificates, and {} is asked for keys over https",
                server.url
            ),
            "without them no key can be fetched, and tokens are denied",
            format!(
                "in {} below services: tokend: volumes: write: - /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro; then {}",
                docker.overriding(),
                docker.up()
            ),
        )
    })
}

impl Docker {
    fn named(&self) -> String {
        let file = self.file.as_ref();
        file.map_or_else(
            || "the environment".to_owned(),
            |file| file.display().to_string(),
        )
    }

    fn flag(&self) -> String {
        let file = self.file.as_ref();
        file.map_or_else(
            || "--docker".to_owned(),
            |file| format!("--env-file {}", file.display()),
        )
    }

    fn up(&self) -> String {
        let file = self.compose.first().or(self.file.as_ref());
        let folder = file.and_then(|file| file.parent());
        match folder.filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => format!("cd {} && docker compose up -d", folder.display()),
            None => "docker compose up -d".to_owned(),
        }
    }

    /// The file in which this machine's changes to the compose file belong.
    fn overriding(&self) -> String {
        let mut files = self.compose.iter();
        let found = files.find(|file| file.to_string_lossy().contains("override"));
        found.map_or_else(
            || "docker-compose.override.yml beside it".to_owned(),
            |file| file.display().to_string(),
        )
    }
}

fn problems(facts: &Facts, docker: &Docker) -> Vec<Finding> {
    let problems = facts.daemon_config.as_ref().err();
    let problems = problems.into_iter().flatten();
    problems
        .map(|problem| {
            if problem.kind == ProblemKind::NoTokenHost {
                no_tokens(docker)
            } else {
                refused(docker, problem)
            }
        })
        .collect()
}

fn no_tokens(docker: &Docker) -> Finding {
    Finding::error(
        "no-token-host",
        format!(
            "the variables in {} have nobody admitted by token",
            docker.named()
        ),
        "the image makes a Prosody that asks for no token, and the daemon does not start",
        format!(
            "in {} write ENABLE_AUTH=1, AUTH_TYPE=jwt, JWT_APP_ID= and JWT_APP_SECRET= with what the issuer has, a line each; then {}",
            docker.named(),
            docker.up()
        ),
    )
}

fn refused(docker: &Docker, problem: &ConfigProblem) -> Finding {
    let file = match &problem.origin {
        Origin::File(path, _) => path.display().to_string(),
        _ => docker.named(),
    };
    Finding::error(
        "daemon-config-refused",
        format!("the daemon's configuration is refused: {problem}"),
        "the daemon does not start with it, and one that runs keeps what it had",
        format!(
            "sudoedit {file} && prosody-tokend check {} && {}",
            docker.flag(),
            docker.up()
        ),
    )
}

fn daemon_warnings(facts: &Facts, docker: &Docker) -> Vec<Finding> {
    let warnings = facts.daemon_warnings.iter();
    warnings
        .map(|warning| {
            Finding::warning(
                "config-doubtful",
                warning.clone(),
                "the daemon takes it, and it is probably not what was meant",
                format!(
                    "sudoedit {} && prosody-tokend check {} && {}",
                    docker.named(),
                    docker.flag(),
                    docker.up()
                ),
            )
        })
        .collect()
}

/// Rooms that do not look at what tokens say about rooms.
fn rooms(facts: &Facts, docker: &Docker) -> Vec<Finding> {
    let Ok(config) = &facts.prosody_config else {
        return Vec::new();
    };
    let unverified = config.token_hosts().filter_map(|host| {
        let muc = config.muc_component(host)?;
        let options = &config.hosts.get(&muc)?.options;
        (!config.verifies_tokens(&muc)).then(|| {
            let modules = options.get("modules_enabled");
            modules.map_or(Origin::Default, |setting| setting.origin.clone())
        })
    });
    unverified
        .map(|origin| {
            Finding::error(
                "token-verification-missing",
                format!("the rooms do not load token_verification [{origin}]"),
                "any token opens every room: what it says about rooms is not looked at",
                format!(
                    "in {} write: JWT_TOKEN_AUTH_MODULE=token_verification; then {}",
                    docker.named(),
                    docker.up()
                ),
            )
        })
        .collect()
}

fn modules(facts: &Facts, docker: &Docker) -> Vec<Finding> {
    if docker.compose.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if docker.mounts.is_empty() {
        findings.push(unmounted(docker));
    }
    let unreadable = docker.mounts.iter().filter(|mount| !mount.is_readable);
    findings.extend(
        unreadable
            .take(1)
            .map(|mount| unreadable_mount(docker, mount)),
    );
    if findings.is_empty() {
        findings.extend(other_files(facts, docker));
    }
    if !docker.has_daemon {
        findings.push(Finding::error(
            "daemon-not-in-compose",
            format!("no service of the compose files beside {} runs the daemon", docker.named()),
            "Prosody's container asks over loopback, and without a verdict nobody gets in",
            format!(
                "in {} write the service tokend of docs/jitsi.md, with network_mode: \"service:prosody\"; then {}",
                docker.overriding(),
                docker.up()
            ),
        ));
    }
    findings
}

fn unmounted(docker: &Docker) -> Finding {
    let weigh = if docker.has_unseen_mount {
        Finding::warning
    } else {
        Finding::error
    };
    weigh(
        "shim-not-mounted",
        format!(
            "no compose file beside {} mounts the shim into Prosody's container",
            docker.named()
        ),
        "the image goes on with Jitsi's own modules, which do not ask the daemon",
        format!(
            "in {} below services: prosody: volumes: write: - ./prosody-tokend/lua:/prosody-plugins-custom:ro; then {}",
            docker.overriding(),
            docker.up()
        ),
    )
}

fn unreadable_mount(docker: &Docker, mount: &Mount) -> Finding {
    let source = mount.source.display();
    Finding::error(
        "shim-unreadable",
        format!(
            "{source}, which is mounted at {}, is not there for the container's user to read",
            mount.target
        ),
        "Prosody's container runs without root, and goes on with Jitsi's own modules",
        format!(
            "ls -ld {source} && chmod -R o=rX {source}; cd {0} && docker compose restart prosody   (docker makes an empty folder where there is none: then copy lua there first)",
            docker
                .compose
                .first()
                .and_then(|file| file.parent())
                .map_or_else(|| ".".to_owned(), |folder| folder.display().to_string())
        ),
    )
}

/// A folder that has not all of the shim, or another version of it.
fn other_files(facts: &Facts, docker: &Docker) -> Option<Finding> {
    let is_ours = |file: &&ShimFile| {
        let found = file.found.first();
        found.is_some_and(|(_, content)| *content == Content::Same)
    };
    let other: Vec<&str> = docker
        .shim
        .iter()
        .filter(|file| !is_ours(file))
        .map(|file| file.name)
        .collect();
    let folder = docker.mounts.first()?.source.display();
    let (first, count) = (other.first()?, other.len());
    Some(Finding::error(
        "shim-incomplete",
        format!(
            "{folder} has not the file {first} of version {} ({count} of the shim's {} files)",
            facts.version,
            docker.shim.len()
        ),
        "files of two versions do not fit together, and a module without its libraries does not load",
        format!(
            "{} && docker compose restart prosody",
            shim_to(&folder.to_string())
        ),
    ))
}

/// The daemon, where it is seen from here and is that of these containers; else that it was not looked at.
fn running(facts: &Facts, docker: &Docker, key_servers_are_told: bool) -> Vec<Finding> {
    let is_theirs = facts.endpoints.iter().any(|endpoint| {
        matches!(&endpoint.answer, Answer::Daemon(running) if running.hosts.as_ref().is_none_or(|hosts| {
            endpoint.hosts.iter().any(|host| hosts.contains_key(host))
        }))
    });
    if is_theirs
        && !facts
            .endpoints
            .iter()
            .all(|endpoint| endpoint.hosts.is_empty())
    {
        return daemon::examine(facts, &[], key_servers_are_told);
    }
    vec![Finding::note(
        "containers-not-seen",
        "what runs in the containers is not seen from here: whether the daemon answers there, and which modules Prosody has loaded".to_owned(),
        "they have a network and files of their own",
        format!(
            "docker compose logs prosody tokend | grep -i token; docker compose exec tokend prosody-tokend doctor {}",
            docker.file.as_ref().map_or("--docker", |_| "--env-file /etc/prosody-tokend/.env")
        ),
    )]
}

const COMMANDS: [(&str, &str); 5] = [
    (
        "journalctl -u prosody-tokend -n 20",
        "docker compose logs --tail 20 tokend",
    ),
    (
        "systemctl restart prosody-tokend",
        "docker compose restart tokend",
    ),
    (
        "systemctl reload prosody-tokend",
        "docker compose up -d && docker compose restart tokend",
    ),
    (
        "systemctl start prosody-tokend",
        "docker compose up -d tokend",
    ),
    (
        "systemctl restart prosody",
        "docker compose restart prosody",
    ),
];
