//! What can go wrong around a daemon, and what it is like while it does.

use std::fs::{self, File};
use std::io::{self, Write};
use std::process::Command;

use fastrand::Rng;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use super::world::World;
use support::crowd;
use support::daemon::Daemon;

/// What a pipe holds (pipe(7)).
const PIPE_BYTES: usize = 65_536;
const CROWD: usize = 1_500;

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    FewDescriptors,
    LittleMemory,
    FullDisk,
    UnreadLog,
    StandsStill,
    Killed,
    Ended,
    ToldToReloadOften,
    BadConfiguration,
    PipeAmongKeys,
    DeadKeyServer,
    SilentKeyServer,
    Crowd(&'static str),
}

const KINDS: &[Fault] = &[
    Fault::FewDescriptors,
    Fault::LittleMemory,
    Fault::FullDisk,
    Fault::UnreadLog,
    Fault::StandsStill,
    Fault::Killed,
    Fault::Ended,
    Fault::ToldToReloadOften,
    Fault::BadConfiguration,
    Fault::PipeAmongKeys,
    Fault::DeadKeyServer,
    Fault::SilentKeyServer,
    Fault::Crowd("busy"),
    Fault::Crowd("slow"),
    Fault::Crowd("idle"),
    Fault::Crowd("unreading"),
    Fault::Crowd("patterns"),
    Fault::Crowd("coming and going"),
];

impl Fault {
    pub fn any(random: &mut Rng) -> Self {
        KINDS[random.usize(..KINDS.len())]
    }

    /// Goes wrong, lets something happen meanwhile, and goes right again. A daemon that has ended is started again, as
    /// systemd would.
    pub fn suffer(
        self,
        world: &mut World,
        random: &mut Rng,
        mut meanwhile: impl FnMut(&mut World, &mut Rng),
    ) {
        let daemon = |world: &World| process(&world.deployment.daemon);
        match self {
            Self::FewDescriptors => {
                let open = fs::read_dir(format!("/proc/{}/fd", daemon(world).as_raw_pid()));
                let few = open.unwrap().count() as u64 + random.u64(..4);
                with_limit(Resource::Nofile, few, world, random, meanwhile);
            }
            Self::LittleMemory => {
                let little = address_space(daemon(world)) + random.u64(..4 << 20);
                with_limit(Resource::As, little, world, random, meanwhile);
            }
            Self::FullDisk => {
                let full = File::options().write(true).open("/dev/full").unwrap();
                with_log(full, world, random, meanwhile);
            }
            Self::UnreadLog => {
                let (_unread, mut log) = io::pipe().unwrap();
                log.write_all(&vec![b'\n'; PIPE_BYTES]).unwrap();
                with_log(
                    File::from(std::os::fd::OwnedFd::from(log)),
                    world,
                    random,
                    meanwhile,
                );
            }
            Self::StandsStill => {
                world.deployment.daemon.freeze();
                meanwhile(world, random);
                world.deployment.daemon.thaw();
            }
            Self::Killed => {
                world.deployment.daemon.kill();
                meanwhile(world, random);
            }
            Self::Ended => {
                world.deployment.daemon.terminate();
                meanwhile(world, random);
                world.deployment.daemon.wait();
            }
            Self::ToldToReloadOften => {
                for _ in 0..random.u8(10..100) {
                    world.deployment.daemon.hang_up();
                }
                meanwhile(world, random);
            }
            Self::BadConfiguration => with_bad_configuration(world, random, meanwhile),
            Self::PipeAmongKeys => {
                let pipe = world.key_file("carol.pem");
                assert!(
                    Command::new("mkfifo")
                        .arg(&pipe)
                        .status()
                        .unwrap()
                        .success()
                );
                meanwhile(world, random);
                fs::remove_file(pipe).unwrap();
            }
            Self::DeadKeyServer => {
                world.key_server.set_dead(true);
                meanwhile(world, random);
                world.key_server.set_dead(false);
            }
            Self::SilentKeyServer => {
                let silence = world.key_server.hold();
                meanwhile(world, random);
                drop(silence);
            }
            Self::Crowd(kind) => {
                let _crowd = crowd::start(world.deployment.daemon.port(), kind, CROWD);
                meanwhile(world, random);
            }
        }
        if !world.deployment.daemon.is_running() {
            world.deployment.daemon.restart();
        }
    }
}

fn process(daemon: &Daemon) -> Pid {
    Pid::from_raw(daemon.id().cast_signed()).unwrap()
}

/// Takes something away from the daemon, and gives it back.
fn with_limit(
    resource: Resource,
    current: u64,
    world: &mut World,
    random: &mut Rng,
    mut meanwhile: impl FnMut(&mut World, &mut Rng),
) {
    let daemon = process(&world.deployment.daemon);
    // Whoever may not raise limits may at least lower them, and go back to where they were.
    let maximum = getrlimit(resource).maximum;
    let lowered = Rlimit {
        current: Some(current),
        maximum,
    };
    let before = prlimit(Some(daemon), resource, lowered).unwrap();
    meanwhile(world, random);
    if world.deployment.daemon.is_running() {
        prlimit(Some(daemon), resource, before).unwrap();
    }
}

/// The bytes of a process's address space.
fn address_space(process: Pid) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{}/statm", process.as_raw_pid())).unwrap();
    let pages: u64 = pages.split(' ').next().unwrap().parse().unwrap();
    pages * rustix::param::page_size() as u64
}

/// Has the daemon log to this file, from its start to its end.
fn with_log(
    log: File,
    world: &mut World,
    random: &mut Rng,
    mut meanwhile: impl FnMut(&mut World, &mut Rng),
) {
    world.deployment.daemon.kill();
    world.deployment.daemon.restart_with_log(log);
    meanwhile(world, random);
    world.deployment.daemon.kill();
}

/// Has a part of the configuration, or anything else, in its place.
fn with_bad_configuration(
    world: &mut World,
    random: &mut Rng,
    mut meanwhile: impl FnMut(&mut World, &mut Rng),
) {
    let path = world.deployment.daemon.configuration();
    let good = fs::read(&path).unwrap();
    let bad = if random.bool() {
        good[..random.usize(..good.len())].to_vec()
    } else {
        (0..random.usize(..4_096)).map(|_| random.u8(..)).collect()
    };
    fs::write(&path, bad).unwrap();
    meanwhile(world, random);
    fs::write(&path, good).unwrap();
}
