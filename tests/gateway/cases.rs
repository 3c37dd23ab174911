//! What clients send, and what is to come of it.

use serde_json::json;
use support::time::in_seconds;

use crate::identity::{ALICE, BOB, GUEST, Identity, NOBODY, identity_of, listed};
use crate::message::{Answer, Request};
use crate::proxy::Proxy;
use crate::site::{Door, token, token_with};
use crate::upstream::{Arrival, GREETING};

pub struct Case {
    name: &'static str,
    request: Request,
    expected: Expected,
}

/// What is to come of a request.
#[derive(Debug, Clone, Copy)]
pub enum Expected {
    /// It reaches the upstream as that one.
    Passes(Identity),
    /// It reaches nobody, and the client is told this in `WWW-Authenticate` and in the body.
    Refused(&'static str, &'static str),
    /// It reaches nobody, and the client is told this status.
    Status(u16),
    /// It reaches nobody but as that one, whatever the client is told.
    Harmless(Identity),
}

use Expected::{Harmless, Passes, Refused, Status};

/// Sends each of them, and compares.
pub fn try_all(door: &Door<'_>, proxy: &Proxy, cases: Vec<Case>) {
    for case in cases {
        let outcome = door.ask(&case.request);
        let told = format!("{}: {outcome:?}", case.name);
        let (answer, arrivals) = outcome;
        match case.expected {
            Passes(identity) => case.passed(identity, &answer, &arrivals, &told),
            Refused(challenge, body) => {
                assert_eq!(answer.status, 401, "{told}");
                assert_eq!(answer.all("WWW-Authenticate"), [challenge], "{told}");
                let is_told = proxy.passes_bodies && case.request.method != "HEAD";
                assert!(!is_told || answer.body == body, "{told}");
                assert!(arrivals.is_empty(), "{told}");
            }
            Status(status) => {
                assert_eq!(answer.status, status, "{told}");
                assert!(arrivals.is_empty(), "{told}");
            }
            Harmless(identity) => {
                let mut arrived = arrivals.iter().map(identity_of);
                assert!(arrived.all(|told| told == listed(identity)), "{told}");
            }
        }
    }
}

impl Case {
    fn passed(&self, identity: Identity, answer: &Answer, arrivals: &[Arrival], told: &str) {
        let request = &self.request;
        let is_greeted = request.method != "HEAD";
        assert_eq!(answer.status, 200, "{told}");
        assert_eq!(
            answer.body,
            if is_greeted { GREETING } else { "" },
            "{told}"
        );
        let [arrival] = arrivals else {
            panic!("it came {} times: {told}", arrivals.len());
        };
        assert_eq!(identity_of(arrival), listed(identity), "{told}");
        assert_eq!(arrival.method, request.method, "{told}");
        assert!(request.target.ends_with(&arrival.target), "{told}");
        assert!(arrival.body == request.body, "{told}");
    }
}

/// Good tokens, wherever they stand.
pub fn allowed() -> Vec<Case> {
    let alice = token("alice");
    let encoded = alice.replacen('e', "%65", 3);
    let query = |query: String| Request::get(format!("/orders?{query}"));
    vec![
        passes("in a header", signed("/orders?a=%2F&b=c+d")),
        passes(
            "in a header, whatever its case",
            Request::get("/").header("authorization", format!("bearer {alice}")),
        ),
        passes("in the query", query(format!("jwt={alice}"))),
        passes(
            "in the query between others",
            query(format!("a=1&jwt={alice}&b=2")),
        ),
        passes(
            "in the query, with its name encoded",
            query(format!("%6Awt={alice}")),
        ),
        passes(
            "in the query, encoded itself",
            query(format!("jwt={encoded}")),
        ),
        passes(
            "in the query of a whole URL",
            Request::get(format!("http://api.example.com/orders?jwt={alice}")),
        ),
        passes(
            "in a cookie",
            Request::get("/orders").header("Cookie", format!("a=1; session={alice}; b=2")),
        ),
        passes(
            "the same one twice in the query",
            query(format!("jwt={alice}&jwt={alice}")),
        ),
        passes(
            "the same one everywhere",
            query(format!("jwt={alice}"))
                .bearer(&alice)
                .header("Cookie", format!("session={alice}")),
        ),
        passes("HEAD", signed("/orders").method("HEAD")),
        passes("DELETE", signed("/orders").method("DELETE")),
        passes("OPTIONS", signed("/orders").method("OPTIONS")),
        passes(
            "POST with a body",
            signed("/orders").method("POST").body(large_body()),
        ),
        passes(
            "PUT with a token in the query",
            query(format!("jwt={alice}"))
                .method("PUT")
                .body(b"x".to_vec()),
        ),
        Case {
            name: "somebody else",
            request: Request::get("/").bearer(&token("bob")),
            expected: Passes(BOB),
        },
    ]
}

/// What is no good token, or where none is looked for.
pub fn refused() -> Vec<Case> {
    let (alice, bob) = (token("alice"), token("bob"));
    let expired = token_with("alice", &json!({"exp": in_seconds(-10)}));
    let early = token_with("alice", &json!({"nbf": in_seconds(600)}));
    let unknown = token_with("alice", &json!({"iss": "nobody"}));
    let forged = token_with("bob", &json!({"iss": "alice-key"}));
    let query = |query: String| Request::get(format!("/orders?{query}"));
    vec![
        none("no token", Request::get("/")),
        none("no token, HEAD", Request::get("/").method("HEAD")),
        none("no token, OPTIONS", Request::get("/").method("OPTIONS")),
        none(
            "no token, POST",
            Request::get("/").method("POST").body(large_body()),
        ),
        none("an empty parameter", query("jwt=".to_owned())),
        none(
            "another scheme",
            Request::get("/").header("Authorization", format!("Basic {alice}")),
        ),
        none("another parameter", query(format!("token={alice}"))),
        none(
            "another cookie",
            Request::get("/").header("Cookie", format!("jwt={alice}")),
        ),
        none(
            "behind an encoded question mark",
            Request::get(format!("/orders%3Fjwt={alice}")),
        ),
        none(
            "behind a semicolon",
            Request::get(format!("/orders;jwt={alice}")),
        ),
        none(
            "behind a second question mark",
            query(format!("a=1?jwt={alice}")),
        ),
        none(
            "behind an encoded ampersand",
            query(format!("a=1%26jwt={alice}")),
        ),
        none("in the path", Request::get(format!("/jwt={alice}"))),
        wrong(
            "expired",
            Request::get("/").bearer(&expired),
            r#"{"exp":"token expired"}"#,
        ),
        wrong(
            "expired, in the query",
            query(format!("jwt={expired}")),
            r#"{"exp":"token expired"}"#,
        ),
        wrong(
            "not valid yet",
            Request::get("/").bearer(&early),
            r#"{"nbf":"token not valid yet"}"#,
        ),
        wrong(
            "of nobody",
            Request::get("/").bearer(&unknown),
            r#"{"message":"No credentials found for given 'iss'"}"#,
        ),
        wrong(
            "signed by another one",
            Request::get("/").bearer(&forged),
            r#"{"message":"Invalid signature"}"#,
        ),
        wrong(
            "none at all",
            Request::get("/").bearer("a.b.c"),
            r#"{"message":"Bad token; invalid JSON"}"#,
        ),
        wrong(
            "two in the query",
            query(format!("jwt={alice}&jwt={bob}")),
            MULTIPLE,
        ),
        wrong(
            "two, one with its name encoded",
            query(format!("jwt={alice}&%6Awt={bob}")),
            MULTIPLE,
        ),
        wrong(
            "one in the query, one in a header",
            query(format!("jwt={bob}")).bearer(&alice),
            MULTIPLE,
        ),
        wrong(
            "one in a cookie, one in a header",
            Request::get("/")
                .header("Cookie", format!("session={bob}"))
                .bearer(&alice),
            MULTIPLE,
        ),
        wrong(
            "a good one in the query, an expired one in a header",
            query(format!("jwt={alice}")).bearer(&expired),
            MULTIPLE,
        ),
    ]
}

/// A client says who it is.
pub fn claimed(proxy: &Proxy) -> Vec<Case> {
    let underscore = proxy.underscore.map_or(Passes(ALICE), Status);
    let dot = proxy.dot.map_or(Passes(ALICE), Status);
    let claim = |name: &'static str, header: &str, expected| Case {
        name,
        request: signed("/").header(header, "root"),
        expected,
    };
    let mut cases = vec![
        claim("a username", "X-Consumer-Username", Passes(ALICE)),
        claim(
            "a username in lower case",
            "x-consumer-username",
            Passes(ALICE),
        ),
        claim(
            "a username in upper case",
            "X-CONSUMER-USERNAME",
            Passes(ALICE),
        ),
        claim("an ID", "X-Consumer-ID", Passes(ALICE)),
        claim("a credential", "X-Credential-Identifier", Passes(ALICE)),
        claim("to be anonymous", "X-Anonymous-Consumer", Passes(ALICE)),
        claim("with underscores", "X_Consumer_Username", underscore),
        claim("with one underscore", "x-consumer_username", underscore),
        claim(
            "to be anonymous, with underscores",
            "x_anonymous_consumer",
            underscore,
        ),
        claim("with dots", "X.Consumer.Username", dot),
        claim("with one dot", "x-consumer.username", dot),
        claim("with other signs", "X~Consumer~Username", Harmless(ALICE)),
        claim("with more signs", "x-consumer+username", Harmless(ALICE)),
        claim(
            "with a space behind",
            "X-Consumer-Username ",
            Harmless(ALICE),
        ),
        claim(
            "with a tab before",
            "\tX-Consumer-Username",
            Harmless(ALICE),
        ),
    ];
    let twice = signed("/")
        .header("X-Consumer-Username", "root")
        .header("x-consumer-username", "root");
    let custom = Request::get("/")
        .bearer(&token("bob"))
        .header("X-Consumer-Custom-ID", "root");
    let ended = signed("/").header("Connection", "close, X-Consumer-Username, X-Consumer-ID");
    cases.extend([
        passes("a username twice", twice),
        passes("that those headers are its own", ended),
        Case {
            name: "a custom ID, which the consumer has none of",
            request: custom,
            expected: Passes(BOB),
        },
        none(
            "a username, without a token",
            Request::get("/").header("X-Consumer-Username", "root"),
        ),
    ]);
    cases
}

/// A client describes another request. `told` is what it is told where the proxy leaves that to the daemon.
pub fn described(told: Option<u16>) -> Vec<Case> {
    let bob = token("bob");
    let elsewhere = format!("/?jwt={bob}");
    let with = |name, header: &str, value: &str, request: Request, otherwise| Case {
        name,
        request: request.header(header, value),
        expected: if header.starts_with("X-Original") {
            told.map_or(otherwise, Status)
        } else {
            otherwise
        },
    };
    let nothing = Refused("Bearer", UNAUTHORIZED);
    let empty = || Request::get("/orders");
    let good = || signed("/orders");
    vec![
        with(
            "another's token in X-Original-URI",
            "X-Original-URI",
            &elsewhere,
            good(),
            Passes(ALICE),
        ),
        with(
            "another's token in X-Original-URL",
            "X-Original-URL",
            &elsewhere,
            good(),
            Passes(ALICE),
        ),
        with(
            "another's token in X-Forwarded-Uri",
            "X-Forwarded-Uri",
            &elsewhere,
            good(),
            Passes(ALICE),
        ),
        with(
            "a token in X-Original-URI alone",
            "X-Original-URI",
            &elsewhere,
            empty(),
            nothing,
        ),
        with(
            "a token in X-Original-URL alone",
            "X-Original-URL",
            &elsewhere,
            empty(),
            nothing,
        ),
        with(
            "a token in X-Forwarded-Uri alone",
            "X-Forwarded-Uri",
            &elsewhere,
            empty(),
            nothing,
        ),
        with(
            "a preflight in X-Original-Method",
            "X-Original-Method",
            "OPTIONS",
            empty(),
            nothing,
        ),
        with(
            "a preflight in X-Forwarded-Method",
            "X-Forwarded-Method",
            "OPTIONS",
            empty(),
            nothing,
        ),
        none(
            "a preflight in X-HTTP-Method-Override",
            empty().header("X-HTTP-Method-Override", "OPTIONS"),
        ),
        Case {
            name: "a token in x_original_uri",
            request: empty().header("x_original_uri", elsewhere.clone()),
            expected: Harmless(NEVER),
        },
        Case {
            name: "a path of Envoy's",
            request: empty().header("x-envoy-original-path", elsewhere),
            expected: Harmless(NEVER),
        },
    ]
}

/// Without a token, or with a bad one, it is the guest.
pub fn guests() -> Vec<Case> {
    let expired = token_with("alice", &json!({"exp": in_seconds(-10)}));
    let guest = |name, request| Case {
        name,
        request,
        expected: Passes(GUEST),
    };
    vec![
        passes("a good token", signed("/")),
        guest("no token", Request::get("/")),
        guest("an expired token", Request::get("/").bearer(&expired)),
        guest(
            "not to be anonymous",
            Request::get("/").header("X-Anonymous-Consumer", "false"),
        ),
        guest(
            "a credential",
            Request::get("/").header("X-Credential-Identifier", "alice-key"),
        ),
        guest(
            "a custom ID",
            Request::get("/").header("X-Consumer-Custom-ID", "a-1"),
        ),
    ]
}

/// Preflights need no token.
pub fn preflights() -> Vec<Case> {
    let preflight = || {
        Request::get("/orders")
            .method("OPTIONS")
            .header("Origin", "https://example.com")
    };
    vec![
        Case {
            name: "a preflight",
            request: preflight(),
            expected: Passes(NOBODY),
        },
        Case {
            name: "a preflight that says who it is",
            request: preflight()
                .header("X-Consumer-Username", "root")
                .header("X-Anonymous-Consumer", "false"),
            expected: Passes(NOBODY),
        },
        passes("any other request with a token", signed("/")),
        none("any other request without", Request::get("/")),
        Case {
            name: "a method like it",
            request: Request::get("/").method("OPTION"),
            expected: Harmless(NEVER),
        },
    ]
}

pub const fn case(name: &'static str, request: Request, expected: Expected) -> Case {
    Case {
        name,
        request,
        expected,
    }
}

fn passes(name: &'static str, request: Request) -> Case {
    Case {
        name,
        request,
        expected: Passes(ALICE),
    }
}

fn none(name: &'static str, request: Request) -> Case {
    Case {
        name,
        request,
        expected: Refused("Bearer", UNAUTHORIZED),
    }
}

fn wrong(name: &'static str, request: Request, body: &'static str) -> Case {
    Case {
        name,
        request,
        expected: Refused(r#"Bearer error="invalid_token""#, body),
    }
}

/// A request of Alice's.
pub fn signed(target: &str) -> Request {
    Request::get(target).bearer(&token("alice"))
}

fn large_body() -> Vec<u8> {
    (0..=255).cycle().take(300_000).collect()
}

/// Nobody is called that.
const NEVER: Identity = &[("", "")];
const UNAUTHORIZED: &str = r#"{"message":"Unauthorized"}"#;
const MULTIPLE: &str = r#"{"message":"Multiple tokens provided"}"#;
