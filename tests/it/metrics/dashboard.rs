//! The dashboard that is shipped, against a real Prometheus that watches a daemon under traffic.

use std::fs;

use serde_json::{Value, json};

use super::prometheus::Prometheus;
use super::scrape::{HOST, token};
use crate::daemon::fixture::{Running, start};
use support::issuer::{alice, jwks};
use support::key_server::{KeyServer, Page};
use support::time::in_seconds;
use support::{root, until};

const KEY: &str = "the-key-of-those-who-may-ask";

/// A query of a panel, with what stands for its variables.
struct Query {
    panel: String,
    text: String,
}

fn dashboard() -> Value {
    let path = root().join("contrib/grafana/prosody-tokend.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn queries() -> Vec<Query> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let queries = panels.flat_map(|panel| {
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        let text = |target: Value| target["expr"].as_str().unwrap().to_owned();
        let title = panel["title"].as_str().unwrap().to_owned();
        targets.into_iter().map(move |target| Query {
            panel: title.clone(),
            text: filled_in(&text(target)),
        })
    });
    queries.collect()
}

/// What Grafana makes of a query. What is shown in place of nothing would hide that there is nothing.
fn filled_in(query: &str) -> String {
    let filled_in = query
        .replace("$__rate_interval", "15s")
        .replace("$__range", "1m")
        .replace("$job", "prosody-tokend")
        .replace("$instance", ".*")
        .replace("$host", ".*");
    let bare = filled_in.trim_end_matches(" or vector(0)").to_owned();
    assert!(!bare.contains('$') && !bare.contains("vector("), "{bare}");
    bare
}

/// A daemon that has everything that a panel shows.
fn watched() -> (Running, KeyServer) {
    let keys = KeyServer::http();
    keys.put("/keys", Page::of(jwks(&[alice().jwk("k1")])));
    let by_id = format!(
        "[hosts.\"keys.example.com\"]\napp_id = \"my_app\"\ncache_keys_url = \"{}\"\n\
         [[hosts.\"keys.example.com\".issuers]]\nname = \"other\"\nissuer = \"other\"\n\
         app_secret = \"a secret of the other issuer, which is long enough\"\n",
        keys.url("/keys")
    );
    let running = start(&format!("api_key = \"{KEY}\"\n{by_id}"));
    let file = running.folder.path().join("prosody-tokend.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, "[").unwrap();
    let reload_failed = || {
        running
            .ask("GET", "/readyz", &[], "")
            .0
            .contains("reload_failed")
    };
    until("the failed reload", || reload_failed().then_some(()));
    fs::write(&file, text).unwrap();
    until("the reload", || (!reload_failed()).then_some(()));
    (running, keys)
}

/// What users, Prosody and `doctor` do.
fn traffic(running: &Running) {
    let by_id =
        json!({"iss": "my_app", "aud": "my_app", "sub": "*", "room": "*", "exp": in_seconds(600)});
    let questions = [
        (
            "verify",
            json!({"host": HOST, "token": token(&json!({})), "room": "standup"}),
            "",
        ),
        (
            "verify",
            json!({"host": HOST, "token": token(&json!({"room": "other"})), "room": "standup"}),
            "",
        ),
        (
            "verify",
            json!({"host": HOST, "token": token(&json!({"aud": "x"}))}),
            "",
        ),
        (
            "verify",
            json!({"host": "keys.example.com", "token": alice().sign(Some("k1"), &by_id)}),
            "",
        ),
        (
            "verify",
            json!({"host": "other.example.com", "token": "x"}),
            "",
        ),
        ("explain", json!({"host": HOST, "token": "x"}), ""),
        (
            "explain",
            json!({"host": HOST, "token": "x"}),
            "prosody-tokend-doctor-0",
        ),
        (
            "room",
            json!({"host": HOST, "room": "standup@conference.meet.example.com"}),
            "",
        ),
    ];
    for (endpoint, question, agent) in questions {
        let headers = [
            "Content-Type: application/json",
            &format!("Authorization: Bearer {KEY}"),
            &format!("User-Agent: {agent}"),
        ];
        let path = format!("/v1/{endpoint}");
        running.ask("POST", &path, &headers, &question.to_string());
    }
    running.ask("GET", "/nothing", &[], "");
}

#[test]
fn every_query_of_every_panel_returns_data() {
    let (running, _keys) = watched();
    let prometheus = Prometheus::watching(running.daemon.port(), KEY);
    let queries = queries();
    assert!(queries.len() > 40, "only {} queries", queries.len());
    for Query { panel, text } in queries {
        until(&format!("data in {panel:?}: {text}"), || {
            traffic(&running);
            let series = prometheus.query(&text);
            series
                .iter()
                .any(|(_, number)| number.is_finite())
                .then_some(())
        });
    }
    let up = prometheus.query("up{job=\"prosody-tokend\"}");
    assert_eq!(up.len(), 1, "{up:?}");
    let rules = prometheus.rules();
    assert!(rules.len() > 6, "{rules:?}");
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
}

#[test]
fn prometheus_counts_what_the_daemon_was_asked() {
    let (running, _keys) = watched();
    let prometheus = Prometheus::watching(running.daemon.port(), KEY);
    for _ in 0..7 {
        traffic(&running);
    }
    let decided = |kind: &str, code: &str| {
        format!("prosody_tokend_decisions_total{{host=\"{HOST}\",kind=\"{kind}\",code=\"{code}\"}}")
    };
    for (query, expected) in [
        (decided("token", "aud-not-accepted"), 7.0),
        (decided("token", "allowed"), 14.0),
        (decided("room", "room-mismatch"), 7.0),
        (
            "prosody_tokend_keys{host=\"keys.example.com\",source=\"cache_keys_url\"}".to_owned(),
            1.0,
        ),
    ] {
        until(&query, || {
            let found = prometheus.query(&query);
            let number = found.first().map(|(_, number)| *number)?;
            assert!(number <= expected, "{query}: {number}");
            (number >= expected).then_some(())
        });
    }
}

#[test]
fn the_dashboard_asks_the_data_source_that_is_chosen() {
    let dashboard = dashboard();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    assert_eq!(variables[0]["type"], "datasource");
    assert_eq!(variables[0]["name"], "datasource");
    let panels = dashboard["panels"].as_array().unwrap().iter();
    for panel in panels.filter(|panel| panel["type"] != "row") {
        assert_eq!(
            panel["datasource"]["uid"], "${datasource}",
            "{}",
            panel["title"]
        );
        let said = panel["description"].as_str().unwrap_or_default();
        assert!(said.ends_with('.'), "{} has no description", panel["title"]);
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(
                target["datasource"]["uid"], "${datasource}",
                "{}",
                panel["title"]
            );
        }
    }
}
