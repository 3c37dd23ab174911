//! Options of the daemon as a whole, in its own configuration alone.

use super::known::{
    ADMIN_KEY, API_KEY, Group, Kind, KnownOption, Place, Role, SEAL_KEY, STORE_PASSWORD, Unit,
};
use super::row::Row;

pub(super) const OPTIONS: &[KnownOption] = &[
    top("listen", Kind::Texts, Group::Listening)
        .always("[\"127.0.0.1:5290\"]")
        .at_start()
        .detail("Prosody needs a TCP address.")
        .means(
            "Where to listen: loopback addresses, or Unix sockets such as \"unix:/run/prosody-tokend/http.sock\".",
        ),
    // Its files are those that its evaluation reads.
    top("prosody_config", Kind::Text, Group::Prosody)
        .like("\"/etc/prosody/prosody.cfg.lua\"")
        .detail(
            "They count here as well, and [hosts] below changes what is to differ. It is evaluated, in a sandbox, at the start \
             and whenever one of its files changes. The daemon must be able to read it (SupplementaryGroups=prosody in the \
             unit). \"prosody-tokend check\" shows what comes of it.",
        )
        .means(
            "Prosody's configuration, with its hosts that have authentication = \"token\" and what it says about tokens.",
        ),
    top("docker", Kind::Truth, Group::Prosody)
        .always("false")
        .detail(
            "They stand in place of prosody_config. Where a file and the environment both have one, the environment's counts.",
        )
        .means(
            "Whether the variables of docker-jitsi-meet in the environment count (JWT_APP_ID, JWT_APP_SECRET, XMPP_DOMAIN and \
             so on, with that image's defaults).",
        ),
    top("docker_env_file", Kind::File, Group::Prosody)
        .like("\"/opt/docker-jitsi-meet/.env\"")
        .means("A file with these variables."),
    top(API_KEY.value, Kind::Secret, Group::Callers)
        .role(Role::ApiKey)
        .like("\"64 random hex digits\"")
        .detail(
            "A key must be set if listen has an address that other machines can reach. Without one, every user of this \
             machine may ask. It has 8 characters at least, and no blanks; \"openssl rand -hex 32\" makes a good one.",
        )
        .means(
            "What callers must send as \"Authorization: Bearer KEY\" (in Prosody: tokend_api_key).",
        ),
    top(API_KEY.file, Kind::SecretFile, Group::Callers)
        .role(Role::ApiKey)
        .like("\"/etc/prosody-tokend/api_key\"")
        .means("A file that holds that key."),
    top(API_KEY.credential, Kind::Credential, Group::Callers)
        .role(Role::ApiKey)
        .like("\"api_key\"")
        .means("The name of a systemd credential that holds that key."),
    top(ADMIN_KEY.value, Kind::Secret, Group::Callers)
        .role(Role::AdminKey)
        .like("\"64 other random hex digits\"")
        .detail(
            "Prosody's key opens nothing of that, so that a Prosody that was taken over can revoke nobody. Without this key nobody \
             can, except over a Unix socket of listen, as root or as the daemon's own user.",
        )
        .means(
            "What administrators must send as \"Authorization: Bearer KEY\" to revoke tokens, and to take that back.",
        ),
    top(ADMIN_KEY.file, Kind::SecretFile, Group::Callers)
        .role(Role::AdminKey)
        .like("\"/etc/prosody-tokend/admin_key\"")
        .means("A file that holds that key."),
    top(ADMIN_KEY.credential, Kind::Credential, Group::Callers)
        .role(Role::AdminKey)
        .like("\"admin_key\"")
        .means("The name of a systemd credential that holds that key."),
    top("server_names", Kind::Texts, Group::Callers)
        .like("[\"tokend.example.com\"]")
        .detail(
            "A web page in a browser on this machine could otherwise send requests under a name of its own.",
        )
        .means(
            "Names that the Host header of a request may carry, beside loopback names and the addresses of listen.",
        ),
    top("allowed_key_urls", Kind::Texts, Group::KeyServers)
        .like("[\"https://keys.example.com/other\"]")
        .detail("Keys are fetched from nowhere else.")
        .means(
            "Key servers that modules of Prosody may ask for (set_asap_key_server), beside those that hosts use and the \
             prosody_password_public_key_repo_url of Prosody's configuration.",
        ),
    top("key_max_stale", Kind::Number(Unit::Seconds), Group::KeyServers)
        .always("86400")
        .means(
            "For how many seconds fetched keys may be used past their lifetime while their server is down.",
        ),
    limits("token_bytes", Unit::Bytes)
        .always("16384")
        .detail("So are claims that are longer than 24 KiB as JSON, whatever is set here.")
        .means("The longest token, in bytes; longer ones are denied."),
    limits("signature_cache_bytes", Unit::Bytes)
        .always("1048576")
        .detail(
            "Each takes about 128; with 0 none are remembered. Claims, times and the policy are checked every time. Other keys, \
             and every reload, begin anew. As many bytes are for tokens at gateways, about 2048 for each.",
        )
        .means(
            "In how many bytes verified signatures of key pairs (RS, PS, ES, EdDSA) are remembered, so that a token that comes \
             again need not cost as much again.",
        ),
    limits("body_bytes", Unit::Bytes)
        .always("65536")
        .at_start()
        .means("The longest request body, in bytes; longer ones are answered with 413."),
    limits("requests_in_flight", Unit::Count)
        .always("512")
        .at_start()
        .detail(
            "Nobody has more of them than are left to others: one alone half of these, except with the API key. Who is who is \
             told by the owner of the socket at the other end, else by its address. Explanations count apart: they take none \
             of these from decisions.",
        )
        .means("How many requests may be in work at the same time; more get 503."),
    limits("connections", Unit::Count)
        .always("1024")
        .at_start()
        .detail(
            "One more takes the place of one that is of less use: the one that was idle for longest, of whoever has most of \
             them.",
        )
        .means("How many connections may be open."),
    limits("header_timeout", Unit::Seconds)
        .always("5")
        .at_start()
        .detail("An idle connection is closed after as long.")
        .means("How many seconds a request's header may take; then it is answered with 408."),
    limits("body_timeout", Unit::Seconds)
        .always("5")
        .at_start()
        .means("How many seconds a request's body may take; then it is answered with 408."),
    limits("answer_timeout", Unit::Seconds)
        .always("5")
        .at_start()
        .means("How many seconds a caller may take to read an answer; then the connection is closed."),
    row("log", "level", Kind::Text, Group::Log)
        .always("\"info\"")
        .at_start()
        .detail(
            "Each denial is a line at info, each decision that allows one at debug. Tokens and secrets are logged at no level.",
        )
        .means("The least severe level that is logged: error, warn, info, debug or trace."),
    row("log", "format", Kind::Text, Group::Log)
        .always("\"auto\"")
        .at_start()
        .means(
            "How lines look: text, json, or auto, which is text that suits the journal under systemd, and a terminal elsewhere.",
        ),
    row("metrics", "listen", Kind::Text, Group::Metrics)
        .like("\"127.0.0.1:9290\"")
        .at_start()
        .detail(
            "There anybody who can connect may read them, without the API key: names of hosts, what was decided there how often and \
             why, and how the daemon is; no user, room or token. Nothing else is served there. A monitoring system that asks by a \
             name, and not by an address, needs that name in server_names. GET /metrics at the addresses of listen stays, for those \
             who may ask for decisions.",
        )
        .means(
            "An address for GET /metrics alone: an address and port, or a Unix socket.",
        ),
    row("audit", "file", Kind::Text, Group::Audit)
        .like("\"/var/log/prosody-tokend/audit.jsonl\"")
        .at_start()
        .detail(
            "One line of JSON for each decision (docs/audit.md), and no token, signature or secret. SIGHUP and systemctl reload \
             open the file anew. \"journal\" stands for systemd's journal: journalctl -t prosody-tokend-audit.",
        )
        .means("The file in which every decision is recorded; an absolute path."),
    row("audit", "required", Kind::Truth, Group::Audit)
        .always("false")
        .at_start()
        .detail("Requests get 503 then, and nobody is let in, while the disk is full for instance.")
        .means("Whether a decision does not count unless its line is written."),
    row("store", "path", Kind::Text, Group::Store)
        .like("\"/var/lib/prosody-tokend/state.db\"")
        .at_start()
        .detail(
            "It is made where there is none. Without path and url nothing can be revoked, and no file is written. With url it holds \
             a copy of what the database has, and that is its default.",
        )
        .means("The file in which revocations are kept; an absolute path."),
    row("store", "url", Kind::Text, Group::Store)
        .like("\"postgres://tokend@db.example.com/tokend?sslmode=require\"")
        .at_start()
        .detail(
            "Several daemons with the same database agree within a second. The user must be able to make tables there. No password \
             stands in it.",
        )
        .means("The PostgreSQL database in which revocations are kept, for several daemons."),
    row("store", STORE_PASSWORD.value, Kind::Secret, Group::Store)
        .like("\"the database's password\"")
        .at_start()
        .means("The password of the database's user."),
    row("store", STORE_PASSWORD.file, Kind::SecretFile, Group::Store)
        .like("\"/etc/prosody-tokend/store_password\"")
        .at_start()
        .means("A file that holds that password."),
    row("store", STORE_PASSWORD.credential, Kind::Credential, Group::Store)
        .like("\"store_password\"")
        .at_start()
        .means("The name of a systemd credential that holds that password."),
    row("store", "ca_file", Kind::File, Group::Store)
        .like("\"/etc/ssl/certs/database.pem\"")
        .at_start()
        .means("Certificates by which the database is known, beside those of the system."),
    row("store", SEAL_KEY.value, Kind::Secret, Group::Store)
        .like("\"64 hexadecimal digits: openssl rand -hex 32\"")
        .at_start()
        .detail(
            "All daemons with the same database need the same one. A credential whose secret was sealed with another one admits nobody; \
             what was written without one stays readable.",
        )
        .means("The key that secrets of credentials are sealed with where they are kept."),
    row("store", SEAL_KEY.file, Kind::SecretFile, Group::Store)
        .like("\"/etc/prosody-tokend/seal_key\"")
        .at_start()
        .means("A file that holds that key."),
    row("store", SEAL_KEY.credential, Kind::Credential, Group::Store)
        .like("\"seal_key\"")
        .at_start()
        .means("The name of a systemd credential that holds that key."),
    row("revocations", "required", Kind::Truth, Group::Revocations)
        .always("false")
        .at_start()
        .detail("Nobody is let in then, while the store's file is damaged and no database has told what was in it, for instance.")
        .means("Whether tokens are decided on only while it is known what was revoked."),
    row("revocations", "user", Kind::Text, Group::Revocations)
        .always("\"/context/user/id\"")
        .detail("A JSON Pointer into the claims, after the issuer's mapping: \"/sub\", or \"/email\".")
        .means("Where tokens say whose they are."),
    row("workers", "threads", Kind::Number(Unit::Count), Group::Workers)
        .always("2")
        .at_start()
        .means("Threads that answer requests."),
];

const fn top(name: &'static str, kind: Kind, group: Group) -> Row {
    row("", name, kind, group)
}

const fn limits(name: &'static str, unit: Unit) -> Row {
    row("limits", name, Kind::Number(unit), Group::Limits)
}

const fn row(section: &'static str, name: &'static str, kind: Kind, group: Group) -> Row {
    Row::new(Place::Daemon(section), name, kind, group)
}
