//! Real proxies that ask the daemon about each request, each with the recipe that the documents show.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "starts programs with configurations of their own"
)]

mod cases;
mod identity;
mod message;
mod outages;
mod proxy;
mod recipes;
mod service;
mod site;
mod sockets;
mod taken_back;
mod upstream;

use cases::{allowed, claimed, described, guests, preflights, refused, try_all};
use proxy::Proxy;
use site::Site;

/// Tries each of these with each proxy.
macro_rules! with_each_proxy {
    ($($test:path as $name:ident),* $(,)?) => {
        with_each_proxy!(@proxy nginx NGINX $($test as $name),*);
        with_each_proxy!(@proxy haproxy HAPROXY $($test as $name),*);
        with_each_proxy!(@proxy caddy CADDY $($test as $name),*);
        with_each_proxy!(@proxy envoy ENVOY $($test as $name),*);
    };
    (@proxy $module:ident $proxy:ident $($test:path as $name:ident),*) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    $test(&crate::proxy::$proxy);
                }
            )*
        }
    };
}

with_each_proxy! {
    crate::good_tokens as a_good_token_goes_through_wherever_it_stands,
    crate::bad_tokens as whoever_has_no_good_token_is_refused,
    crate::claims as nobody_says_themselves_who_they_are,
    crate::descriptions as nobody_describes_another_request_than_theirs,
    crate::anonymous as whoever_has_no_good_token_is_the_guest_where_there_is_one,
    crate::unchecked_preflights as only_preflights_go_through_unchecked,
    crate::taken_back::revoked as a_revoked_token_is_refused_at_once,
    crate::taken_back::deleted as a_token_is_refused_as_soon_as_its_credential_is_deleted,
    crate::outages::killed as nobody_goes_through_while_the_daemon_is_down,
    crate::outages::frozen as nobody_goes_through_while_the_daemon_does_not_answer,
    crate::outages::long as long_queries_go_through_with_a_token_only,
    crate::sockets::websockets as a_websocket_is_opened_with_a_token_only,
}

fn good_tokens(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    for gateway in ["api", "declared"] {
        try_all(&site.open(gateway), proxy, allowed());
    }
}

fn bad_tokens(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    for gateway in ["api", "declared"] {
        try_all(&site.open(gateway), proxy, refused());
    }
}

fn claims(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    try_all(&site.open("api"), proxy, claimed(proxy));
}

fn descriptions(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    try_all(&site.open("api"), proxy, described(proxy.described));
    try_all(&site.open("preflight"), proxy, described(proxy.described));
    try_all(&site.open("declared"), proxy, described(None));
}

fn anonymous(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    try_all(&site.open("guests"), proxy, guests());
}

fn unchecked_preflights(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    try_all(&site.open("preflight"), proxy, preflights());
}
