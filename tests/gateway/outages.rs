//! The daemon is gone, or says nothing, or is asked about more than it reads.

use support::until;

use crate::cases::signed;
use crate::message::Request;
use crate::proxy::Proxy;
use crate::site::{Door, Site, token};

/// Killed between two requests: the proxy has connections to it.
pub fn killed(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    let door = site.open("api");
    assert_eq!(status(&door, &signed("/")), 200);
    site.daemon.kill();
    for _ in 0..3 {
        assert_eq!(status(&door, &signed("/")), proxy.without_daemon);
        assert_eq!(status(&door, &Request::get("/")), proxy.without_daemon);
    }
    site.daemon.restart();
    until("the proxy to find the daemon again", || {
        (status(&door, &signed("/")) == 200).then_some(())
    });
    assert_eq!(status(&door, &Request::get("/")), 401);
}

/// It takes connections, and answers none.
pub fn frozen(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    let door = site.open("api");
    assert_eq!(status(&door, &signed("/")), 200);
    site.daemon.freeze();
    assert_eq!(status(&door, &signed("/")), proxy.without_answer);
    site.daemon.thaw();
    until("the proxy to ask the daemon again", || {
        (status(&door, &signed("/")) == 200).then_some(())
    });
}

/// The length of a query is nobody's way in, whoever finds it too long.
pub fn long(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    let door = site.open("api");
    for (length, expected) in [
        (50_000, 200),
        (100_000, proxy.long_query),
        (400_000, proxy.longer_query),
    ] {
        let padding = "a".repeat(length);
        let target = format!("/orders?padding={padding}");
        assert_eq!(status(&door, &signed(&target)), expected, "{length}");
        let behind = format!("{target}&jwt={}", token("alice"));
        assert_eq!(status(&door, &Request::get(behind)), expected, "{length}");
        let refused = if expected == 200 { 401 } else { expected };
        assert_eq!(status(&door, &Request::get(target)), refused, "{length}");
    }
}

/// The status, which is 200 where something reached the upstream, and only there.
fn status(door: &Door<'_>, request: &Request) -> u16 {
    let (answer, arrivals) = door.ask(request);
    assert_eq!(answer.status == 200, arrivals.len() == 1, "{answer:?}");
    answer.status
}
