//! Somebody who looks at pages of the console, and fills in their forms.

use crate::daemon::fixture::{Answer, Running};

pub const ADMIN_KEY: &str = "the-key-of-administrators";

/// Somebody with a browser.
pub struct Visitor<'a> {
    running: &'a Running,
    cookie: Option<String>,
    pub form_token: String,
}

impl<'a> Visitor<'a> {
    /// Somebody who has not logged in.
    pub const fn stranger(running: &'a Running) -> Self {
        Self {
            running,
            cookie: None,
            form_token: String::new(),
        }
    }

    /// Somebody who has.
    pub fn administrator(running: &'a Running) -> Self {
        let mut visitor = Self::stranger(running);
        let answer = visitor.post("/console/login", &[("key", ADMIN_KEY)]);
        assert_eq!(answer.status(), 303, "{}", answer.0);
        let lines = answer.0.lines();
        let mut cookies = lines.filter_map(|line| line.strip_prefix("set-cookie: "));
        let cookie = cookies.next().and_then(|cookie| cookie.split(';').next());
        visitor.cookie = cookie.map(str::to_owned);
        let page = visitor.page("/console/server");
        visitor.form_token = hidden(&page, "form_token").unwrap_or_else(|| panic!("{page}"));
        visitor
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// What a page shows that is as it was asked for.
    pub fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status(), 200, "{path}: {}", answer.0);
        body(&answer).to_owned()
    }

    /// Sends a form with what shows that it is one of this session.
    pub fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = [("form_token", self.form_token.as_str())];
        self.post(path, &[&token, fields].concat())
    }

    /// Sends just this.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask("POST", path, &serde_urlencoded::to_string(fields).unwrap())
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let cookie = self
            .cookie
            .as_ref()
            .map(|cookie| format!("Cookie: {cookie}"));
        let mut headers = vec!["Content-Type: application/x-www-form-urlencoded"];
        headers.extend(cookie.as_deref());
        self.running.ask(method, path, &headers, body)
    }
}

pub fn body(answer: &Answer) -> &str {
    let (_, body) = answer.0.split_once("\r\n\r\n").unwrap_or_default();
    body
}

/// The value of a hidden field.
pub fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| unescaped(value))
}

/// All that a form of a page carries along in hidden fields.
pub fn hidden_fields(page: &str, action: &str) -> Vec<(String, String)> {
    let (_, form) = page
        .split_once(&format!("action=\"{action}\""))
        .unwrap_or_else(|| panic!("no form for {action} in {page}"));
    let (form, _) = form.split_once("</form>").unwrap();
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
    let fields = fields.map(|field| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        let (value, _) = rest.split_once('"').unwrap();
        (name.to_owned(), unescaped(value))
    });
    fields.collect()
}

/// The rows of all tables of a page, with their cells as texts.
pub fn rows(page: &str) -> Vec<Vec<String>> {
    let rows = page.split("<tr").skip(1);
    let rows = rows.map(|row| row.split("</tr>").next().unwrap_or_default());
    let cells = rows.map(|row| {
        let cells = row.split("<t").skip(1);
        let cells = cells.filter(|cell| cell.starts_with(['d', 'h']));
        cells.map(text).collect()
    });
    cells.collect()
}

/// The text of what begins within a tag.
fn text(html: &str) -> String {
    let parts = html.split('<').filter_map(|part| part.split_once('>'));
    unescaped(&parts.map(|(_, text)| text).collect::<String>())
        .trim()
        .to_owned()
}

fn unescaped(html: &str) -> String {
    let html = html.replace("&lt;", "<").replace("&gt;", ">");
    html.replace("&quot;", "\"").replace("&amp;", "&")
}

/// A text with one blank where there are more.
pub fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
