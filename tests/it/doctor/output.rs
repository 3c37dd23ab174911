//! What it looks like.

use super::installation::Installation;

#[test]
fn a_report_fits_the_width_and_has_no_colour_in_a_file() {
    let installation = Installation::sound();
    installation.replace("prosody.cfg.lua", "= \"token\"", "= \"internal_hashed\"");
    let report = installation.doctor();
    assert!(!report.text.contains('\u{1b}'), "{}", report.text);
    for expected in [
        "\n1 error; ",
        "Prosody 0.12.3",
        "error  authentication-not-token",
        "\n  what  ",
        "\n  why   ",
        "\n  type  ",
    ] {
        assert!(
            report.text.contains(expected),
            "{expected} is not in\n{}",
            report.text
        );
    }
}

#[test]
fn programs_get_the_status_what_was_examined_and_the_findings() {
    let report = Installation::sound().doctor();
    assert_eq!(report.json["status"], "fine");
    let examined = report.json["examined"].to_string();
    for expected in ["Prosody 0.12.3", "host meet.example.com", "daemon "] {
        assert!(examined.contains(expected), "{examined}");
    }
}
