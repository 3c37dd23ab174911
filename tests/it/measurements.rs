//! What measurements conclude, and where they write it.
#![expect(clippy::disallowed_methods, reason = "writes a document to disk")]

use std::fs;
use std::io::ErrorKind;

use report::replace_section;
use verdict::Verdict;

#[path = "../../benches/instructions/report.rs"]
mod report;
#[path = "../../benches/instructions/verdict.rs"]
mod verdict;

#[test]
fn a_count_may_rise_by_three_percent_and_no_more() {
    for (committed, counted, passes) in [
        (Some(1_000), 1_030, true),
        (Some(1_000), 1_031, false),
        (Some(1_000), 2_000, false),
        (Some(1_000), 1_000, true),
        (Some(1_000), 1, true),
        (Some(0), 1, false),
        (None, 1_000, false),
    ] {
        let verdict = Verdict::of(committed, counted);
        assert_eq!(verdict.passes(), passes, "{verdict}");
    }
}

#[test]
fn a_count_that_fell_by_more_than_three_percent_is_to_be_committed() {
    let is_noticed = |counted| matches!(Verdict::of(Some(1_000), counted), Verdict::Fewer { .. });
    assert!(is_noticed(969) && !is_noticed(970));
}

#[test]
fn a_count_is_shown_beside_the_committed_one_with_the_difference_in_percent() {
    let shown = Verdict::of(Some(1_000), 1_050).to_string();
    for part in ["1050", "1000", "+5.0 %", "FAILED"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn a_section_is_replaced_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.md");
    let document =
        "a\n<!-- x:begin -->\n\nold\n\n<!-- x:end -->\n<!-- y:begin -->\n<!-- y:end -->\n";
    fs::write(&path, document).unwrap();
    replace_section(&path, "x", "\nnew\n\n").unwrap();
    let replaced = fs::read_to_string(&path).unwrap();
    assert_eq!(replaced, document.replace("old", "new"));
}

#[test]
fn a_document_without_the_section_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.md");
    for document in ["", "<!-- x:begin -->", "<!-- x:end --><!-- x:begin -->"] {
        fs::write(&path, document).unwrap();
        let error = replace_section(&path, "x", "new").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(fs::read_to_string(&path).unwrap(), document);
    }
}
