//! Credentials below `/consumers`, and at `/jwts`.

use serde_json::{Value, json};

use super::{Kong, NOBODY, body, kong, text};
use support::root;

fn pem(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/data").join(format!("{name}-public.pem"))).unwrap()
}

fn is_word(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A form as programs encode it.
fn form(pairs: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(pairs).unwrap()
}

fn with_bob() -> (Kong, String) {
    let kong = kong();
    let bob = kong.consumer("bob");
    let id = text(&bob, "id").to_owned();
    (kong, id)
}

#[test]
fn nothing_set_makes_a_credential_with_a_key_and_a_secret_by_chance() {
    let (kong, id) = with_bob();
    let answer = kong.ask("POST", "/consumers/bob/jwt", &json!({}));
    assert_eq!(answer.status(), 201, "{}", answer.0);
    let made = answer.json();
    let (own, key, secret) = (text(&made, "id"), text(&made, "key"), text(&made, "secret"));
    assert!(is_word(key) && is_word(secret) && key != secret, "{made}");
    let expected = format!(
        "{{\"id\":\"{own}\",\"created_at\":{},\"consumer\":{{\"id\":\"{id}\"}},\"key\":\"{key}\",\"secret\":\"{secret}\",\
         \"rsa_public_key\":null,\"algorithm\":\"HS256\",\"tags\":null}}",
        made["created_at"]
    );
    assert_eq!(body(&answer), expected);
    let other = kong.credential("bob", &json!({ "algorithm": "HS512" }));
    assert!(is_word(text(&other, "secret")));
    assert_ne!(
        (&other["key"], &other["secret"]),
        (&made["key"], &made["secret"])
    );
    for (content_type, body) in [
        (Some(super::FORM), ""),
        (None, ""),
        (Some(super::JSON), "[]"),
    ] {
        let headers: Vec<&str> = [super::ADMIN].into_iter().chain(content_type).collect();
        let answer = kong.send("POST", "/consumers/bob/jwt/", &headers, body);
        assert_eq!(answer.status(), 201, "{}", answer.0);
    }
}

#[test]
fn what_is_set_is_kept_as_it_is() {
    let (kong, id) = with_bob();
    kong.consumer("ann");
    let tagged = kong.credential("bob", &json!({ "tags": ["c", "a", "b"] }));
    assert_eq!(tagged["tags"], json!(["c", "a", "b"]));
    let short = kong.credential(&id, &json!({ "key": "bob2", "secret": "tooshort" }));
    assert_eq!(
        (text(&short, "key"), text(&short, "secret")),
        ("bob2", "tooshort")
    );
    let same = json!({ "key": "bobsyouruncle", "secret": "foobarbaz" });
    kong.credential("bob", &same);
    let other = kong.credential("ann", &json!({ "key": "alice", "secret": "foobarbaz" }));
    assert_eq!(text(&other, "secret"), "foobarbaz");
    let url = kong.credential("bob", &json!({ "key": "https://idp/realms/x" }));
    assert_eq!(kong.get("/jwts/https%3A%2F%2Fidp%2Frealms%2Fx"), url);
}

#[test]
fn public_keys_are_taken_as_json_and_as_a_form_with_line_ends_of_either_kind() {
    let (kong, _) = with_bob();
    let rsa = pem("rsa");
    let crlf = rsa.replace('\n', "\r\n");
    let coded = form(&[
        ("key", "bob3"),
        ("algorithm", "RS256"),
        ("rsa_public_key", &crlf),
    ]);
    let answer = kong.form("POST", "/consumers/bob/jwt", &coded);
    assert_eq!(answer.status(), 201, "{}", answer.0);
    assert_eq!(text(&answer.json(), "key"), "bob3");
    assert_eq!(text(&answer.json(), "rsa_public_key"), crlf);
    for (algorithm, file) in [
        ("RS256", "rsa"),
        ("RS384", "rsa"),
        ("RS512", "rsa"),
        ("PS256", "rsa"),
        ("PS384", "rsa"),
        ("PS512", "rsa"),
        ("ES256", "p256"),
        ("ES384", "p384"),
        ("EdDSA", "ed25519"),
    ] {
        let set = json!({ "key": algorithm, "algorithm": algorithm, "rsa_public_key": pem(file) });
        let made = kong.credential("bob", &set);
        assert_eq!(text(&made, "rsa_public_key"), pem(file));
    }
    let file = format!(
        "--x\r\nContent-Disposition: form-data; name=\"algorithm\"\r\n\r\nRS256\r\n--x\r\nContent-Disposition: form-data; \
         name=\"rsa_public_key\"; filename=\"a.pem\"\r\nContent-Type: application/octet-stream\r\n\r\n{rsa}\r\n--x--\r\n"
    );
    let kind = "Content-Type: multipart/form-data; boundary=x";
    let made = kong.send("POST", "/consumers/bob/jwt", &[super::ADMIN, kind], &file);
    assert_eq!(made.status(), 201, "{}", made.0);
    assert_eq!(text(&made.json(), "rsa_public_key"), rsa);
    // As in Kong: no token of it will be good.
    kong.credential("bob", &json!({ "algorithm": "ES256" }));
}

#[test]
fn what_is_no_credential_is_told_in_kongs_words_and_makes_nothing() {
    let (kong, _) = with_bob();
    let failed = "failed conditional validation given value of field 'algorithm'";
    let key = |text: &str| json!({ "rsa_public_key": text, "@entity": [failed] });
    for (set, fields) in [
        (
            json!({ "key": "bob5", "algorithm": "RS256" }),
            key("required field missing"),
        ),
        (
            json!({ "algorithm": "PS256" }),
            key("required field missing"),
        ),
        (
            json!({ "algorithm": "EdDSA" }),
            key("required field missing"),
        ),
        (
            json!({ "algorithm": "RS256", "rsa_public_key": "test" }),
            key("invalid key"),
        ),
        (
            json!({ "algorithm": "EdDSA", "rsa_public_key": "test" }),
            key("invalid key"),
        ),
        (
            json!({ "secret": "" }),
            json!({ "secret": "length must be at least 1" }),
        ),
        (
            json!({ "secret": 1 }),
            json!({ "secret": "expected a string" }),
        ),
        (
            json!({ "key": "" }),
            json!({ "key": "length must be at least 1" }),
        ),
        (
            json!({ "username": "a" }),
            json!({ "username": "unknown field" }),
        ),
        (json!({ "tags": {} }), json!({ "tags": "expected a set" })),
        (
            json!({ "tags": ["ok", "a,b"] }),
            json!({ "tags": [null, "invalid tag 'a,b': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"] }),
        ),
    ] {
        let refused = kong.done("POST", "/consumers/bob/jwt", &set, 400);
        assert_eq!(refused["fields"], fields, "{set}");
        assert_eq!(
            (&refused["name"], &refused["code"]),
            (&json!("schema violation"), &json!(2))
        );
    }
    assert_eq!(kong.get("/jwts")["data"], json!([]));
}

#[test]
fn what_kong_would_take_and_verifies_nothing_here_is_told_with_what_is_wrong() {
    let (kong, _) = with_bob();
    let private = std::fs::read_to_string(root().join("tests/data/rsa-private.pem")).unwrap();
    for (set, words) in [
        (
            json!({ "algorithm": "HS257" }),
            "algorithm: expected one of: HS256, HS384, HS512, RS256",
        ),
        (
            json!({ "algorithm": "none" }),
            "algorithm: expected one of: HS256",
        ),
        (
            json!({ "key": "a\nb" }),
            "key: expected no control characters",
        ),
        (
            json!({ "secret": pem("rsa") }),
            "secret: the secret is a PEM file",
        ),
        (
            json!({ "algorithm": "RS256", "rsa_public_key": pem("rsa-1024") }),
            "a key of 1024 bits",
        ),
        (
            json!({ "algorithm": "RS256", "rsa_public_key": pem("rsa-roca") }),
            "CVE-2017-15361",
        ),
        (
            json!({ "algorithm": "RS256", "rsa_public_key": private }),
            "a private key",
        ),
        (
            json!({ "algorithm": "HS256", "rsa_public_key": private }),
            "a private key",
        ),
        (
            json!({ "algorithm": "ES256", "rsa_public_key": pem("rsa") }),
            "none for ES256",
        ),
        (
            json!({ "algorithm": "RS256", "rsa_public_key": pem("ed25519") }),
            "none for RS256",
        ),
    ] {
        let refused = kong.done("POST", "/consumers/bob/jwt", &set, 400);
        let message = text(&refused, "message");
        assert!(message.contains(words), "{set}: {message}");
        assert!(!message.contains("PRIVATE"), "{message}");
    }
    let bare = kong.form("POST", "/consumers/bob/jwt", "algorithm=RS256&tags=a%2Cb");
    assert_eq!(bare.status(), 400, "{}", bare.0);
    assert_eq!(kong.get("/jwts")["data"], json!([]));
}

#[test]
fn a_key_that_is_taken_stays_with_whoever_has_it() {
    let (kong, _) = with_bob();
    kong.consumer("ann");
    let first = kong.credential("bob", &json!({ "key": "K" }));
    kong.credential("bob", &json!({ "key": "L" }));
    let taken = json!({
        "message": "UNIQUE violation detected on '{key=\"K\"}'",
        "name": "unique constraint violation", "code": 5, "fields": { "key": "K" },
    });
    let set = json!({ "key": "K" });
    for (method, path) in [
        ("POST", "/consumers/bob/jwt"),
        ("POST", "/consumers/ann/jwt"),
        ("PATCH", "/consumers/bob/jwt/L"),
        ("PATCH", "/jwts/L"),
        ("PUT", &format!("/consumers/ann/jwt/{NOBODY}")),
    ] {
        assert_eq!(kong.done(method, path, &set, 409), taken, "{method} {path}");
    }
    let again = json!({ "id": first["id"] });
    let refused = kong.done("POST", "/consumers/bob/jwt", &again, 400);
    assert_eq!(refused["code"], 3, "{refused}");
    assert_eq!(kong.get("/jwts/K"), first);
}

#[test]
fn one_of_a_consumer_is_found_by_id_and_by_key_and_by_nobody_elses_name() {
    let (kong, id) = with_bob();
    kong.consumer("ann");
    let made = kong.credential("bob", &json!({ "key": "k1" }));
    let own = text(&made, "id");
    for name in ["k1", own] {
        for consumer in ["bob", &id] {
            assert_eq!(kong.get(&format!("/consumers/{consumer}/jwt/{name}")), made);
        }
        assert_eq!(kong.get(&format!("/jwts/{name}")), made);
        let path = format!("/consumers/ann/jwt/{name}");
        for (method, set) in [
            ("GET", Value::Null),
            ("PATCH", json!({ "secret": "mine" })),
            ("DELETE", Value::Null),
        ] {
            let told = kong.done(method, &path, &set, 404);
            assert_eq!(told, json!({ "message": "Not found" }), "{method} {path}");
        }
    }
    for name in ["blah", NOBODY] {
        for method in ["GET", "PATCH", "DELETE"] {
            let told = kong.done(
                method,
                &format!("/consumers/bob/jwt/{name}"),
                &json!({}),
                404,
            );
            assert_eq!(told, json!({ "message": "Not found" }));
        }
        for method in ["GET", "PATCH"] {
            let told = kong.done(method, &format!("/jwts/{name}"), &json!({}), 404);
            assert_eq!(told, json!({ "message": "Not found" }));
        }
        kong.done("DELETE", &format!("/jwts/{name}"), &Value::Null, 204);
    }
    assert_eq!(kong.get("/jwts/k1"), made);
}

#[test]
fn put_makes_or_replaces_and_what_is_left_out_is_made_anew() {
    let (kong, id) = with_bob();
    kong.consumer("ann");
    let made = kong.done("PUT", "/consumers/bob/jwt/abcd", &json!({}), 200);
    assert_eq!(
        (text(&made, "key"), text(&made["consumer"], "id")),
        ("abcd", id.as_str())
    );
    assert!(is_word(text(&made, "secret")));
    let set = json!({ "secret": "s", "algorithm": "HS384", "tags": ["t"], "key": "other" });
    let again = kong.done("PUT", "/consumers/bob/jwt/abcd", &set, 200);
    assert_eq!((&again["id"], text(&again, "key")), (&made["id"], "abcd"));
    assert_eq!(
        (text(&again, "secret"), &again["tags"]),
        ("s", &json!(["t"]))
    );
    let by_id = format!("/consumers/bob/jwt/{}", text(&made, "id"));
    let anew = kong.done("PUT", &by_id, &json!({}), 200);
    assert_eq!(
        (&anew["id"], &anew["algorithm"], &anew["tags"]),
        (&made["id"], &json!("HS256"), &Value::Null)
    );
    assert!(is_word(text(&anew, "key")) && is_word(text(&anew, "secret")));
    assert_eq!(anew["created_at"], made["created_at"]);
    kong.done("GET", "/jwts/abcd", &Value::Null, 404);
    let new = kong.done(
        "PUT",
        &format!("/consumers/ann/jwt/{NOBODY}"),
        &json!({ "key": "z" }),
        200,
    );
    assert_eq!(text(&new, "id"), NOBODY);
    for refused in [
        json!({ "algorithm": "RS256" }),
        json!({ "secret": "" }),
        json!({ "x": 1 }),
    ] {
        kong.done("PUT", "/consumers/bob/jwt/abcd", &refused, 400);
    }
    kong.done("GET", "/jwts/abcd", &Value::Null, 404);
}

#[test]
fn a_change_by_id_or_by_key_leaves_what_it_does_not_name() {
    let (kong, _) = with_bob();
    let made = kong.credential(
        "bob",
        &json!({ "key": "k", "secret": "old", "tags": ["t"] }),
    );
    let by_id = format!("/consumers/bob/jwt/{}", text(&made, "id"));
    let set = json!({ "key": "alice", "secret": "newsecret" });
    let changed = kong.done("PATCH", &by_id, &set, 200);
    assert_eq!(
        (text(&changed, "key"), text(&changed, "secret")),
        ("alice", "newsecret")
    );
    assert_eq!(
        (&changed["id"], &changed["tags"]),
        (&made["id"], &made["tags"])
    );
    let changed = kong.form(
        "PATCH",
        "/consumers/bob/jwt/alice",
        "secret=newsecret2&tags=",
    );
    assert_eq!(changed.status(), 200, "{}", changed.0);
    assert_eq!(
        (text(&changed.json(), "secret"), &changed.json()["tags"]),
        ("newsecret2", &Value::Null)
    );
    let changed = kong.done(
        "PATCH",
        "/jwts/alice",
        &json!({ "algorithm": "HS512" }),
        200,
    );
    assert_eq!(
        (&changed["algorithm"], text(&changed, "secret")),
        (&json!("HS512"), "newsecret2")
    );
    let refused = kong.done(
        "PATCH",
        "/jwts/alice",
        &json!({ "algorithm": "RS256" }),
        400,
    );
    assert_eq!(
        refused["fields"]["rsa_public_key"],
        "required field missing"
    );
    for refused in [
        json!({ "key": null }),
        json!({ "secret": null }),
        json!({ "id": NOBODY }),
        json!({ "consumer": { "id": NOBODY } }),
    ] {
        kong.done("PATCH", "/jwts/alice", &refused, 400);
    }
    assert_eq!(kong.get("/jwts/alice"), changed);
}

#[test]
fn at_jwts_whose_it_is_has_to_be_said() {
    let (kong, id) = with_bob();
    let missing = json!({
        "message": "schema violation (consumer: required field missing)",
        "name": "schema violation", "code": 2, "fields": { "consumer": "required field missing" },
    });
    assert_eq!(kong.done("POST", "/jwts", &json!({}), 400), missing);
    assert_eq!(kong.done("PUT", "/jwts/key", &json!({}), 400), missing);
    assert_eq!(kong.form("POST", "/jwts", "key=a").json(), missing);
    let made = kong.done("POST", "/jwts", &json!({ "consumer": { "id": id } }), 201);
    assert_eq!(text(&made["consumer"], "id"), id);
    let made = kong.form("POST", "/jwts", &format!("consumer.id={id}&key=f"));
    assert_eq!(made.status(), 201, "{}", made.0);
    let named = kong.done(
        "POST",
        "/jwts/",
        &json!({ "consumer": { "username": "bob" } }),
        201,
    );
    assert_eq!(text(&named["consumer"], "id"), id);
    let put = kong.done(
        "PUT",
        "/jwts/key",
        &json!({ "consumer": { "id": id } }),
        200,
    );
    assert_eq!(text(&put, "key"), "key");
    for (consumer, code) in [
        (json!({ "id": NOBODY }), 4),
        (json!({ "username": "nobody" }), 13),
        (json!({ "id": "bob" }), 2),
        (json!("bob"), 2),
        (json!({}), 2),
        (json!(null), 2),
        (json!({ "id": id, "username": "bob" }), 2),
    ] {
        let refused = kong.done("POST", "/jwts", &json!({ "consumer": consumer }), 400);
        assert_eq!(refused["code"], code, "{consumer}: {refused}");
    }
    let refused = kong.done(
        "POST",
        "/jwts",
        &json!({ "consumer": { "id": NOBODY } }),
        400,
    );
    let message = format!(
        "the foreign key '{{id=\"{NOBODY}\"}}' does not reference an existing 'consumers' entity."
    );
    assert_eq!(refused["message"], message.as_str());
    assert_eq!(kong.get("/jwts")["data"].as_array().unwrap().len(), 4);
}

#[test]
fn a_credential_leads_to_its_consumer() {
    let (kong, id) = with_bob();
    let bob = kong.get("/consumers/bob");
    let made = kong.credential("bob", &json!({ "key": "k" }));
    let own = text(&made, "id");
    for path in [
        format!("/jwts/{own}/consumer"),
        "/jwts/k/consumer".to_owned(),
        "/jwts/k/consumer/".to_owned(),
    ] {
        assert_eq!(kong.get(&path), bob, "{path}");
    }
    let changed = kong.done(
        "PATCH",
        "/jwts/k/consumer",
        &json!({ "custom_id": "c" }),
        200,
    );
    assert_eq!(
        (text(&changed, "id"), text(&changed, "custom_id")),
        (id.as_str(), "c")
    );
    for path in [
        format!("/jwts/{NOBODY}/consumer"),
        "/jwts/unknown/consumer".to_owned(),
    ] {
        for method in ["GET", "PATCH", "PUT", "DELETE"] {
            kong.done(method, &path, &json!({}), 404);
        }
    }
    kong.done("DELETE", "/jwts/k/consumer", &Value::Null, 405);
    assert_eq!(kong.get("/consumers/bob"), changed);
}

#[test]
fn a_credential_that_is_deleted_is_gone() {
    let (kong, _) = with_bob();
    let first = kong.credential("bob", &json!({ "key": "a" }));
    kong.credential("bob", &json!({ "key": "b" }));
    let by_id = format!("/consumers/bob/jwt/{}", text(&first, "id"));
    assert_eq!(kong.done("DELETE", &by_id, &json!({}), 204), Value::Null);
    kong.done("GET", &by_id, &Value::Null, 404);
    kong.done("DELETE", &by_id, &json!({}), 404);
    kong.done("DELETE", "/consumers/bob/jwt/b", &Value::Null, 204);
    assert_eq!(kong.get("/consumers/bob/jwt")["data"], json!([]));
    kong.credential("bob", &json!({ "key": "a" }));
    kong.done("DELETE", "/jwts/a", &Value::Null, 204);
    assert_eq!(kong.get("/jwts")["data"], json!([]));
}
