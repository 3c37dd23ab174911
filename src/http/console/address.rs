//! The addresses of the console.

use hyper::Method;

use crate::console::address;
use crate::http::response::Problem;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// Where one begins.
    Root,
    /// A part of pages: style, or script.
    Asset(&'static str),
    LogIn,
    DoLogIn,
    LogOut,
    Token,
    Explain,
    Joins,
    JoinsLive,
    Server,
    Revoke,
    TakeBack,
    Mint,
    DoMint,
}

/// Who may see or do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Whoever comes.
    Nothing,
    /// Whoever may look at all.
    Eyes,
    /// Whoever has logged in.
    Administrator,
}

/// Each path with what it is asked by. A method that is not there is refused.
const ADDRESSES: [(&str, Option<Address>, Option<Address>); 11] = [
    ("/console", Some(Address::Root), None),
    (address::ROOT, Some(Address::Root), None),
    (
        address::LOG_IN,
        Some(Address::LogIn),
        Some(Address::DoLogIn),
    ),
    (address::LOG_OUT, None, Some(Address::LogOut)),
    (address::TOKEN, Some(Address::Token), Some(Address::Explain)),
    (address::JOINS, Some(Address::Joins), None),
    (address::JOINS_LIVE, Some(Address::JoinsLive), None),
    (address::SERVER, Some(Address::Server), None),
    (address::REVOKE, None, Some(Address::Revoke)),
    (address::TAKE_BACK, None, Some(Address::TakeBack)),
    (address::MINT, Some(Address::Mint), Some(Address::DoMint)),
];

impl Address {
    /// What this method asks for at this path.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::MethodNotAllowed`].
    pub fn of(method: &Method, path: &str) -> Result<Self, Problem> {
        let is_read = [&Method::GET, &Method::HEAD].contains(&method);
        let asset = path.strip_prefix(address::ASSETS);
        if let Some(name) = asset.and_then(crate::console::assets::name) {
            return if is_read {
                Ok(Self::Asset(name))
            } else {
                Err(not_allowed(true, false))
            };
        }
        let mut known = ADDRESSES.iter().filter(|(known, ..)| *known == path);
        let (_, read, written) = known.next().ok_or_else(not_found)?;
        let asked = if is_read {
            *read
        } else {
            written.filter(|_| method == Method::POST)
        };
        asked.ok_or_else(|| not_allowed(read.is_some(), written.is_some()))
    }

    /// Who may see or do it.
    pub const fn needs(self) -> Needs {
        match self {
            Self::Root | Self::Asset(_) | Self::LogIn | Self::DoLogIn | Self::LogOut => {
                Needs::Nothing
            }
            Self::Token | Self::Explain | Self::Joins | Self::JoinsLive | Self::Server => {
                Needs::Eyes
            }
            Self::Revoke | Self::TakeBack | Self::Mint | Self::DoMint => Needs::Administrator,
        }
    }

    /// Whether it is a page that somebody can come back to.
    pub const fn is_page(self) -> bool {
        matches!(self, Self::Token | Self::Joins | Self::Server | Self::Mint)
    }
}

fn not_found() -> Problem {
    Problem::NotFound {
        known: [address::TOKEN, address::JOINS, address::SERVER].join(", "),
    }
}

fn not_allowed(read: bool, written: bool) -> Problem {
    let allowed = match (read, written) {
        (true, true) => "GET, POST",
        (true, false) => "GET",
        (false, _) => "POST",
    };
    Problem::MethodNotAllowed {
        allowed: allowed.to_owned(),
    }
}
