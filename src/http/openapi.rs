//! `GET /openapi.json`: the endpoints as version 3.1 of `OpenAPI` has them. Paths, methods and callers are those of the routes' rows,
//! bodies those of the types that are read and written.

use std::collections::BTreeMap;

use hyper::Method;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::api::problem::ProblemDetails;

use super::caller::Caller;

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

/// What a route's row does not tell of its endpoint.
pub struct Description {
    /// What it is for, in one line.
    pub summary: &'static str,
    /// What is asked in the query.
    pub query: &'static [Parameter],
    /// What is asked in the body.
    pub asks: &'static [Body],
    /// What is answered.
    pub answers: &'static [Answer],
    /// Problems beside those that come with caller and body.
    pub problems: &'static [u16],
}

impl Description {
    /// An endpoint that answers `200` with this, whatever is asked.
    pub const fn new(summary: &'static str, answers: &'static [Answer]) -> Self {
        Self {
            summary,
            query: &[],
            asks: &[],
            answers,
            problems: &[],
        }
    }
}

/// What is asked in the query.
pub struct Parameter {
    pub name: &'static str,
    pub meaning: &'static str,
    pub example: &'static str,
}

/// A body in one of the types that an endpoint takes.
pub struct Body {
    pub media_type: &'static str,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// One that is answered with `200`, as JSON.
    pub example: &'static str,
}

/// One of the answers that are no problem.
pub struct Answer {
    pub status: u16,
    pub meaning: &'static str,
    pub media_type: &'static str,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Answer {
    /// An answer in JSON.
    pub const fn json<T: JsonSchema>(status: u16, meaning: &'static str) -> Self {
        Self {
            status,
            meaning,
            media_type: "application/json",
            schema: of::<T>,
        }
    }

    /// An answer in a text of this type.
    pub const fn text(media_type: &'static str, meaning: &'static str) -> Self {
        Self {
            status: 200,
            meaning,
            media_type,
            schema: of::<String>,
        }
    }
}

/// The schema of a type, which stands among the components.
pub fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The description of a daemon that asks its callers for a key or does not, and has these endpoints.
#[must_use]
pub fn document(is_key_needed: bool, endpoints: impl Iterator<Item = Endpoint>) -> Value {
    let mut writer = Writer::new(is_key_needed);
    let paths: Map<String, Value> = endpoints
        .map(|route| (route.path.to_owned(), writer.path(&route)))
        .collect();
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
            "securitySchemes": { KEY: {
                "type": "http",
                "scheme": "bearer",
                "description": "The daemon's API key (api_key), where one is set. A user's token has no place here.",
            } },
        },
    })
}

const INTRODUCTION: &str = "Decides on tokens of Jitsi Meet for Prosody. A denial is an answer (200 with allowed: false); a \
    request that cannot be decided is a problem. A body may have limits.body_bytes bytes (65536 unless told otherwise), and \
    strings that are names of rooms or tenants 2047 bytes. Requests with an Origin, or with a Host that is no name of this \
    server, are refused. An X-Request-Id of letters, digits, -, _ and . is repeated in the answer. GET endpoints answer HEAD, \
    too.";

const KEY: &str = "key";

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
        if self.is_key_needed && route.caller != Caller::Everybody {
            json!([{ KEY: [] }])
        } else {
            json!([])
        }
    }

    fn responses(&mut self, route: &Endpoint) -> BTreeMap<String, Value> {
        let mut responses = BTreeMap::new();
        for status in self.problems(route) {
            responses.insert(status.to_string(), self.problem(status));
        }
        for answer in route.description.answers {
            let schema = (answer.schema)(&mut self.answered);
            let response = json!({
                "description": answer.meaning,
                "content": { answer.media_type: { "schema": schema } },
            });
            let there = responses.remove(&answer.status.to_string());
            let response = both(there.unwrap_or_else(|| json!({})), response);
            responses.insert(answer.status.to_string(), response);
        }
        responses
    }

    /// What any endpoint answers, what those with a body do, and what is this one's own.
    fn problems(&self, route: &Endpoint) -> Vec<u16> {
        let mut statuses = vec![400, 403];
        if self.is_key_needed && route.caller != Caller::Everybody {
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
    let name = route.path.trim_start_matches("/v1").trim_start_matches('/');
    name.replace(['/', '-', '.'], "_")
}

fn parameters(description: &Description) -> Vec<Value> {
    let asked = description.query.iter().map(|asked| {
        json!({
            "name": asked.name,
            "in": "query",
            "required": true,
            "description": asked.meaning,
            "example": asked.example,
            "schema": { "type": "string" },
        })
    });
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
        401 => "The API key is missing or wrong.",
        403 => "A web page sent it, or the Host is no name of this server.",
        404 => "No policy is configured for the host, or nothing signs for it.",
        408 => "The body took too long.",
        413 => "The body is too long.",
        415 => "The body is of another type.",
        500 => "The key did not sign.",
        501 => "The body is encoded in a way that is not understood.",
        503 => "Too many requests at once; try again.",
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
