//! Which consumers or credentials are listed, and where a list goes on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use super::fields;
use super::refusal::Refusal;

/// A page that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Those behind this one.
    pub after: Option<Uuid>,
    /// How many at most.
    pub size: usize,
    /// Which tags they have.
    pub tags: Filter,
    /// The one consumer that another system calls so.
    pub custom_id: Option<String>,
    /// What of the query the next page has as well.
    kept: String,
}

/// Which tags something has to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Any, or none.
    Any,
    /// All of these.
    All(Vec<String>),
    /// One of these.
    Some(Vec<String>),
}

impl Asked {
    /// Reads a query. What nobody knows there is ignored, as in Kong.
    ///
    /// # Errors
    /// [`Refusal::Size`], [`Refusal::Offset`], [`Refusal::Tags`].
    pub fn read(query: &str) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let value = |name: &str| {
            let mut pairs = pairs.iter();
            let found = pairs.find(|(found, _)| found == name);
            found.map(|(_, value)| value.as_str())
        };
        let given = |name| value(name).filter(|value| !value.is_empty());
        let kept = [("tags", value("tags")), ("size", value("size"))];
        let kept = kept.into_iter().filter_map(|(name, value)| {
            Some(format!("&{name}={}", utf8_percent_encode(value?, KEPT)))
        });
        Ok(Self {
            after: given("offset").map(after).transpose()?,
            size: value("size").map_or(Ok(USUAL), size)?,
            tags: value("tags").map_or(Ok(Filter::Any), Filter::read)?,
            custom_id: given("custom_id").map(str::to_owned),
            kept: kept.collect(),
        })
    }

    /// Where the list of all goes on behind this one.
    #[must_use]
    pub fn next(&self, path: &str, last: &Uuid) -> String {
        format!("{}{}", next(path, last), self.kept)
    }
}

/// Where a list goes on behind this one. That of a consumer's credentials leaves out what else was asked, as in Kong.
#[must_use]
pub fn next(path: &str, last: &Uuid) -> String {
    format!("{path}?offset={}", offset(last))
}

/// What stands for the place behind this one.
#[must_use]
pub fn offset(last: &Uuid) -> String {
    URL_SAFE_NO_PAD.encode(last.as_bytes())
}

fn after(offset: &str) -> Result<Uuid, Refusal> {
    let refused = |why| Refusal::Offset {
        offset: offset.to_owned(),
        why,
    };
    let bytes = URL_SAFE_NO_PAD.decode(offset);
    let bytes = bytes.map_err(|_| refused("bad base64 encoding"))?;
    Uuid::from_slice(&bytes).map_err(|_| refused("bad value"))
}

fn size(text: &str) -> Result<usize, Refusal> {
    let _: f64 = text.parse().map_err(|_| Refusal::Size(NO_NUMBER))?;
    let whole = text.split_once('.');
    let whole = whole.filter(|(_, rest)| rest.bytes().all(|digit| digit == b'0'));
    let size = whole.map_or(text, |(whole, _)| whole).parse().ok();
    let size = size.filter(|size| (1..=MOST).contains(size));
    size.ok_or(Refusal::Size(NO_SIZE))
}

impl Filter {
    /// Commas stand between tags of which all are needed, slashes between those of which one is.
    fn read(text: &str) -> Result<Self, Refusal> {
        let parts = |sign| {
            let tags = text.strip_suffix(sign).unwrap_or(text).split(sign);
            let is_tag = |tag: &String| fields::tag(&tag.as_str().into()).is_ok();
            let tags: Vec<String> = tags.map(str::to_owned).collect();
            tags.iter().all(is_tag).then_some(tags)
        };
        let all = parts(',').map(Self::All);
        all.or_else(|| parts('/').map(Self::Some))
            .ok_or(Refusal::Tags)
    }
}

const USUAL: usize = 100;
const MOST: usize = 1_000;
const NO_NUMBER: &str = "size must be a number";
const NO_SIZE: &str = "size must be an integer between 1 and 1000";
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_size_tags_and_a_place_where_it_begins() {
        let id = Uuid::from_bytes([0xfb; 16]);
        let next = Asked::read("size=2&tags=a,b&other=1")
            .unwrap()
            .next("/jwts", &id);
        assert_eq!(
            next,
            "/jwts?offset=-_v7-_v7-_v7-_v7-_v7-w&tags=a%2Cb&size=2"
        );
        let (_, query) = next.split_once('?').unwrap();
        let asked = Asked::read(query).unwrap();
        assert_eq!((asked.after, asked.size), (Some(id), 2));
        assert_eq!(asked.tags, Filter::All(vec!["a".into(), "b".into()]));
        assert_eq!(
            super::next("/consumers/a/jwt", &id),
            format!("/consumers/a/jwt?offset={}", offset(&id))
        );
        let usual = Asked::read("").unwrap();
        assert_eq!(
            (usual.after, usual.size, usual.tags),
            (None, 100, Filter::Any)
        );
        assert_eq!(usual.custom_id, None);
    }

    #[test]
    fn tags_are_all_needed_with_commas_and_one_of_them_with_slashes() {
        let list =
            |tags: &[&str]| -> Vec<String> { tags.iter().map(|tag| (*tag).to_owned()).collect() };
        for (text, filter) in [
            ("a", Filter::All(list(&["a"]))),
            ("a,b", Filter::All(list(&["a", "b"]))),
            ("a b,c", Filter::All(list(&["a b", "c"]))),
            ("a,", Filter::All(list(&["a"]))),
            ("a/b", Filter::Some(list(&["a", "b"]))),
            ("ä/b/", Filter::Some(list(&["ä", "b"]))),
        ] {
            assert_eq!(Filter::read(text), Ok(filter), "{text}");
        }
        for text in [
            "", ",", "/", "a,b/c", "a/b,c", "a,,b", "a//b", ",a", "/a", "a\n",
        ] {
            assert_eq!(Filter::read(text), Err(Refusal::Tags), "{text}");
        }
    }

    #[test]
    fn a_size_that_is_none_and_an_offset_that_was_not_given_out_are_refused() {
        for (query, refusal) in [
            ("size=x", "size must be a number"),
            ("size=", "size must be a number"),
            ("size=0", "size must be an integer between 1 and 1000"),
            ("size=1001", "size must be an integer between 1 and 1000"),
            ("size=-1", "size must be an integer between 1 and 1000"),
            ("size=1.5", "size must be an integer between 1 and 1000"),
            ("size=NaN", "size must be an integer between 1 and 1000"),
            (
                "size=99999999999999999999",
                "size must be an integer between 1 and 1000",
            ),
            ("offset=x", "'x' is not a valid offset: bad base64 encoding"),
            (
                "offset=|potato|",
                "'|potato|' is not a valid offset: bad base64 encoding",
            ),
            ("offset=AAAA", "'AAAA' is not a valid offset: bad value"),
            ("tags=", "invalid option (tags: invalid filter syntax)"),
        ] {
            let refused = Asked::read(query).unwrap_err();
            assert_eq!(refused.to_string(), refusal, "{query}");
        }
        for query in ["size=1", "size=1000", "size=10.0", "offset=", "custom_id="] {
            assert!(Asked::read(query).is_ok(), "{query}");
        }
    }
}
