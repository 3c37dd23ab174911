use serde_json::{Value, json};

use crate::laid_out::check::{Failure, Line};
use crate::laid_out::fact::{Fact, Found};
use crate::laid_out::told::{Outcome, Told, Verdict};
use crate::laid_out::user::Person;
use crate::token::explain::checks::Passed;
use crate::token::explain::contents::{Contents, Part};
use crate::token::explain::mapped::MappedClaim;
use crate::token::shown;

use super::*;

/// What a person has every right to be called, as far as a page is concerned.
const HOSTILE: [&str; 22] = [
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "<svg/onload=alert(1)>",
    "<!--",
    "]]>",
    "<![CDATA[<a>]]>",
    "&lt;script&gt;",
    "&#60;b&#62;",
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7 %>",
    "a\u{202e}b\u{2066}c",
    "\u{0}\u{8}\u{1b}[31m\u{7f}\u{9b}",
    "\u{200b}\u{feff}\u{ad}\u{2060}",
    "\u{2028}\u{2029}\u{85}",
    "\u{e0001}\u{e0041}\u{fe0f}",
    "a\r\nSet-Cookie: b=c\r\n\r\n<b>",
    "\u{fffd}\u{ffff}<\u{0}script>",
    "<plaintext>",
];

/// A page in which everything that others choose is this text.
fn everywhere(text: &str) -> String {
    let answer = Answer::Explained(Box::new(Explained {
        told: told(text),
        contents: contents(text),
        left_out: Some(text.to_owned()),
        now: 1_769_860_800,
        is_another: true,
    }));
    shown_page(text, &answer)
}

fn shown_page(text: &str, answer: &Answer) -> String {
    let asked = || text.to_owned();
    let asked = Asked {
        token: asked(),
        host: asked(),
        room: asked(),
        tenant: asked(),
        at: asked(),
        gateway: asked(),
        code: asked(),
        id: asked(),
    };
    let offers = Offers {
        hosts: vec!["meet.example.com".to_owned()],
        gateways: vec!["door".to_owned()],
    };
    page(&Around::default(), &asked, &offers, answer).into_string()
}

fn told(text: &str) -> Told {
    Told {
        verdict: Verdict::Denied(vec![text.to_owned(), text.to_owned()]),
        is_vouched_for: false,
        notes: vec![text.to_owned()],
        facts: vec![Fact::text("room", text)],
        checks: checks(text),
        longest_name: 4,
        outcome: Outcome::Host {
            mapped: vec![mapped(text, Some(text)), mapped(text, None)],
            user: Some(person(text)),
            oddities: vec![text.to_owned()],
        },
    }
}

fn checks(text: &str) -> Vec<Line> {
    let failure = Failure {
        code: "expired",
        found: text.to_owned(),
        needed: text.to_owned(),
        set_by: Some(text.to_owned()),
        hint: text.to_owned(),
        remedy: text.to_owned(),
        is_in_verdict: false,
    };
    let passed = Passed {
        found: text.to_owned(),
        hint: Some(text.to_owned()),
    };
    let line = |outcome| Line {
        name: "exp",
        outcome,
    };
    vec![line(Err(failure)), line(Ok(passed))]
}

fn mapped(text: &str, value: Option<&str>) -> MappedClaim {
    MappedClaim {
        claim: text.to_owned(),
        source: text.to_owned(),
        value: value.map(str::to_owned),
        why_not: Some(text.to_owned()),
    }
}

fn person(text: &str) -> Person {
    Person {
        is_let_in: false,
        facts: vec![
            Fact::text("name", text),
            Fact {
                name: "id",
                found: Found::Plain(text.to_owned()),
            },
        ],
        is_moderator: true,
        why: text.to_owned(),
    }
}

fn contents(text: &str) -> Contents {
    let part = |value: Value| Part::Read {
        value,
        flaws: vec![text.to_owned()],
    };
    Contents {
        header: part(json!({"alg": text, text: {text: [text, {text: text}]}})),
        claims: part(json!({"exp": text, text: [[text], text], "n": 1})),
    }
}

/// The tags of a page, each with the names of its attributes; members stand in the order of their names, so that the tags are sorted.
fn tags(page: &str) -> Vec<String> {
    let tags = page.split('<').skip(1);
    let tags = tags.map(|tag| {
        let tag = tag.split('>').next().unwrap_or_default();
        let outside = tag.split('"').step_by(2);
        outside.collect::<Vec<&str>>().join("")
    });
    let mut tags: Vec<String> = tags.collect();
    tags.sort_unstable();
    tags
}

#[test]
fn whatever_others_chose_is_text_and_makes_no_tag_and_no_attribute() {
    let usual = tags(&everywhere("Ann"));
    for text in HOSTILE {
        assert_eq!(tags(&everywhere(text)), usual, "{text:?}");
    }
    for text in HOSTILE {
        for answer in [
            Answer::Nothing,
            Answer::Unanswered(text.to_owned()),
            Answer::Mistaken(vec![Mistake {
                field: Field::Room,
                text: text.to_owned(),
            }]),
        ] {
            let usual = tags(&shown_page("Ann", &answer));
            assert_eq!(tags(&shown_page(text, &answer)), usual, "{text:?}");
        }
    }
}

#[test]
fn a_page_that_is_printed_has_no_token() {
    let page = everywhere("Ann");
    assert!(page.contains("<form class=\"no-print\""), "{page}");
    assert_eq!(page.matches("<form").count(), 1, "{page}");
}

#[test]
fn nothing_on_a_page_hides_itself_or_turns_the_rest_around() {
    for text in HOSTILE {
        let page = everywhere(text).replace('\n', "");
        assert_eq!(shown::escaped(&page), page, "{text:?}");
    }
}

#[test]
fn a_page_stays_short_whatever_a_token_has_in_it() {
    let long = "x".repeat(100_000);
    let mut deep = json!(long);
    for _ in 0..95 {
        deep = json!({ "<b>": [deep] });
    }
    let many: Vec<Value> = (0..20_000).map(|number| json!([number])).collect();
    let members: Value = (0..20_000)
        .map(|number| (format!("<i>{number}"), Value::Null))
        .collect::<serde_json::Map<String, Value>>()
        .into();
    for value in [
        json!(long),
        json!({long.as_str(): 1}),
        deep,
        json!({ "m": many }),
        members,
    ] {
        let part = || Part::Read {
            value: value.clone(),
            flaws: Vec::new(),
        };
        let answer = Answer::Explained(Box::new(Explained {
            told: told("Ann"),
            contents: Contents {
                header: part(),
                claims: part(),
            },
            left_out: None,
            now: 0,
            is_another: false,
        }));
        let page = shown_page("Ann", &answer);
        assert!(page.len() < 400_000, "{}", page.len());
        assert!(page.contains("in all)") || page.contains("more are not shown"));
    }
}

#[test]
fn what_a_gateway_answers_is_text_too() {
    for text in HOSTILE {
        let page = |text: &str| {
            let answer = Answer::Explained(Box::new(Explained {
                told: Told {
                    verdict: Verdict::AllowedAs(text.to_owned()),
                    outcome: Outcome::Gateway {
                        headers: vec![("X-Consumer-Username".to_owned(), text.to_owned())],
                    },
                    ..told(text)
                },
                contents: Contents {
                    header: Part::Unreadable(text.to_owned()),
                    claims: Part::Read {
                        value: json!([text]),
                        flaws: Vec::new(),
                    },
                },
                left_out: None,
                now: 0,
                is_another: false,
            }));
            shown_page(text, &answer)
        };
        assert_eq!(tags(&page(text)), tags(&page("Ann")), "{text:?}");
        let page = page(text).replace('\n', "");
        assert_eq!(shown::escaped(&page), page, "{text:?}");
    }
}
