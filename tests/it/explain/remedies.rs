//! What an explanation has one type, typed as it stands into the daemon's configuration.

/// What stands in front of what belongs into the daemon's own file, wherever else the host's options are.
const OWN_FILE: &str = "in the daemon's own config.toml, ";

/// Whether a remedy has something that can be typed.
pub fn is_typed(remedy: &str) -> bool {
    remedy.contains(OWN_FILE) || !assignments(remedy).is_empty()
}

/// The configuration with what a remedy has one type.
pub fn applied(toml: &str, host: &str, remedy: &str) -> String {
    let mut file = File {
        lines: toml.lines().map(str::to_owned).collect(),
        host: format!("[hosts.\"{host}\"]"),
    };
    let (options, own) = match remedy.split_once(OWN_FILE) {
        Some((options, own)) => (options, Some(own)),
        None => (remedy, None),
    };
    for (option, value, place) in assignments(options) {
        file.set(&place, option, value);
    }
    if let Some(taken) = between(options, "take ", " away") {
        let taken = taken.split(", ");
        taken.for_each(|option| file.take_away(option));
    }
    if let Some(own) = own {
        file.add(own);
    }
    file.lines.join("\n") + "\n"
}

/// Where an option belongs.
#[derive(Debug, Clone)]
enum Place {
    Host,
    /// The section of the issuer of this name.
    Issuer(String),
    /// Where the claims of the issuer of this name are mapped.
    Claims(String),
}

/// Each option of a text with its value and the place that is named behind it, or behind one that "and" joins it with.
fn assignments(text: &str) -> Vec<(&str, &str, Place)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(" = ") {
        let sign = from + at;
        let name = text[..sign].rsplit(' ').next().unwrap();
        let value = value(&text[sign + 3..]);
        from = sign + 3 + value.len();
        if !name.is_empty() && !value.is_empty() && !is_quoted(&text[..sign]) {
            found.push((name, value, from));
        }
    }
    let placed = found.into_iter().map(|(name, value, end)| {
        let behind = &text[end..];
        let behind = match behind
            .strip_prefix(" and ")
            .map(|next| (next, next.find(" = ")))
        {
            Some((next, Some(sign))) => &next[sign + 3 + self::value(&next[sign + 3..]).len()..],
            Some((_, None)) | None => behind,
        };
        (name, value, place(behind))
    });
    placed.collect()
}

fn is_quoted(before: &str) -> bool {
    before.matches('"').count() % 2 == 1
}

fn place(behind: &str) -> Place {
    let name = |text: &str| text.split([' ', ',', ';']).next().unwrap().to_owned();
    if let Some(text) = behind.strip_prefix(" in the section of the issuer ") {
        Place::Issuer(name(text))
    } else if let Some(text) = behind.strip_prefix(" in the claims of the issuer ") {
        Place::Claims(name(text))
    } else {
        Place::Host
    }
}

/// The value that a text begins with.
fn value(text: &str) -> &str {
    let end = match text.chars().next() {
        Some('"') => text[1..].find('"').map(|end| end + 2),
        Some('[') => text.find(']').map(|end| end + 1),
        Some('{') => text.rfind('}').map(|end| end + 1),
        Some(_) => text.find([' ', ',', ';']).or(Some(text.len())),
        None => None,
    };
    &text[..end.unwrap_or(0)]
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

struct File {
    lines: Vec<String>,
    /// The line above the host's options.
    host: String,
}

impl File {
    /// The lines of a section, without the one above it.
    fn section(&self, place: &Place) -> std::ops::Range<usize> {
        let line = |wanted: &str| self.lines.iter().position(|line| line == wanted);
        let issuer = |name: &str| line(&format!("name = \"{name}\""));
        let first = match place {
            Place::Host => line(&self.host).map(|at| at + 1),
            Place::Issuer(name) => issuer(name),
            Place::Claims(name) => issuer(name).and_then(|from| {
                let mut below = self.lines.iter().skip(from);
                let at = below.position(|line| line.ends_with(".issuers.claims]"))?;
                Some(from + at + 1)
            }),
        };
        let first = first.unwrap_or_else(|| panic!("no {place:?} in\n{}", self.lines.join("\n")));
        let length = self.lines[first..]
            .iter()
            .position(|line| line.starts_with('['));
        first..length.map_or(self.lines.len(), |length| first + length)
    }

    fn set(&mut self, place: &Place, option: &str, value: &str) {
        let section = self.section(place);
        let start = format!("{option} = ");
        let line = format!("{start}{value}");
        let mut old = section.clone();
        match old.find(|at| self.lines[*at].starts_with(&start)) {
            Some(at) => self.lines[at] = line,
            None => self.lines.insert(section.start, line),
        }
    }

    fn take_away(&mut self, option: &str) {
        let start = format!("{option} = ");
        let mut section = self.section(&Place::Host);
        let at = section.find(|at| self.lines[*at].starts_with(&start));
        self.lines
            .remove(at.unwrap_or_else(|| panic!("no {option}")));
    }

    /// Does what stands behind the name of the file.
    fn add(&mut self, told: &str) {
        let (place, text) = told.split_once(": ").unwrap();
        let below = format!("below {}", self.host);
        if place == format!("add {below}") {
            let at = self.section(&Place::Host).start;
            self.lines.insert(at, text.to_owned());
        } else if place == format!("add to issuers {below}") {
            let mut section = self.section(&Place::Host);
            let list = section
                .find(|at| self.lines[*at].starts_with("issuers = ["))
                .unwrap();
            let line = self.lines[list].strip_suffix(']').unwrap();
            self.lines[list] = format!("{line}, {text}]");
        } else {
            self.add_section(told);
        }
    }

    fn add_section(&mut self, told: &str) {
        let told = told.strip_prefix("add at the end: ").unwrap();
        let (section, lines) = told.split_once(" and below it, one a line: ").unwrap();
        let lines = lines
            .split("; ")
            .map(|line| line.split(", with the issuer's ").next().unwrap());
        self.lines.push(section.to_owned());
        self.lines.extend(lines.map(str::to_owned));
    }
}
