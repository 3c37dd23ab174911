//! The endpoints, one row each.
//!
//! One more is a row here, a file with its handler and its description beside this one, what it answers in `api`, and what each kind of caller
//! gets there in `tests/it/daemon/callers.rs`.

mod asap_token;
mod backchannel_logout;
mod changes;
pub mod explain;
mod forward_auth;
pub mod health;
mod host;
pub mod keys;
mod methods;
mod metrics;
mod openapi;
mod reach;
pub mod revocations;
mod room;
mod sessions;
mod verify;

use hyper::body::Incoming;
use hyper::{Method, Request};

use super::access::Access;
use super::caller::Caller;
use super::console;
use super::exchange::Exchange;
use super::kong;
use super::openapi::{self as description, Description};
use super::response::{Problem, Reply};
use super::seats::Pool;
use methods::Methods;
use reach::Reach;

pub struct Route {
    /// The path; a name in braces stands for any other name there, and `/*` at the end for whatever follows, nothing included.
    pub path: &'static str,
    /// How much of a path it says.
    reach: Reach,
    /// The methods of its requests.
    pub methods: Methods,
    /// Who may ask.
    pub caller: Caller,
    /// The pool of permits that its requests take one from; none where they are answered at once.
    pub pool: Option<Pool>,
    exists: fn(&Access) -> bool,
    /// What there is to say of it besides.
    pub description: &'static Description,
    endpoint: Endpoint,
}

/// Makes the table, and what calls the handler of a row. The handlers are of different types, and futures in boxes would
/// cost each request an allocation, so that the rows cannot hold them themselves.
macro_rules! routes {
    ($($name:ident {
        $methods:ident $path:literal,
        caller: $caller:ident,
        pool: $pool:expr,
        exists: $exists:path,
        description: $description:expr,
        answer: |$exchange:pat_param, $request:pat_param| $answer:expr,
    })*) => {
        #[derive(Clone, Copy)]
        enum Endpoint { $($name),* }

        pub const ROUTES: &[Route] = &[$(Route {
            path: $path,
            reach: Reach::of($path),
            methods: Methods::$methods,
            caller: Caller::$caller,
            pool: $pool,
            exists: $exists,
            description: &$description,
            endpoint: Endpoint::$name,
        }),*];

        impl Route {
            /// Has the endpoint's handler answer.
            pub(in crate::http) async fn answer(
                &self,
                exchange: Exchange<'_>,
                request: Request<Incoming>,
            ) -> Result<Reply, Problem> {
                match self.endpoint {
                    $(Endpoint::$name => {
                        let ($exchange, $request) = (exchange, request);
                        $answer
                    })*
                }
            }
        }
    };
}

routes! {
    Alive {
        Get "/healthz",
        caller: Everybody,
        pool: None,
        exists: always,
        description: health::ALIVE,
        answer: |_, _| Ok(health::alive()),
    }
    Ready {
        Get "/readyz",
        caller: Everybody,
        pool: None,
        exists: always,
        description: health::READY,
        answer: |exchange, request| Ok(health::ready(&exchange, &request)),
    }
    Metrics {
        Get "/metrics",
        caller: Scraper,
        pool: None,
        exists: always,
        description: metrics::DESCRIPTION,
        answer: |exchange, request| Ok(metrics::answer(&exchange, &request)),
    }
    OpenApi {
        Get "/openapi.json",
        caller: Prosody,
        pool: None,
        exists: always,
        description: openapi::DESCRIPTION,
        answer: |exchange, _| Ok(openapi::answer(&exchange, described(exchange.access))),
    }
    Keys {
        Get "/v1/keys",
        caller: Operator,
        pool: None,
        exists: always,
        description: keys::DESCRIPTION,
        answer: |exchange, _| Ok(keys::answer(&exchange)),
    }
    Host {
        Get "/v1/host",
        caller: Prosody,
        pool: None,
        exists: always,
        description: host::DESCRIPTION,
        answer: |exchange, request| host::answer(&exchange, &request),
    }
    Verify {
        Post "/v1/verify",
        caller: Prosody,
        pool: Some(Pool::Decisions),
        exists: always,
        description: verify::DESCRIPTION,
        answer: |exchange, request| verify::answer(exchange, request).await,
    }
    Room {
        Post "/v1/room",
        caller: Prosody,
        pool: Some(Pool::Decisions),
        exists: always,
        description: room::DESCRIPTION,
        answer: |exchange, request| room::answer(exchange, request).await,
    }
    Changes {
        Get "/v1/changes",
        caller: Prosody,
        pool: None,
        exists: always,
        description: changes::DESCRIPTION,
        answer: |exchange, _| Ok(changes::answer(&exchange)),
    }
    Sessions {
        Post "/v1/sessions/check",
        caller: Prosody,
        pool: Some(Pool::Decisions),
        exists: always,
        description: sessions::DESCRIPTION,
        answer: |exchange, request| Box::pin(sessions::answer(exchange, request)).await,
    }
    Explain {
        Post "/v1/explain",
        caller: Operator,
        pool: Some(Pool::Explanations),
        exists: always,
        description: explain::DESCRIPTION,
        answer: |exchange, request| explain::answer(exchange, request).await,
    }
    AsapToken {
        Post "/v1/asap-token",
        caller: Prosody,
        pool: None,
        exists: signs,
        description: asap_token::DESCRIPTION,
        answer: |exchange, request| asap_token::answer(exchange, request).await,
    }
    BackchannelLogout {
        Post "/v1/backchannel-logout",
        caller: Everybody,
        pool: Some(Pool::Logouts),
        exists: always,
        description: backchannel_logout::DESCRIPTION,
        answer: |exchange, request| Box::pin(backchannel_logout::answer(exchange, request)).await,
    }
    Revocations {
        Get "/v1/revocations",
        caller: Administrator,
        pool: Some(Pool::Revocations),
        exists: always,
        description: revocations::LIST,
        answer: |exchange, request| Box::pin(revocations::list(exchange, request)).await,
    }
    Revoke {
        Post "/v1/revocations",
        caller: Administrator,
        pool: Some(Pool::Revocations),
        exists: always,
        description: revocations::REVOKE,
        answer: |exchange, request| Box::pin(revocations::revoke(exchange, request)).await,
    }
    Revocation {
        Get "/v1/revocations/{id}",
        caller: Administrator,
        pool: Some(Pool::Revocations),
        exists: always,
        description: revocations::FIND,
        answer: |exchange, request| Box::pin(revocations::find(exchange, request)).await,
    }
    Withdraw {
        Delete "/v1/revocations/{id}",
        caller: Administrator,
        pool: Some(Pool::Revocations),
        exists: always,
        description: revocations::WITHDRAW,
        answer: |exchange, request| Box::pin(revocations::withdraw(exchange, request)).await,
    }
    Kong {
        Any "/",
        caller: KongAdministrator,
        pool: Some(Pool::Registry),
        exists: always,
        description: kong::DESCRIPTION,
        answer: |exchange, request| Box::pin(kong::answer(exchange, request)).await,
    }
    KongStatus {
        Any "/status/*",
        caller: KongAdministrator,
        pool: Some(Pool::Registry),
        exists: always,
        description: kong::DESCRIPTION,
        answer: |exchange, request| Box::pin(kong::answer(exchange, request)).await,
    }
    KongConsumers {
        Any "/consumers/*",
        caller: KongAdministrator,
        pool: Some(Pool::Registry),
        exists: always,
        description: kong::DESCRIPTION,
        answer: |exchange, request| Box::pin(kong::answer(exchange, request)).await,
    }
    KongCredentials {
        Any "/jwts/*",
        caller: KongAdministrator,
        pool: Some(Pool::Registry),
        exists: always,
        description: kong::DESCRIPTION,
        answer: |exchange, request| Box::pin(kong::answer(exchange, request)).await,
    }
    ForwardAuth {
        Any "/v1/forward-auth/{name}/*",
        caller: Proxy,
        pool: Some(Pool::Gateways),
        exists: has_gateways,
        description: forward_auth::DESCRIPTION,
        answer: |exchange, request| Box::pin(forward_auth::answer(exchange, request)).await,
    }
    Console {
        Any "/console/*",
        caller: Page,
        pool: Some(Pool::Explanations),
        exists: has_console,
        description: console::DESCRIPTION,
        answer: |exchange, request| Ok(Box::pin(console::answer(exchange, request)).await),
    }
}

/// The endpoints but those of Kong's Admin API, which are at addresses of their own, and described by Kong, and but the console, which is
/// for people.
pub fn ours() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.is_described())
}

/// The endpoints that there are, as the daemon is set up.
fn described(access: &Access) -> impl Iterator<Item = description::Endpoint> {
    let there = ours().filter(|route| route.is_there(access));
    there.map(Route::described)
}

const fn always(_: &Access) -> bool {
    true
}

/// Tokens are signed only where there is a key to sign with, and one for callers, too.
fn signs(access: &Access) -> bool {
    access.signer().is_some()
}

/// Proxies are answered only where something is set up for them.
const fn has_gateways(access: &Access) -> bool {
    access.has_gateways
}

/// The page is there for people alone who asked for it.
const fn has_console(access: &Access) -> bool {
    access.console.is_some()
}

/// The path of each row. Those with several rows are known by the number of the first one.
pub(in crate::http) fn paths() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(Route::written)
}

/// The number of the path that is asked for.
pub(in crate::http) fn number(path: &str) -> Option<usize> {
    ROUTES
        .iter()
        .position(|row| row.reach.takes(row.path, path))
}

/// The rows of the path with this number, which stand together.
fn rows(number: Option<usize>) -> impl Iterator<Item = &'static Route> + Clone {
    let rows = number.and_then(|number| ROUTES.get(number..));
    let rows = rows.unwrap_or_default();
    let path = rows.first().map(|row| row.path);
    rows.iter().take_while(move |row| Some(row.path) == path)
}

/// The endpoint for this method at the path with this number, among those that these callers are served, and what the caller is there.
///
/// # Errors
/// [`Problem::NotFound`], [`Problem::MethodNotAllowed`].
pub(in crate::http) fn find(
    callers: &[Caller],
    access: &Access,
    number: Option<usize>,
    method: &Method,
) -> Result<(&'static Route, Caller), Problem> {
    let served = |route: &Route| {
        let mut callers = callers.iter().filter(|caller| caller.may_ask(route.caller));
        callers.next().filter(|_| route.is_there(access)).copied()
    };
    let rows = rows(number);
    let mut asked = rows.clone().filter(|route| route.methods.take(method));
    if let Some(found) = asked.find_map(|route| Some((route, served(route)?))) {
        return Ok(found);
    }
    let there = rows.filter(|route| served(route).is_some());
    let allowed: Vec<&str> = there.map(|route| route.methods.usual().as_str()).collect();
    if allowed.is_empty() {
        Err(not_found(
            ROUTES.iter().filter(|route| served(route).is_some()),
        ))
    } else {
        Err(Problem::MethodNotAllowed {
            allowed: allowed.join(", "),
        })
    }
}

impl Route {
    /// Whether programs of ours ask for it, which go by the description.
    fn is_described(&self) -> bool {
        ![Caller::KongAdministrator, Caller::Page].contains(&self.caller)
    }

    /// Whether it is served at all, as the daemon is set up.
    fn is_there(&self, access: &Access) -> bool {
        (self.exists)(access)
    }

    /// The path, as it is told: what may follow it is not.
    fn written(&self) -> &'static str {
        self.path.trim_end_matches("/*")
    }

    /// What there is to say of it.
    pub fn described(&'static self) -> description::Endpoint {
        description::Endpoint {
            path: self.written(),
            method: self.methods.usual(),
            caller: self.caller,
            is_limited: self.pool.is_some(),
            description: self.description,
        }
    }
}

fn not_found(there: impl Iterator<Item = &'static Route>) -> Problem {
    let mut known: Vec<&str> = there.map(Route::written).collect();
    known.dedup();
    Problem::NotFound {
        known: known.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        Access {
            api_key: None,
            admin_key: None,
            server_names: Vec::new(),
            signer: None,
            has_gateways: true,
            console: None,
        }
    }

    #[test]
    fn a_listener_has_the_endpoints_of_those_whom_it_serves() {
        let access = access();
        let prosodys = &[Caller::Everybody, Caller::Prosody];
        for (path, is_found) in [
            ("/healthz", true),
            ("/v1/room", true),
            ("/v1/keys", false),
            ("/v1/explain", false),
            ("/v1/revocations", false),
            ("/v1/revocations/0123", false),
        ] {
            let method = if path == "/healthz" {
                Method::GET
            } else {
                Method::POST
            };
            let found = find(prosodys, &access, number(path), &method);
            assert_eq!(found.is_ok(), is_found, "{path}");
            let Err(problem) = found else { continue };
            let known = "/healthz, /readyz, /openapi.json, /v1/host, /v1/verify, /v1/room, /v1/changes, /v1/sessions/check, \
                /v1/backchannel-logout"
                .to_owned();
            assert_eq!(problem, Problem::NotFound { known });
        }
    }

    #[test]
    fn a_path_that_ends_in_a_name_stands_for_all_names() {
        for (path, named) in [
            ("/v1/revocations", Some("/v1/revocations")),
            ("/v1/revocations/0123", Some("/v1/revocations/{id}")),
            ("/v1/revocations/{id}", Some("/v1/revocations/{id}")),
            ("/v1/revocations/", None),
            ("/v1/revocations/a/b", None),
            ("/v1/revocations//a", None),
            ("/v1/other/a", None),
            ("/v1", None),
            ("", None),
            ("/", Some("/")),
        ] {
            let found = number(path).and_then(|number| paths().nth(number));
            assert_eq!(found, named, "{path}");
        }
    }

    #[test]
    fn a_path_has_its_methods_and_names_them_to_whoever_asks_with_another() {
        for (method, path, allowed) in [
            (Method::GET, "/v1/revocations", None),
            (Method::HEAD, "/v1/revocations", None),
            (Method::POST, "/v1/revocations", None),
            (Method::DELETE, "/v1/revocations", Some("GET, POST")),
            (Method::DELETE, "/v1/revocations/a", None),
            (Method::PUT, "/v1/revocations/a", Some("GET, DELETE")),
            (Method::DELETE, "/healthz", Some("GET")),
        ] {
            let found = find(Caller::ALL, &access(), number(path), &method);
            let refused = found.err();
            let allowed = allowed.map(|allowed| Problem::MethodNotAllowed {
                allowed: allowed.to_owned(),
            });
            assert_eq!(refused, allowed, "{method} {path}");
        }
    }

    #[test]
    fn the_rows_of_a_path_stand_together() {
        let mut all: Vec<&str> = paths().collect();
        all.dedup();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
