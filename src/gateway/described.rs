//! The request that a proxy describes: what it asks with, and which of it says what was asked of the proxy.

use super::header_names::folded;
use super::identity;
use super::refusal::Refusal;
use super::settings::{ClaimHeader, Proxy, Settings};

/// A header, by its name in lower case.
pub type Field<'a> = (&'a str, &'a [u8]);

/// A request as it came from a proxy.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its own method.
    pub method: &'a str,
    /// What of its path lies below the gateway's; nothing, or a path.
    pub below: &'a str,
    /// Its own query.
    pub query: &'a str,
    /// Its headers, in their order.
    pub fields: &'a [Field<'a>],
    /// Whether what it says of another request counts.
    pub is_trusted: bool,
}

/// The request that a decision is about.
#[derive(Debug, Clone, Copy)]
pub struct Described<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its query, as it stands in its address.
    pub query: &'a str,
    /// Its headers, in their order, and what the proxy added to them.
    pub fields: &'a [Field<'a>],
}

impl<'a> Described<'a> {
    /// What was asked of the proxy. Where the proxy is known its way to say it counts alone, and else all ways that are there, which have
    /// to say the same: a client may send the headers of another proxy than the one that it came through.
    ///
    /// # Errors
    /// [`Refusal::Contradiction`], [`Refusal::FoldedHeader`].
    pub fn of(asked: &Asked<'a>, settings: &Settings) -> Result<Self, Refusal> {
        refuse_folded(asked.fields, &settings.beyond.headers)?;
        let proxy = settings.proxy;
        let mut target = Target::own(asked);
        let mut method = (!asked.below.is_empty()).then_some(asked.method);
        if asked.is_trusted {
            for (name, value) in asked.fields {
                let Some(says) = says(name, proxy) else {
                    continue;
                };
                let value = std::str::from_utf8(value).map_err(|_| Refusal::Contradiction)?;
                match says {
                    Says::Address => target = target.and(Target::of(after_authority(value)))?,
                    Says::Path => target = target.and(Target::of(value))?,
                    Says::Method => method = Some(same(method, value)?),
                }
            }
        }
        Ok(Self {
            method: method.unwrap_or(asked.method),
            query: target.query.unwrap_or_default(),
            fields: asked.fields,
        })
    }

    /// The values of a header, in their order.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let fields = self.fields.iter();
        fields.filter_map(move |(known, value)| known.eq_ignore_ascii_case(name).then_some(*value))
    }
}

/// What a header says of the request that was asked of the proxy.
#[derive(Clone, Copy)]
enum Says {
    /// The whole address.
    Address,
    /// Path and query.
    Path,
    Method,
}

fn says(name: &str, proxy: Option<Proxy>) -> Option<Says> {
    let (by, says) = match name {
        "x-original-uri" => (Proxy::Nginx, Says::Path),
        "x-original-url" => (Proxy::Nginx, Says::Address),
        "x-original-method" => (Proxy::Nginx, Says::Method),
        "x-forwarded-uri" => (Proxy::Forwarded, Says::Path),
        "x-forwarded-method" => (Proxy::Forwarded, Says::Method),
        _ => return None,
    };
    proxy.is_none_or(|proxy| proxy == by).then_some(says)
}

/// What is known of where a request went.
#[derive(Clone, Copy, Default)]
struct Target<'a> {
    path: Option<&'a str>,
    query: Option<&'a str>,
}

impl<'a> Target<'a> {
    fn of(text: &'a str) -> Self {
        // What follows a number sign is no part of a request's address, and nginx takes none of it for one.
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        Self {
            path: Some(path),
            query: Some(query),
        }
    }

    /// What the request's own address says: nothing, where it is the gateway's and no more.
    fn own(asked: &Asked<'a>) -> Self {
        let Asked { below, query, .. } = *asked;
        Self {
            path: (!below.is_empty()).then_some(below),
            query: (!below.is_empty() || !query.is_empty()).then_some(query),
        }
    }

    fn and(self, other: Self) -> Result<Self, Refusal> {
        Ok(Self {
            path: both(self.path, other.path)?,
            query: both(self.query, other.query)?,
        })
    }
}

fn both<'a>(one: Option<&'a str>, other: Option<&'a str>) -> Result<Option<&'a str>, Refusal> {
    match other {
        Some(other) => same(one, other).map(Some),
        None => Ok(one),
    }
}

fn same<'a>(known: Option<&'a str>, other: &'a str) -> Result<&'a str, Refusal> {
    if known.is_none_or(|known| known == other) {
        Ok(other)
    } else {
        Err(Refusal::Contradiction)
    }
}

/// What follows scheme and authority of an address.
fn after_authority(address: &str) -> &str {
    let Some((_, rest)) = address.split_once("://") else {
        return address;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(end..).unwrap_or_default()
}

/// Servers of applications make one name of `X-Consumer-ID` and `X_Consumer_ID`, so that a client could say who it is by the second one.
fn refuse_folded(fields: &[Field<'_>], further: &[ClaimHeader]) -> Result<(), Refusal> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let mut names = fields.iter().map(|(name, _)| *name);
    let found = names.find(|name| !name.bytes().all(is_plain) && is_known(&folded(name), further));
    found.map_or(Ok(()), |name| Err(Refusal::FoldedHeader(name.to_owned())))
}

fn is_known(name: &str, further: &[ClaimHeader]) -> bool {
    identity::NAMES.contains(&name)
        || further.iter().any(|header| folded(&header.name) == name)
        || says(name, None).is_some()
}
