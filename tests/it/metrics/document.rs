//! The document for operators lists the metrics as the table has them.

use std::fs;

use prosody_tokend::metrics::families;
use prosody_tokend::metrics::family::Family;
use support::root;

const DOCUMENT: &str = "docs/monitoring.md";
const BEGIN: &str = "<!-- The table is made from src/metrics/families.rs: UPDATE=1 cargo nextest run --locked --test it metrics:: -->\n";
const END: &str = "<!-- The end of the table. -->\n";

fn table() -> String {
    let rows = families::ALL.iter().map(row);
    let rows: String = rows.collect();
    format!("\n| metric | type | labels | what it tells |\n| --- | --- | --- | --- |\n{rows}\n")
}

fn row(family: &Family) -> String {
    let labels = family.labels.iter().map(|label| format!("`{label}`"));
    let labels: Vec<String> = labels.collect();
    format!(
        "| `{}` | {} | {} | {} |\n",
        family.exposed_name(),
        family.kind.name(),
        labels.join(", "),
        family.help
    )
}

#[test]
fn the_document_lists_every_metric_and_no_other() {
    let path = root().join(DOCUMENT);
    let found = fs::read_to_string(&path).unwrap();
    let (before, rest) = found.split_once(BEGIN).expect("no begin of the table");
    let (_, after) = rest.split_once(END).expect("no end of the table");
    let expected = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, &expected).unwrap();
    }
    assert!(
        found == expected || std::env::var_os("UPDATE").is_some(),
        "{DOCUMENT} is out of date: UPDATE=1 cargo nextest run --locked --test it metrics::"
    );
}

#[test]
fn the_document_explains_every_alert() {
    let document = fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let alerts = fs::read_to_string(root().join("contrib/prometheus/alerts.yml")).unwrap();
    let alerts = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    for alert in alerts {
        assert!(
            document.contains(&format!("`{alert}`")),
            "{alert} is not in {DOCUMENT}"
        );
    }
}
