//! Pages as answers.

use hyper::StatusCode;

use crate::console::{self, Markup};
use crate::http::response::{Problem, Reply};

/// A page that is as it was asked for.
pub fn shown(html: Markup) -> Reply {
    Reply::page(StatusCode::OK, html.into_string(), Vec::new())
}

/// What goes wrong, as a page.
pub fn failed(problem: &Problem) -> Reply {
    let status = problem.status();
    let title = status.canonical_reason().unwrap_or("Something is wrong");
    let html = console::failure::page(title, &problem.detail());
    Reply::page(status, html.into_string(), problem.headers())
}
