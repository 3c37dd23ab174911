//! Lists: pages, tags, and where they go on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{kong, text};

fn names(page: &Value, member: &str) -> BTreeSet<String> {
    let data = page["data"].as_array().unwrap();
    data.iter()
        .map(|one| text(one, member).to_owned())
        .collect()
}

#[test]
fn pages_go_on_until_all_were_told_once() {
    let kong = kong();
    for number in 0..5 {
        kong.consumer(&format!("c{number}"));
    }
    let mut seen = Vec::new();
    let mut path = "/consumers?size=2".to_owned();
    let mut sizes = Vec::new();
    loop {
        let page = kong.get(&path);
        sizes.push(page["data"].as_array().unwrap().len());
        seen.extend(names(&page, "username"));
        let Some(next) = page["next"].as_str() else {
            assert!(page.get("offset").is_none(), "{page}");
            break;
        };
        assert!(
            next.starts_with("/consumers?offset=") && next.ends_with("&size=2"),
            "{next}"
        );
        let by_hand = kong.get(&format!(
            "/consumers?size=2&offset={}",
            text(&page, "offset")
        ));
        assert_eq!(kong.get(next), by_hand);
        path = next.to_owned();
    }
    assert_eq!(sizes, [2, 2, 1]);
    seen.sort();
    assert_eq!(seen, ["c0", "c1", "c2", "c3", "c4"]);
}

#[test]
fn all_credentials_are_listed_with_and_without_a_slash_and_those_of_one_consumer_alone() {
    let kong = kong();
    for name in ["bob", "ann"] {
        kong.consumer(name);
        for number in 0..3 {
            kong.credential(name, &json!({ "key": format!("{name}{number}") }));
        }
    }
    let all = kong.get("/jwts");
    assert_eq!(all, kong.get("/jwts/"));
    assert_eq!(names(&all, "key").len(), 6);
    assert_eq!((&all["next"], all.get("offset")), (&Value::Null, None));
    let first = kong.get("/jwts?size=1");
    let second = kong.get(&format!("/jwts?size=1&offset={}", text(&first, "offset")));
    assert_ne!(first["data"], second["data"]);
    let of_bob = names(&kong.get("/consumers/bob/jwt/"), "key");
    assert_eq!(of_bob.iter().collect::<Vec<_>>(), ["bob0", "bob1", "bob2"]);
    let page = kong.get("/consumers/bob/jwt?size=2");
    let next = text(&page, "next");
    // Kong leaves the size out here.
    assert_eq!(
        next,
        format!("/consumers/bob/jwt?offset={}", text(&page, "offset"))
    );
    assert_eq!(kong.get(next)["data"].as_array().unwrap().len(), 1);
    assert_eq!(kong.get("/consumers/ann/jwt?size=3")["next"], Value::Null);
}

#[test]
fn tags_are_all_needed_with_commas_and_one_of_them_with_slashes() {
    let kong = kong();
    for (name, tags) in [
        ("a", json!(["x"])),
        ("b", json!(["x", "y"])),
        ("c", json!(["y z"])),
        ("d", Value::Null),
    ] {
        kong.done(
            "POST",
            "/consumers",
            &json!({ "username": name, "tags": tags }),
            201,
        );
        kong.credential(name, &json!({ "key": name, "tags": tags }));
    }
    for (query, expected) in [
        ("x", "ab"),
        ("x,y", "b"),
        ("y,x", "b"),
        ("x/y", "ab"),
        ("x/y%20z", "abc"),
        ("y+z", "c"),
        ("z", ""),
        ("X", ""),
    ] {
        for (path, member) in [("/consumers", "username"), ("/jwts", "key")] {
            let page = kong.get(&format!("{path}?tags={query}"));
            let found: String = names(&page, member).into_iter().collect();
            assert_eq!(found, expected, "{path} {query}");
        }
    }
    let page = kong.get("/jwts?tags=x&size=1");
    let next = text(&page, "next");
    assert!(next.contains("&tags=x&size=1"), "{next}");
    assert_eq!(names(&kong.get(next), "key").len(), 1);
}

#[test]
fn what_is_no_page_is_refused() {
    let kong = kong();
    kong.consumer("bob");
    for path in ["/consumers", "/jwts", "/consumers/bob/jwt"] {
        for (query, name, code, message) in [
            (
                "size=0",
                "invalid size",
                9,
                "size must be an integer between 1 and 1000",
            ),
            (
                "size=1001",
                "invalid size",
                9,
                "size must be an integer between 1 and 1000",
            ),
            (
                "size=-1",
                "invalid size",
                9,
                "size must be an integer between 1 and 1000",
            ),
            (
                "size=5.5",
                "invalid size",
                9,
                "size must be an integer between 1 and 1000",
            ),
            ("size=x", "invalid size", 9, "size must be a number"),
            (
                "offset=x",
                "invalid offset",
                7,
                "'x' is not a valid offset: bad base64 encoding",
            ),
            (
                "offset=%7Cpotato%7C",
                "invalid offset",
                7,
                "'|potato|' is not a valid offset: bad base64 encoding",
            ),
            (
                "offset=AAAA",
                "invalid offset",
                7,
                "'AAAA' is not a valid offset: bad value",
            ),
            (
                "tags=a,b/c",
                "invalid options",
                11,
                "invalid option (tags: invalid filter syntax)",
            ),
            (
                "tags=",
                "invalid options",
                11,
                "invalid option (tags: invalid filter syntax)",
            ),
        ] {
            let refused = kong.done("GET", &format!("{path}?{query}"), &Value::Null, 400);
            assert_eq!(
                (text(&refused, "name"), refused["code"].as_i64()),
                (name, Some(code))
            );
            assert_eq!(text(&refused, "message"), message, "{path} {query}");
        }
        for query in ["size=1", "size=1000", "offset=", "other=1"] {
            kong.get(&format!("{path}?{query}"));
        }
    }
}
