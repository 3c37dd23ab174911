//! Hosts with several issuers, each with keys, bounds and a mapping of its own.

use std::collections::BTreeSet;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use prosody_tokend::token::algorithm::Algorithm;
use prosody_tokend::token::bounds::Bounds;
use prosody_tokend::token::glob::Glob;
use prosody_tokend::token::issuer::{Accepted, Issuer, Issuers, Keys};
use prosody_tokend::token::key::Key;
use prosody_tokend::token::mapping::{Mapping, Rule, Source, Target};
use prosody_tokend::token::pointer::Pointer;
use prosody_tokend::token::policy::Policy;
use serde_json::{Value, json};

use super::generators::{SECRET, policies};

/// What some of the issuers have as their secret, and whoever guesses as well.
pub const OTHER_SECRET: &str = "Zm9v-the-other-secret-of-the-properties-0123456789";

/// A host with one issuer or several.
pub fn any_policies() -> impl Strategy<Value = Policy> {
    prop_oneof![policies(), several()]
}

/// A host with two issuers at least, no two of which have the same `iss`. Any `iss` may be somebody's.
pub fn several() -> impl Strategy<Value = Policy> {
    let accepted = [
        Accepted::only(["my_app"]),
        Accepted::only(["other", "another"]),
        Accepted::Only(Vec::new()),
        Accepted::Any,
    ];
    let accepted = subsequence(accepted.to_vec(), 2..=4).prop_shuffle();
    let issuers = accepted.prop_flat_map(|accepted| {
        let named = accepted.into_iter().enumerate();
        let each = named.map(|(place, accepted)| issuers(format!("issuer-{place}"), accepted));
        each.collect::<Vec<_>>()
    });
    (policies(), issuers).prop_map(|(policy, mut issuers)| {
        let first = issuers.remove(0);
        Policy {
            issuers: Issuers::new(first, issuers),
            ..policy
        }
    })
}

/// An issuer of this name that accepts this, and is as any policy's issuer in the rest.
fn issuers(name: String, accepted: Accepted) -> impl Strategy<Value = Issuer> {
    let algorithms = vec![
        vec![Algorithm::Hs256],
        vec![Algorithm::Hs512, Algorithm::Hs256],
        vec![Algorithm::Hs384],
        vec![],
    ];
    let secrets = select(vec![
        vec![SECRET],
        vec![SECRET],
        vec![OTHER_SECRET],
        vec![OTHER_SECRET, SECRET],
    ]);
    let algorithms = prop_oneof![8 => Just(algorithms[0].clone()), 4 => select(algorithms)];
    let mapping = option::weighted(0.5, mappings());
    (policies(), algorithms, secrets, bounds(), mapping).prop_map(
        move |(policy, algorithms, secrets, bounds, mapping)| Issuer {
            name: name.clone(),
            accepted: accepted.clone(),
            algorithms,
            keys: Keys::Fixed(secrets.into_iter().map(key).collect()),
            bounds,
            mapping,
            ..policy.issuers.first().clone()
        },
    )
}

fn key(secret: &str) -> Key {
    Key::from_secret(secret.as_bytes()).unwrap()
}

prop_compose! {
    fn bounds()(
        rooms in option::weighted(0.4, globs(&["meet-*", "*-1", "Other", "*", "b*"])),
        tenants in option::weighted(0.2, globs(&["tenant1", "Ten*", "*", "a"])),
        moderators in prop::bool::weighted(0.7),
        features in option::weighted(0.3, subsequence(vec!["lobby", "recording"], 0..=2)),
        wildcards in prop::bool::weighted(0.8),
    ) -> Bounds {
        let features = features.map(|names| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>());
        Bounds { rooms, tenants, moderators, features, wildcards }
    }
}

fn globs(texts: &[&'static str]) -> impl Strategy<Value = Vec<Glob>> + use<> {
    let most = texts.len();
    let chosen = subsequence(texts.to_vec(), 0..=most);
    chosen.prop_map(|texts| texts.into_iter().map(Glob::of_rooms).collect())
}

fn mappings() -> impl Strategy<Value = Mapping> {
    let targets = vec![
        Target::Room,
        Target::Subject,
        Target::UserId,
        Target::UserName,
        Target::Group,
        Target::Moderator,
        Target::Feature("recording".to_owned()),
    ];
    let targets = subsequence(targets, 0..=7);
    let rules = targets.prop_flat_map(|targets| {
        let each = targets.into_iter().map(|target| {
            let source = sources(&target);
            source.prop_map(move |source| Rule {
                target: target.clone(),
                source,
            })
        });
        each.collect::<Vec<_>>()
    });
    (rules, any::<bool>()).prop_map(|(rules, replace)| Mapping { rules, replace })
}

/// Where a claim of this kind may come from.
fn sources(target: &Target) -> BoxedStrategy<Source> {
    let pointers = subsequence(
        vec![
            "/nick",
            "/org",
            "/sub",
            "/exp",
            "/roles/0",
            "/context/user/id",
            "/",
        ],
        1..=2,
    );
    let pointers = pointers.prop_map(|texts| {
        let parsed = texts.into_iter().map(|text| Pointer::parse(text).unwrap());
        Source::Pointers(parsed.collect())
    });
    if target.takes_truth() {
        let roles = || Pointer::parse("/roles").unwrap();
        let nick = || Pointer::parse("/nick").unwrap();
        prop_oneof![
            Just(Source::Contains(roles(), "moderator".to_owned())),
            Just(Source::Matches(nick(), Glob::exact("meet-*"))),
            any::<bool>().prop_map(|truth| Source::Constant(truth.into())),
            pointers,
        ]
        .boxed()
    } else {
        let constants: Vec<Value> = vec![json!("*"), json!("meet-1"), json!("tenant1")];
        prop_oneof![select(constants).prop_map(Source::Constant), pointers].boxed()
    }
}
