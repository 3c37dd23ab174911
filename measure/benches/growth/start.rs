//! How long the daemon takes from its start to being ready.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use super::instance::{command, is_ready, null};
use super::scenarios::{Files, configuration_of_hosts};
use measure::spread::Spread;
use measure::system::free_port;
use support::process::Process;

/// Milliseconds from the start.
pub struct Start {
    pub hosts: usize,
    /// To `READY=1`, as systemd hears it.
    pub notified: Spread,
    /// To the first answer that the daemon is ready.
    pub answered: Spread,
}

/// Starts the daemon often enough, with so many hosts.
pub fn measure(files: &Files, hosts: usize) -> Start {
    let folder = files.folder(&format!("start-{hosts}"));
    let file = folder.join("config.toml");
    fs::write(&file, configuration_of_hosts(hosts)).unwrap();
    let (mut notified, mut answered) = (Vec::new(), Vec::new());
    for number in 1..=STARTS {
        eprintln!("growth: start {number} of {STARTS} with {hosts} hosts");
        let socket = folder.join(format!("notify-{number}"));
        let notifications = UnixDatagram::bind(&socket).unwrap();
        notifications
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let port = free_port();
        let mut command = command(&file, port, None);
        command.env("NOTIFY_SOCKET", &socket);
        let started = Instant::now();
        let mut process = Process::start("the daemon", &mut command, null());
        await_ready(&notifications);
        notified.push(milliseconds(started));
        while !is_ready(port) {
            std::thread::yield_now();
        }
        answered.push(milliseconds(started));
        process.terminate();
    }
    Start {
        hosts,
        notified: Spread::of(notified),
        answered: Spread::of(answered),
    }
}

fn await_ready(notifications: &UnixDatagram) {
    let mut message = [0; 4_096];
    loop {
        let length = notifications.recv(&mut message).unwrap();
        let text = std::str::from_utf8(&message[..length]).unwrap();
        if text.lines().any(|line| line == "READY=1") {
            return;
        }
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

const STARTS: usize = 20;
