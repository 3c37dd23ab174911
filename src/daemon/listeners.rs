//! The sockets that the daemon listens on, and whom each of them serves.

use std::os::fd::BorrowedFd;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::config::Config;
use crate::config::listen::ListenAddress;
use crate::http::caller::Caller;
use crate::http::listener::{BindError, Listener, Serving};
use crate::http::seats::Seats;

use super::handover::Kept;
use super::workers::Workers;

/// All sockets, by what they are for.
pub struct Listeners {
    main: Vec<Listener>,
    of_metrics: Vec<Listener>,
    of_proxies: Vec<Listener>,
    of_administrators: Vec<Listener>,
}

impl Listeners {
    /// Binds all of them.
    pub fn bind(config: &Config, kept: &mut Kept, workers: &Workers) -> Result<Self, BindError> {
        let of_proxies = &config.forward_auth.listen;
        let callers = if of_proxies.is_empty() {
            Caller::ALL
        } else {
            Caller::ALL_BUT_PROXIES
        };
        Ok(Self {
            main: bind(&config.listen, kept, callers)?,
            of_metrics: bind(config.metrics_listen.as_slice(), kept, Caller::SCRAPERS)?,
            of_proxies: bind_on(workers.of_proxies(), of_proxies, kept, Caller::PROXIES)?,
            of_administrators: bind(&config.admin.listen, kept, administrators(config))?,
        })
    }

    /// Those of TCP.
    pub fn sockets(&self) -> Vec<BorrowedFd<'_>> {
        let Self {
            main,
            of_metrics,
            of_proxies,
            of_administrators,
        } = self;
        let all = [main, of_metrics, of_proxies, of_administrators]
            .into_iter()
            .flatten();
        all.filter_map(Listener::tcp_socket).collect()
    }

    /// Answers on all of them: proxies on threads and connections of their own.
    pub fn run(self, serving: &Serving, seats_of_proxies: Arc<Seats>, workers: &Workers) {
        let of_proxies = Serving {
            seats: seats_of_proxies,
            ..serving.clone()
        };
        let all = workers.all.handle();
        for (listeners, what, serving, workers) in [
            (self.main, "listening", serving, all),
            (
                self.of_metrics,
                "listening for those who collect metrics",
                serving,
                all,
            ),
            (
                self.of_proxies,
                "listening for proxies",
                &of_proxies,
                workers.of_proxies(),
            ),
            (
                self.of_administrators,
                "listening for Kong's Admin API",
                serving,
                all,
            ),
        ] {
            for listener in listeners {
                tracing::info!(address = %listener, "{what}");
                let listening = listener.run(serving.clone());
                serving.listeners.spawn_on(listening, workers);
            }
        }
    }
}

/// Who is served at the addresses of the Admin API.
const fn administrators(config: &Config) -> &'static [Caller] {
    if config.admin.open {
        Caller::OPEN_KONG_ADMINISTRATORS
    } else {
        Caller::KONG_ADMINISTRATORS
    }
}

/// Binds on the threads that are going to serve there.
fn bind_on(
    workers: &Handle,
    addresses: &[ListenAddress],
    kept: &mut Kept,
    callers: &'static [Caller],
) -> Result<Vec<Listener>, BindError> {
    let _entered = workers.enter();
    bind(addresses, kept, callers)
}

fn bind(
    addresses: &[ListenAddress],
    kept: &mut Kept,
    callers: &'static [Caller],
) -> Result<Vec<Listener>, BindError> {
    let bound = addresses.iter().map(|address| match address {
        ListenAddress::Tcp(address) => Listener::tcp(*address, kept.at(*address), callers),
        ListenAddress::Unix(path) => Listener::unix(path, callers),
    });
    bound.collect()
}
