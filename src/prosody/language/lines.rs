//! Lines: Lua knows where a statement ends, people look for where it begins.

/// The line of `option =` whose statement ends in `line`; `line` itself if there is none above it.
#[must_use]
pub fn assignment(text: &[String], option: &str, line: usize) -> usize {
    let mut depth = 0_i64;
    for (number, content) in upwards(text, line) {
        let (opened, closed) = brackets(content);
        depth += closed - opened;
        if depth <= 0 {
            let found = depth == 0 && assigns(content, option);
            return if found { number } else { line };
        }
    }
    line
}

/// The line of the field `option` in the table that is written from `line` on; `line` itself if it has none.
#[must_use]
pub fn field(text: &[String], option: &str, line: usize) -> usize {
    let mut depth = 0_i64;
    let first = line.saturating_sub(1);
    for (index, content) in text.iter().enumerate().skip(first).take(MAX_LINES) {
        let inside = content.trim_start_matches([' ', '\t', '{', ';', ',']);
        if depth == 1 && assigns(inside, option) {
            return index.saturating_add(1);
        }
        let (opened, closed) = brackets(content);
        depth += opened - closed;
        if depth <= 0 && index > first {
            return line;
        }
    }
    line
}

fn upwards(text: &[String], line: usize) -> impl Iterator<Item = (usize, &str)> {
    let above = text.iter().enumerate().take(line).rev().take(MAX_LINES);
    above.map(|(index, content)| (index.saturating_add(1), content.as_str()))
}

fn assigns(content: &str, option: &str) -> bool {
    let content = content.trim_start();
    let bare = content.strip_prefix(option);
    let quoted = || content.strip_prefix(&format!("[\"{option}\"]"));
    let rest = bare.or_else(quoted).map(str::trim_start);
    rest.is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("=="))
}

/// How many brackets a line opens and closes, as far as that can be told without strings and comments in mind.
fn brackets(content: &str) -> (i64, i64) {
    let code = content.split("--").next().unwrap_or_default();
    let count = |brackets: [char; 2]| {
        let found = code.matches(brackets).count();
        i64::try_from(found).unwrap_or(i64::MAX)
    };
    (count(['{', '(']), count(['}', ')']))
}

const MAX_LINES: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\nlist = {\n  \"x\"; -- }\n  { 1 };\n}\nother = (\n2)\nVirtualHost \"h\" {\n\
        a = 2;\n  nested = {\n a = 3 };\n [\"b\"] = 4 }\nb = { 5 }\n";

    fn text() -> Vec<String> {
        TEXT.lines().map(str::to_owned).collect()
    }

    #[test]
    fn an_assignment_begins_where_its_brackets_open() {
        for (option, end, begin) in [
            ("a", 1, 1),
            ("list", 5, 2),
            ("other", 7, 6),
            ("b", 13, 13),
            ("a", 5, 5),
            ("none", 5, 5),
            ("a", 99, 99),
        ] {
            assert_eq!(assignment(&text(), option, end), begin, "{option}");
        }
    }

    #[test]
    fn a_field_is_found_in_its_own_table() {
        for (option, begin, line) in [
            ("a", 8, 9),
            ("nested", 8, 10),
            ("b", 8, 12),
            ("list", 8, 8),
            ("a", 13, 13),
        ] {
            assert_eq!(field(&text(), option, begin), line, "{option}");
        }
    }
}
