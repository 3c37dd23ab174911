//! `GET /openapi.json`: the endpoints as version 3.1 of `OpenAPI` has them. Paths, methods and callers are those of the routes' rows,
//! bodies those of the types that are read and written.

mod description;

use std::collections::BTreeMap;

use hyper::Method;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::api::problem::ProblemDetails;

use super::caller::Caller;

pub use self::description::{Answer, Body, Description, Parameter, of};

/// An endpoint: what its row tells, and what there is to say besides.
pub struct Endpoint {
    pub path: &'static str,
    pub method: &'static Method,
    /// Who may ask.
    pub caller: Caller,
    /// Whether its requests may find no room.
    pub is_limited: bool,
    pub description: &'static Description,
}

/// The description of a daemon that asks its callers for a key or does not, and has these endpoints.
#[must_use]
pub fn document(is_key_needed: bool, endpoints: impl Iterator<Item = Endpoint>) -> Value {
    let mut writer = Writer::new(is_key_needed);
    let mut paths = Map::new();
    for route in endpoints {
        let there = paths.remove(route.path).unwrap_or_else(|| json!({}));
        paths.insert(route.path.to_owned(), both(there, writer.path(&route)));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "prosody-tokend",
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "http://127.0.0.1:5290", "description": "Where it listens unless told otherwise." }],
        "paths": paths,
        "components": {
            "schemas": writer.schemas(),
            "securitySchemes": {
                KEY: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The daemon's API key (api_key), where one is set. A user's token has no place here.",
                },
                ADMIN_KEY: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key of administrators (admin_key), which Prosody does not have. Root and the daemon's own user \
                        need none at a Unix socket, where none is set.",
                },
            },
        },
    })
}

const INTRODUCTION: &str = "Decides on tokens of Jitsi Meet for Prosody. A denial is an answer (200 with allowed: false); a \
    request that cannot be decided is a problem. A body may have limits.body_bytes bytes (65536 unless told otherwise), and \
    strings that are names of rooms or tenants 2047 bytes. Requests with an Origin, or with a Host that is no name of this \
    server, are refused. An X-Request-Id of letters, digits, -, _ and . is repeated in the answer. GET endpoints answer HEAD, \
    too.";

const KEY: &str = "key";
const ADMIN_KEY: &str = "admin_key";

struct Writer {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
    is_key_needed: bool,
}

impl Writer {
    fn new(is_key_needed: bool) -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            asked: settings().for_deserialize().into_generator(),
            answered: settings().for_serialize().into_generator(),
            is_key_needed,
        }
    }

    fn path(&mut self, route: &Endpoint) -> Value {
        let method = route.method.as_str().to_ascii_lowercase();
        json!({ method: self.operation(route) })
    }

    fn operation(&mut self, route: &Endpoint) -> Value {
        let description = route.description;
        let content = description.asks.iter().map(|body| self.content(body));
        let content: Map<String, Value> = content.collect();
        let body = json!({ "requestBody": { "required": true, "content": content } });
        let operation = json!({
            "summary": description.summary,
            "operationId": operation_id(route),
            "security": self.security(route),
            "parameters": parameters(description),
            "responses": self.responses(route),
        });
        if description.asks.is_empty() {
            operation
        } else {
            both(operation, body)
        }
    }

    fn content(&mut self, body: &Body) -> (String, Value) {
        let schema = (body.schema)(&mut self.asked);
        let example: Value = serde_json::from_str(body.example).unwrap_or_default();
        let content = json!({ "schema": schema, "example": example });
        (body.media_type.to_owned(), content)
    }

    fn security(&self, route: &Endpoint) -> Value {
        match route.caller {
            Caller::Administrator | Caller::Owner | Caller::KongAdministrator => {
                json!([{ ADMIN_KEY: [] }])
            }
            Caller::Everybody
            | Caller::OpenScraper
            | Caller::OpenKongAdministrator
            | Caller::Proxy
            | Caller::Page => json!([]),
            _ if !self.is_key_needed => json!([]),
            Caller::Operator => json!([{ KEY: [] }, { ADMIN_KEY: [] }]),
            Caller::Prosody | Caller::Scraper => json!([{ KEY: [] }]),
        }
    }

    fn needs_key(&self, route: &Endpoint) -> bool {
        self.security(route) != json!([])
    }

    fn responses(&mut self, route: &Endpoint) -> BTreeMap<String, Value> {
        let mut responses = BTreeMap::new();
        for status in self.problems(route) {
            responses.insert(status.to_string(), self.problem(status));
        }
        for answer in route.description.answers {
            let response = self.answer(answer);
            let there = responses.remove(&answer.status.to_string());
            let response = both(there.unwrap_or_else(|| json!({})), response);
            responses.insert(answer.status.to_string(), response);
        }
        responses
    }

    fn answer(&mut self, answer: &Answer) -> Value {
        let mut response = json!({ "description": answer.meaning });
        if let Some((media_type, schema)) = answer.content {
            let schema = schema(&mut self.answered);
            response = both(
                response,
                json!({ "content": { media_type: { "schema": schema } } }),
            );
        }
        for (name, meaning) in answer.headers {
            let header = json!({ "description": meaning, "schema": { "type": "string" } });
            response = both(response, json!({ "headers": { *name: header } }));
        }
        response
    }

    /// What any endpoint answers, what those with a body do, and what is this one's own.
    fn problems(&self, route: &Endpoint) -> Vec<u16> {
        let mut statuses = vec![400, 403];
        if self.needs_key(route) {
            statuses.push(401);
        }
        if *route.method == Method::POST {
            statuses.extend([408, 413, 415, 501]);
        }
        if route.is_limited {
            statuses.push(503);
        }
        statuses.extend(route.description.problems);
        statuses
    }

    fn problem(&mut self, status: u16) -> Value {
        let schema = of::<ProblemDetails>(&mut self.answered);
        let response = json!({
            "description": meaning(status),
            "content": { "application/problem+json": { "schema": schema } },
        });
        let Some((name, text)) = header(status) else {
            return response;
        };
        let header = json!({ "description": text, "schema": { "type": "string" } });
        both(response, json!({ "headers": { name: header } }))
    }

    fn schemas(mut self) -> Map<String, Value> {
        let mut schemas = self.asked.take_definitions(true);
        schemas.extend(self.answered.take_definitions(true));
        schemas
    }
}

/// What two objects say. Of what both have the second one's counts, unless these are objects themselves.
fn both(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            for (name, value) in second {
                let there = first.remove(&name).unwrap_or(Value::Null);
                first.insert(name, both(there, value));
            }
            Value::Object(first)
        }
        (_, second) => second,
    }
}

fn operation_id(route: &Endpoint) -> String {
    let operation = route.description.operation;
    if !operation.is_empty() {
        return operation.to_owned();
    }
    let name = route.path.trim_start_matches("/v1").trim_start_matches('/');
    name.replace(['/', '-', '.'], "_")
}

fn parameters(description: &Description) -> Vec<Value> {
    let asked = description.parameters.iter().map(Parameter::described);
    let id = json!({
        "name": "X-Request-Id",
        "in": "header",
        "description": "A name of the caller's for this request: up to 32 letters, digits, -, _ and . are repeated in the answer.",
        "schema": { "type": "string" },
    });
    asked.chain([id]).collect()
}

/// What the status says here.
const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is not what the endpoint takes.",
        401 => "The key is missing or wrong.",
        403 => {
            "A web page sent it, the Host is no name of this server, or the key is that of other callers."
        }
        404 => {
            "There is no policy for the host, nothing signs for it, or there is no such revocation, gateway or store."
        }
        408 => "The body took too long.",
        412 => "It was changed since whoever asks has seen it.",
        413 => "The body is too long.",
        415 => "The body is of another type.",
        500 => "The key did not sign, or the consumer as whom everybody goes through is not there.",
        501 => "The body is encoded in a way that is not understood.",
        503 => "Too many requests at once, or the store cannot be used now; try again.",
        507 => "No more revocations are kept.",
        _ => "A problem.",
    }
}

const fn header(status: u16) -> Option<(&'static str, &'static str)> {
    match status {
        401 => Some(("WWW-Authenticate", "Bearer.")),
        503 => Some(("Retry-After", "When to try again, in seconds.")),
        _ => None,
    }
}
