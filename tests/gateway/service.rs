//! A service that made credentials at Kong makes them here: it gets another address, and nothing of it is changed.

use std::process::Command;

use support::root;

use crate::message::values;
use crate::proxy::NGINX;
use crate::site::Site;

#[test]
fn a_service_that_knows_kong_provisions_itself_with_json() {
    provisions_itself("json");
}

#[test]
fn a_service_that_knows_kong_provisions_itself_with_forms() {
    provisions_itself("form");
}

fn provisions_itself(kind: &str) {
    let site = Site::start(&NGINX);
    let door = site.open("encoded");
    // Debian's own Python: there its packages are.
    let output = Command::new("/usr/bin/python3")
        .arg(root().join("tests/gateway/service.py"))
        .arg(kind)
        .env("KONG_ADMIN_URL", site.kong_admin_url())
        .env("GATEWAY_URL", format!("http://127.0.0.1:{}/", door.port()))
        .env("no_proxy", "*")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "done");
    let arrivals = site.upstream.take();
    assert_eq!(arrivals.len(), 3, "{arrivals:?}");
    for arrival in arrivals {
        let name = format!("service-{kind}");
        assert_eq!(
            values(&arrival.headers, "X-Consumer-Username"),
            [name.as_str()]
        );
    }
}
