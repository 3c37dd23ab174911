//! Which methods an endpoint takes.

use hyper::Method;

/// Which methods a row takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Methods {
    /// `GET`, and `HEAD`, too.
    Get,
    Post,
    Delete,
    /// Whatever it is.
    Any,
}

impl Methods {
    /// How it is written in a description: by the one that is usual.
    pub const fn usual(self) -> &'static Method {
        match self {
            Self::Get | Self::Any => &Method::GET,
            Self::Post => &Method::POST,
            Self::Delete => &Method::DELETE,
        }
    }

    /// Whether a request with this method is one of them.
    pub fn take(self, method: &Method) -> bool {
        match self {
            Self::Any => true,
            Self::Get => [&Method::GET, &Method::HEAD].contains(&method),
            Self::Post | Self::Delete => method == self.usual(),
        }
    }
}
