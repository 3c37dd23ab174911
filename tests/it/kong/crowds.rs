//! Many at once.

use std::thread;

use serde_json::{Value, json};

use super::{kong, text};

#[test]
fn changes_of_different_fields_at_the_same_time_are_all_kept() {
    let kong = kong();
    kong.consumer("bob");
    kong.credential("bob", &json!({ "key": "k" }));
    let client = *kong;
    let rounds = 12;
    let change = |field: &'static str, value: &dyn Fn(usize) -> Value| {
        for round in 0..rounds {
            let set = json!({ field: value(round) });
            let changed = client.done("PATCH", "/jwts/k", &set, 200);
            assert_eq!(changed[field], set[field]);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| change("secret", &|round| json!(format!("secret-{round}"))));
        scope.spawn(|| change("tags", &|round| json!([format!("tag-{round}")])));
        scope.spawn(|| {
            change("algorithm", &|round| {
                json!(["HS256", "HS384", "HS512"][round % 3])
            });
        });
    });
    let last = kong.get("/jwts/k");
    assert_eq!(
        (text(&last, "secret"), text(&last, "algorithm")),
        ("secret-11", "HS512")
    );
    assert_eq!(last["tags"], json!(["tag-11"]));
}

#[test]
fn of_many_who_want_one_name_one_gets_it() {
    let kong = kong();
    let client = *kong;
    let ask = |method: &str, path: &str, set: &Value| client.ask(method, path, set).status();
    let statuses = |method: &'static str, path: &'static str, set: Value| -> Vec<u16> {
        thread::scope(|scope| {
            let asking = [(); 8].map(|()| scope.spawn(|| ask(method, path, &set)));
            let mut statuses = asking.map(|one| one.join().unwrap()).to_vec();
            statuses.sort_unstable();
            statuses
        })
    };
    let one = [201, 409, 409, 409, 409, 409, 409, 409];
    assert_eq!(
        statuses("POST", "/consumers", json!({ "username": "bob" })),
        one
    );
    assert_eq!(
        statuses("POST", "/consumers/bob/jwt", json!({ "key": "k" })),
        one
    );
    // Each of these finds what the one before has made, and replaces it.
    assert_eq!(statuses("PUT", "/consumers/ann", json!({})), [200; 8]);
    assert_eq!(statuses("PUT", "/consumers/ann/jwt/l", json!({})), [200; 8]);
    assert_eq!(kong.get("/consumers")["data"].as_array().unwrap().len(), 2);
    assert_eq!(kong.get("/jwts")["data"].as_array().unwrap().len(), 2);
    assert_eq!(statuses("DELETE", "/consumers/ann", Value::Null), [204; 8]);
}
