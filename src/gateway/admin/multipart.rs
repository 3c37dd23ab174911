//! Forms in parts (RFC 7578), as curl sends them with `-F`.

/// The names and values of a form; none where it is not one.
pub(super) fn pairs(content_type: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    let boundary = parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty())?;
    let body = std::str::from_utf8(body).ok()?;
    // Each delimiter begins a line, but for the first one.
    let body = format!("\r\n{body}");
    let delimiter = format!("\r\n--{boundary}");
    let mut pieces = body.split(delimiter.as_str());
    pieces.next()?;
    let mut pairs = Vec::new();
    for piece in pieces {
        if piece.starts_with("--") {
            return Some(pairs);
        }
        pairs.push(pair(piece)?);
    }
    // The end is missing.
    None
}

/// The name and the value of a part.
fn pair(part: &str) -> Option<(String, String)> {
    let part = part.strip_prefix("\r\n")?;
    let (head, value) = part.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let disposition = lines.find(|(name, _)| name.eq_ignore_ascii_case("Content-Disposition"))?;
    let name = parameter(disposition.1, "name")?;
    Some((name.to_owned(), value.to_owned()))
}

/// A parameter of a header's value, with or without quotes.
fn parameter<'v>(value: &'v str, name: &str) -> Option<&'v str> {
    let mut parameters = value.split(';').skip(1);
    parameters.find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        let value = value.trim();
        let quoted = value.strip_prefix('"');
        let quoted = quoted.and_then(|value| value.strip_suffix('"'));
        (found.trim().eq_ignore_ascii_case(name)).then_some(quoted.unwrap_or(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----x";

    #[test]
    fn each_part_has_a_name_and_a_value_whether_that_is_of_a_file_or_not() {
        let body = "------x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n------x\r\n\
            Content-Disposition: form-data; name=\"rsa_public_key\"; filename=\"key.pem\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n-----BEGIN\nb\n\r\n------x--\r\n";
        let read = pairs(TYPE, body.as_bytes());
        let expected = [("key", "a"), ("rsa_public_key", "-----BEGIN\nb\n")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read, Some(expected.to_vec()));
        assert_eq!(pairs(TYPE, b"------x--"), Some(Vec::new()));
    }

    #[test]
    fn what_is_not_whole_is_no_form() {
        let part = "------x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na";
        for (content_type, body) in [
            (TYPE, String::new()),
            (TYPE, part.to_owned()),
            (TYPE, format!("{part}\r\n")),
            (TYPE, part.replace("; name=\"key\"", "") + "\r\n------x--"),
            (TYPE, part.replace("\r\n\r\n", "\r\n") + "\r\n------x--"),
            ("multipart/form-data", format!("{part}\r\n------x--")),
            (
                "multipart/form-data; boundary=",
                format!("{part}\r\n------x--"),
            ),
            (
                "multipart/form-data; boundary=y",
                format!("{part}\r\n------x--"),
            ),
        ] {
            assert_eq!(pairs(content_type, body.as_bytes()), None, "{body}");
        }
        assert_eq!(pairs(TYPE, b"------x\r\n\xff\r\n------x--"), None);
    }
}
