//! What a token comes to at a gateway: every check of the decision, in its order, also those after the first that fails.
//!
//! It shows single members of the token, shortened, and never a token, a signature or a secret. Who is not trusted is not told
//! which credentials and consumers there are.

mod algorithm;
mod beyond;
mod checks;
mod credential;
mod form;
mod holders;
mod judged;
mod key;
mod material;
mod nearly;
mod published;
mod read;
mod request;
mod signature;
mod times;
mod words;

#[cfg(test)]
mod tests;

use uuid::Uuid;

use super::credentials::Verifying;
use super::decision::Rules;
use crate::token::decision::Found;
use crate::token::explain::Explanation;
use crate::token::revocation::in_force::OfHost;

pub use self::checks::{anonymous, checks, copied_along};
pub use self::request::Alone;

/// A token that is explained, with everything that was known when it was decided on.
#[derive(Clone, Copy)]
pub struct Examined<'a> {
    /// The gateway's name.
    pub gateway: &'a str,
    /// What the gateway goes by.
    pub rules: Rules<'a>,
    /// The token, free of what was copied along.
    pub token: Option<&'a str>,
    /// What there is for the key that it wants, where keys are published.
    pub found: &'a Found,
    /// Names published keys, as many as an explanation asks for.
    pub known_kids: &'a dyn Fn() -> Vec<String>,
    /// What the sources say of a published key that they do not have.
    pub source_words: &'a dyn Fn(&str) -> Vec<String>,
    /// An option with its value and where that was set, as far as that is known.
    pub option: &'a dyn Fn(&str) -> Option<String>,
    /// What was taken back, where anything can be.
    pub revocations: Option<OfHost<'a>>,
    /// Whether who asks can read credentials and their secrets anyway.
    pub is_trusted: bool,
    /// How many secrets or keys are tried where a signature does not match.
    pub most_tried: usize,
    /// In Unix seconds.
    pub now: i64,
}

impl<'a> Examined<'a> {
    /// The option that is to be set, as it is written.
    fn set(&self, option: &str, value: &str) -> String {
        format!("set {option} = {value} in [gateways.{}]", self.gateway)
    }

    /// An explanation in the words of gateways, with where its option was set.
    fn told(&self, explanation: Explanation) -> Explanation {
        let option = explanation.options.first();
        let origin = option.map(|option| {
            let unknown = || format!("{option} in [gateways.{}]", self.gateway);
            (self.option)(option).unwrap_or_else(unknown)
        });
        Explanation {
            expected: words::of_gateway(&explanation.expected),
            origin,
            cause: explanation.cause.map(|cause| words::of_gateway(&cause)),
            remedy: words::of_gateway(&explanation.remedy),
            ..explanation
        }
    }

    /// All credentials, those that decide first before the others.
    fn credentials(&self) -> impl Iterator<Item = (&'a str, &'a Verifying)> + use<'a> {
        let sets = self.rules.credentials.iter();
        sets.flat_map(|set| set.each())
    }

    /// What the consumer with this ID is called.
    fn called(&self, consumer: &Uuid) -> String {
        let mut sets = self.rules.credentials.iter();
        let known = sets.find_map(|set| set.consumer(consumer));
        let name = known.and_then(|known| known.username.as_ref().or(known.custom_id.as_ref()));
        name.map_or_else(|| consumer.to_string(), ToString::to_string)
    }
}
