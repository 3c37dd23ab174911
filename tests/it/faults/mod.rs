//! Faults at random, one after the other, beside a model of who may be in: nobody gets in wrongly while they last, and
//! whoever may gets in again within two seconds of each one's end.
//!
//! `FAULTS` says how many (20), `FAULTS_SEED` repeats a run.
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads its settings and measures time"
)]

mod fault;
mod model;
mod world;

use std::env;
use std::str::FromStr;
use std::time::{Duration, Instant};

use fastrand::Rng;

use fault::Fault;
use model::{Bearer, Right};
use support::until;
use world::World;

const BACK_WITHIN: Duration = Duration::from_secs(2);
/// How many bearers try to get in while a fault lasts.
const MEANWHILE: usize = 3;

#[test]
fn nobody_is_wrongly_in_and_everybody_is_back_soon_whatever_fails() {
    let seed = setting("FAULTS_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("FAULTS_SEED={seed} repeats this");
    let mut random = Rng::with_seed(seed);
    let mut world = World::start();
    everybody_is_where_they_belong(&world);
    for number in 1..=setting("FAULTS").unwrap_or(20) {
        let fault = Fault::any(&mut random);
        let began = Instant::now();
        fault.suffer(&mut world, &mut random, |world, random| {
            for _ in 0..MEANWHILE {
                nobody_is_wrongly_in(world, random);
            }
        });
        let lasted = began.elapsed();
        let back = back_again(&world);
        println!("{number}: {fault:?} for {lasted:.1?}, all is well after {back:.2?}");
    }
    world.deployment.check();
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

/// Anybody tries. Whose right just changed may be in or out while the fault lasts; everybody else may not be in wrongly.
fn nobody_is_wrongly_in(world: &mut World, random: &mut Rng) {
    if random.u8(..4) == 0 {
        world.model.change_keys(random);
    }
    let bearer = Bearer::any(random);
    if world.model.right(bearer) == Right::Never {
        assert!(!world.gets_in(bearer), "{bearer:?} is in");
    } else {
        world.gets_in(bearer);
    }
}

/// How long it takes until everybody who may is in, and nobody else.
fn back_again(world: &World) -> Duration {
    let ended = Instant::now();
    let tried = until("a join", || {
        let tried = ended.elapsed();
        world.gets_in(Bearer::Secret).then_some(tried)
    });
    assert!(
        tried < BACK_WITHIN,
        "joins are possible again only after {tried:?}"
    );
    until("the model to be right", || {
        let tried = ended.elapsed();
        let right = Bearer::ALL
            .iter()
            .all(|&bearer| world.gets_in(bearer) == (world.model.right(bearer) == Right::Now));
        right.then_some(tried)
    })
}

fn everybody_is_where_they_belong(world: &World) {
    for &bearer in Bearer::ALL {
        let is_in = world.gets_in(bearer);
        assert_eq!(is_in, world.model.right(bearer) == Right::Now, "{bearer:?}");
    }
}
