//! The endpoints, one row each.

use hyper::body::Incoming;
use hyper::{Method, Request};

use super::access::Access;
use super::exchange::Exchange;
use super::response::{Problem, Reply};
use super::{asap_token, explain, health, host, keys, room, verify};

/// One endpoint.
pub struct Route {
    /// Where it is.
    pub path: &'static str,
    /// How it is asked; `GET` brings `HEAD` along.
    pub method: Method,
    /// Whether the API key is needed, where there is one.
    pub needs_key: bool,
    exists: fn(&Access) -> bool,
    endpoint: Endpoint,
}

/// Makes the table, and what calls the handler of a row. The handlers are of different types, and futures in boxes would
/// cost each request an allocation, so that the rows cannot hold them themselves.
macro_rules! routes {
    ($($name:ident {
        $method:ident $path:literal,
        needs_key: $needs_key:literal,
        exists: $exists:path,
        answer: |$exchange:pat_param, $request:pat_param| $answer:expr,
    })*) => {
        #[derive(Clone, Copy)]
        enum Endpoint { $($name),* }

        /// Every endpoint.
        pub const ROUTES: &[Route] = &[$(Route {
            path: $path,
            method: Method::$method,
            needs_key: $needs_key,
            exists: $exists,
            endpoint: Endpoint::$name,
        }),*];

        impl Route {
            /// Has the endpoint's handler answer.
            pub(super) async fn answer(
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
        needs_key: false,
        exists: always,
        answer: |_, _| Ok(health::alive()),
    }
    Ready {
        GET "/readyz",
        needs_key: false,
        exists: always,
        answer: |exchange, request| Ok(health::ready(&exchange, &request)),
    }
    Keys {
        GET "/v1/keys",
        needs_key: true,
        exists: always,
        answer: |exchange, _| Ok(keys::answer(&exchange)),
    }
    Host {
        GET "/v1/host",
        needs_key: true,
        exists: always,
        answer: |exchange, request| host::answer(&exchange, &request),
    }
    Verify {
        POST "/v1/verify",
        needs_key: true,
        exists: always,
        answer: |exchange, request| verify::answer(exchange, request).await,
    }
    Room {
        POST "/v1/room",
        needs_key: true,
        exists: always,
        answer: |exchange, request| room::answer(exchange, request).await,
    }
    Explain {
        POST "/v1/explain",
        needs_key: true,
        exists: always,
        answer: |exchange, request| explain::answer(exchange, request).await,
    }
    AsapToken {
        POST "/v1/asap-token",
        needs_key: true,
        exists: signs,
        answer: |exchange, request| asap_token::answer(exchange, request).await,
    }
}

const fn always(_: &Access) -> bool {
    true
}

/// Tokens are signed only where there is a key to sign with, and one for callers, too.
fn signs(access: &Access) -> bool {
    access.signer().is_some()
}

/// The endpoint that a request asks for.
///
/// # Errors
/// [`Problem::NotFound`], [`Problem::MethodNotAllowed`].
pub(super) fn find(
    access: &Access,
    path: &str,
    method: &Method,
) -> Result<&'static Route, Problem> {
    let mut there = there(access);
    let Some(route) = there.find(|route| route.path == path) else {
        return Err(not_found(access));
    };
    let answers_head = route.method == Method::GET && method == Method::HEAD;
    if *method == route.method || answers_head {
        Ok(route)
    } else {
        Err(Problem::MethodNotAllowed {
            allowed: route.method.clone(),
        })
    }
}

fn there(access: &Access) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| (route.exists)(access))
}

fn not_found(access: &Access) -> Problem {
    let known: Vec<&str> = there(access).map(|route| route.path).collect();
    Problem::NotFound {
        known: known.join(", "),
    }
}
