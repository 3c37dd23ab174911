//! Claims where an issuer's tokens have them: by Jitsi's names, or where its mapping looks.

use serde_json::{Map, Value};

use crate::token::mapping::{Mapping, Source, Target};

use super::asked::Wish;

/// The claims that are asked for, of an issuer with this mapping.
#[must_use]
pub fn claims(wishes: &[Wish], mapping: Option<&Mapping>) -> Map<String, Value> {
    let mut claims = Map::new();
    for wish in wishes {
        match source_of(&wish.target, mapping) {
            None => wish.target.set(&mut claims, wish.value.clone()),
            Some(source) => put(wish, source, &mut claims),
        }
    }
    claims
}

/// Where the mapping takes a claim from.
#[must_use]
pub fn source_of<'a>(target: &Target, mapping: Option<&'a Mapping>) -> Option<&'a Source> {
    let mut rules = mapping?.rules.iter();
    rules
        .find(|rule| rule.target == *target)
        .map(|rule| &rule.source)
}

/// Puts the claim where its source finds it. What always has one value is left to that, unless another one is asked for: a
/// token's own room counts.
fn put(wish: &Wish, source: &Source, claims: &mut Map<String, Value>) {
    match source {
        Source::Constant(_) if wish.option.is_none() || wish.target == Target::Subject => {}
        Source::Constant(_) => wish.target.set(claims, wish.value.clone()),
        Source::Pointers(pointers) => {
            let place = pointers.first().and_then(|first| first.place(claims));
            if let Some(place) = place {
                *place = wish.value.clone();
            }
        }
        Source::Contains(pointer, text) => {
            if let Some(place) = pointer.place(claims) {
                add(place, text);
            }
        }
        // A text that fits is not for a program to make up.
        Source::Matches(..) => {}
    }
}

/// Adds a role or a group to those that are there.
fn add(place: &mut Value, text: &str) {
    match place {
        Value::Array(items) if items.iter().any(|item| item == text) => {}
        Value::Array(items) => items.push(text.into()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            *place = Value::from([text]);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::token::glob::Glob;
    use crate::token::mapping::Rule;
    use crate::token::pointer::Pointer;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    fn wish(target: Target, value: Value) -> Wish {
        Wish {
            target,
            value,
            option: Some("--option"),
        }
    }

    fn usual(target: Target, value: Value) -> Wish {
        Wish {
            option: None,
            ..wish(target, value)
        }
    }

    fn mapping(rules: Vec<(Target, Source)>) -> Mapping {
        let rules = rules.into_iter();
        Mapping {
            rules: rules
                .map(|(target, source)| Rule { target, source })
                .collect(),
            replace: false,
        }
    }

    /// A mapping as providers need it, from everything that a source can be.
    fn of_provider() -> Mapping {
        let role = |text: &str| Source::Contains(pointer("/access/roles"), text.to_owned());
        mapping(vec![
            (Target::Room, Source::Constant("*".into())),
            (Target::Subject, Source::Constant("*".into())),
            (
                Target::UserName,
                Source::Pointers(vec![pointer("/name"), pointer("/nickname")]),
            ),
            (Target::Moderator, role("moderators")),
            (Target::Feature("recording".to_owned()), role("recorders")),
            (
                Target::Feature("livestreaming".to_owned()),
                Source::Matches(pointer("/email"), Glob::exact("*@example.com")),
            ),
        ])
    }

    #[test]
    fn without_a_mapping_claims_have_jitsis_names() {
        let wishes = [
            usual(Target::Room, json!("*")),
            usual(Target::Subject, json!("meet.example.com")),
            wish(Target::UserName, json!("Ann")),
            wish(Target::Moderator, json!(true)),
            wish(Target::Feature("a.b".to_owned()), json!(true)),
        ];
        let expected = json!({
            "room": "*",
            "sub": "meet.example.com",
            "context": {"user": {"name": "Ann", "moderator": true}, "features": {"a.b": true}},
        });
        assert_eq!(Value::Object(claims(&wishes, None)), expected);
    }

    #[test]
    fn with_a_mapping_claims_are_where_it_looks_and_have_what_the_mapping_makes_of_them() {
        let feature = |name: &str| Target::Feature(name.to_owned());
        for (wishes, expected) in [
            (vec![usual(Target::Room, json!("*"))], json!({})),
            (vec![usual(Target::Subject, json!("a"))], json!({})),
            (vec![wish(Target::Subject, json!("acme"))], json!({})),
            (
                vec![wish(Target::Room, json!("standup"))],
                json!({"room": "standup"}),
            ),
            (
                vec![wish(Target::UserName, json!("Ann"))],
                json!({"name": "Ann"}),
            ),
            (
                vec![
                    wish(Target::Moderator, json!(true)),
                    wish(feature("recording"), json!(true)),
                ],
                json!({"access": {"roles": ["moderators", "recorders"]}}),
            ),
            (vec![wish(feature("livestreaming"), json!(true))], json!({})),
            (
                vec![wish(Target::UserEmail, json!("a@b"))],
                json!({"context": {"user": {"email": "a@b"}}}),
            ),
        ] {
            let claims = claims(&wishes, Some(&of_provider()));
            assert_eq!(Value::Object(claims), expected);
        }
    }

    #[test]
    fn what_is_in_the_way_is_left_there() {
        let both = mapping(vec![
            (Target::UserName, Source::Pointers(vec![pointer("/access")])),
            (
                Target::Moderator,
                Source::Contains(pointer("/access/roles"), "a".to_owned()),
            ),
        ]);
        let wishes = [
            wish(Target::UserName, json!("Ann")),
            wish(Target::Moderator, json!(true)),
        ];
        let claims = claims(&wishes, Some(&both));
        assert_eq!(Value::Object(claims), json!({"access": "Ann"}));
    }
}
