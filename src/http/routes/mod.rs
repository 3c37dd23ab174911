//! The endpoints, one row each.
//!
//! One more is a row here, a file with its handler and its description beside this one, what it answers in `api`, and what each kind of caller
//! gets there in `tests/it/daemon/callers.rs`.

mod asap_token;
pub mod explain;
mod health;
mod host;
mod keys;
mod metrics;
mod openapi;
mod room;
mod verify;

use hyper::body::Incoming;
use hyper::{Method, Request};

use super::access::Access;
use super::caller::Caller;
use super::exchange::Exchange;
use super::openapi::{self as description, Description};
use super::response::{Problem, Reply};
use super::seats::Pool;

pub struct Route {
    pub path: &'static str,
    /// The method of its requests; `GET` allows `HEAD`, too.
    pub method: Method,
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
        $method:ident $path:literal,
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
            method: Method::$method,
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
        GET "/healthz",
        caller: Everybody,
        pool: None,
        exists: always,
        description: health::ALIVE,
        answer: |_, _| Ok(health::alive()),
    }
    Ready {
        GET "/readyz",
        caller: Everybody,
        pool: None,
        exists: always,
        description: health::READY,
        answer: |exchange, request| Ok(health::ready(&exchange, &request)),
    }
    Metrics {
        GET "/metrics",
        caller: Scraper,
        pool: None,
        exists: always,
        description: metrics::DESCRIPTION,
        answer: |exchange, request| Ok(metrics::answer(&exchange, &request)),
    }
    OpenApi {
        GET "/openapi.json",
        caller: Prosody,
        pool: None,
        exists: always,
        description: openapi::DESCRIPTION,
        answer: |exchange, _| Ok(openapi::answer(&exchange, described(exchange.access))),
    }
    Keys {
        GET "/v1/keys",
        caller: Administrator,
        pool: None,
        exists: always,
        description: keys::DESCRIPTION,
        answer: |exchange, _| Ok(keys::answer(&exchange)),
    }
    Host {
        GET "/v1/host",
        caller: Prosody,
        pool: None,
        exists: always,
        description: host::DESCRIPTION,
        answer: |exchange, request| host::answer(&exchange, &request),
    }
    Verify {
        POST "/v1/verify",
        caller: Prosody,
        pool: Some(Pool::Decisions),
        exists: always,
        description: verify::DESCRIPTION,
        answer: |exchange, request| verify::answer(exchange, request).await,
    }
    Room {
        POST "/v1/room",
        caller: Prosody,
        pool: Some(Pool::Decisions),
        exists: always,
        description: room::DESCRIPTION,
        answer: |exchange, request| room::answer(exchange, request).await,
    }
    Explain {
        POST "/v1/explain",
        caller: Administrator,
        pool: Some(Pool::Explanations),
        exists: always,
        description: explain::DESCRIPTION,
        answer: |exchange, request| explain::answer(exchange, request).await,
    }
    AsapToken {
        POST "/v1/asap-token",
        caller: Prosody,
        pool: None,
        exists: signs,
        description: asap_token::DESCRIPTION,
        answer: |exchange, request| asap_token::answer(exchange, request).await,
    }
}

/// The endpoints that there are, as the daemon is set up.
fn described(access: &Access) -> impl Iterator<Item = description::Endpoint> {
    let there = ROUTES.iter().filter(|route| route.is_there(access));
    there.map(Route::described)
}

const fn always(_: &Access) -> bool {
    true
}

/// Tokens are signed only where there is a key to sign with, and one for callers, too.
fn signs(access: &Access) -> bool {
    access.signer().is_some()
}

/// The number of the endpoint with this path, wherever it is served.
pub(in crate::http) fn number(path: &str) -> Option<usize> {
    ROUTES.iter().position(|route| route.path == path)
}

/// The endpoint with this number, among those that these callers are served, and what the caller is there.
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
    let asked = number.and_then(|number| ROUTES.get(number));
    let asked = asked.and_then(|route| Some((route, served(route)?)));
    let Some((route, caller)) = asked else {
        return Err(not_found(
            ROUTES.iter().filter(|route| served(route).is_some()),
        ));
    };
    if route.takes(method) {
        Ok((route, caller))
    } else {
        Err(Problem::MethodNotAllowed {
            allowed: route.method.clone(),
        })
    }
}

impl Route {
    /// Whether it is served at all, as the daemon is set up.
    fn is_there(&self, access: &Access) -> bool {
        (self.exists)(access)
    }

    /// What there is to say of it.
    pub const fn described(&'static self) -> description::Endpoint {
        description::Endpoint {
            path: self.path,
            method: &self.method,
            caller: self.caller,
            is_limited: self.pool.is_some(),
            description: self.description,
        }
    }

    fn takes(&self, method: &Method) -> bool {
        let is_head = self.method == Method::GET && method == Method::HEAD;
        *method == self.method || is_head
    }
}

fn not_found(there: impl Iterator<Item = &'static Route>) -> Problem {
    let known: Vec<&str> = there.map(|route| route.path).collect();
    Problem::NotFound {
        known: known.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_has_the_endpoints_of_those_whom_it_serves() {
        let access = Access {
            api_key: None,
            server_names: Vec::new(),
            signer: None,
        };
        let prosodys = &[Caller::Everybody, Caller::Prosody];
        for (path, is_found) in [
            ("/healthz", true),
            ("/v1/room", true),
            ("/v1/keys", false),
            ("/v1/explain", false),
        ] {
            let method = if path == "/healthz" {
                Method::GET
            } else {
                Method::POST
            };
            let found = find(prosodys, &access, number(path), &method);
            assert_eq!(found.is_ok(), is_found, "{path}");
            let Err(problem) = found else { continue };
            let known =
                "/healthz, /readyz, /openapi.json, /v1/host, /v1/verify, /v1/room".to_owned();
            assert_eq!(problem, Problem::NotFound { known });
        }
    }
}
