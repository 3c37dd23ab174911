//! What an endpoint asks and answers, beside what its row tells.

use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

/// What a route's row does not tell of its endpoint.
pub struct Description {
    /// What it is for, in one line.
    pub summary: &'static str,
    /// What it is called by programs that are made of this; empty where the path says it.
    pub operation: &'static str,
    /// What is asked beside the body.
    pub parameters: &'static [Parameter],
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
            operation: "",
            parameters: &[],
            asks: &[],
            answers,
            problems: &[],
        }
    }
}

/// What is asked beside the body.
pub struct Parameter {
    place: Place,
    name: &'static str,
    meaning: &'static str,
    example: &'static str,
    is_required: bool,
    form: Form,
}

/// Where a parameter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Query,
    Path,
    Header,
}

/// What a parameter looks like.
enum Form {
    Text,
    /// A text that this regular expression fits.
    Like(&'static str),
    /// A whole number from one to this.
    UpTo(usize),
}

impl Parameter {
    /// A text that must be in the query.
    pub const fn query(name: &'static str, meaning: &'static str, example: &'static str) -> Self {
        Self {
            place: Place::Query,
            name,
            meaning,
            example,
            is_required: true,
            form: Form::Text,
        }
    }

    /// A text that is the last part of the path.
    pub const fn path(name: &'static str, meaning: &'static str, example: &'static str) -> Self {
        Self {
            place: Place::Path,
            ..Self::query(name, meaning, example)
        }
    }

    /// A header that may be there.
    pub const fn header(name: &'static str, meaning: &'static str, example: &'static str) -> Self {
        Self {
            place: Place::Header,
            is_required: false,
            ..Self::query(name, meaning, example)
        }
    }

    /// The same, which may be left out.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self {
            is_required: false,
            ..self
        }
    }

    /// The same, and a text that a regular expression fits.
    #[must_use]
    pub const fn like(self, expression: &'static str) -> Self {
        Self {
            form: Form::Like(expression),
            ..self
        }
    }

    /// The same, and a whole number from one to this.
    #[must_use]
    pub const fn up_to(self, most: usize) -> Self {
        Self {
            form: Form::UpTo(most),
            ..self
        }
    }

    /// As the document has it.
    pub(super) fn described(&self) -> Value {
        let place = match self.place {
            Place::Query => "query",
            Place::Path => "path",
            Place::Header => "header",
        };
        let (schema, example) = match self.form {
            Form::Text => (json!({ "type": "string" }), self.example.into()),
            Form::Like(pattern) => (
                json!({ "type": "string", "pattern": pattern }),
                self.example.into(),
            ),
            Form::UpTo(most) => {
                let number = self
                    .example
                    .parse()
                    .map_or(Value::Null, |number: u64| number.into());
                (
                    json!({ "type": "integer", "minimum": 1, "maximum": most }),
                    number,
                )
            }
        };
        json!({
            "name": self.name,
            "in": place,
            "required": self.is_required,
            "description": self.meaning,
            "example": example,
            "schema": schema,
        })
    }
}

/// A body in one of the types that an endpoint takes.
pub struct Body {
    pub media_type: &'static str,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// One that is taken, as JSON.
    pub example: &'static str,
}

/// A media type, and the schema of what is in it.
type Content = (&'static str, fn(&mut SchemaGenerator) -> Schema);

/// One of the answers that are no problem.
pub struct Answer {
    pub status: u16,
    pub meaning: &'static str,
    /// What is in its body; nothing where it has none.
    pub(super) content: Option<Content>,
    /// Headers that it has, with what they mean.
    pub(super) headers: &'static [(&'static str, &'static str)],
}

impl Answer {
    /// An answer in JSON.
    pub const fn json<T: JsonSchema>(status: u16, meaning: &'static str) -> Self {
        Self {
            content: Some(("application/json", of::<T>)),
            ..Self::nothing(status, meaning)
        }
    }

    /// An answer without a body.
    pub const fn nothing(status: u16, meaning: &'static str) -> Self {
        Self {
            status,
            meaning,
            content: None,
            headers: &[],
        }
    }

    /// The same, with these headers.
    #[must_use]
    pub const fn with_headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    /// An answer in a text of this type.
    pub const fn text(media_type: &'static str, meaning: &'static str) -> Self {
        Self {
            content: Some((media_type, of::<String>)),
            ..Self::nothing(200, meaning)
        }
    }
}

/// The schema of a type, which stands among the components.
pub fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}
