//! Statements with names for values: `:date`.
//!
//! A name counts outside of quotes and comments, not behind another colon (`::date` is a cast of
//! PostgreSQL), and only if a value has it.

use super::NamedValue;

/// What databases differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Sqlite,
    Postgres,
    MySql,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece<'s> {
    Text(&'s str),
    /// The place of the value.
    Value(usize),
}

/// Takes a statement apart.
pub(super) fn pieces<'s>(
    sql: &'s str,
    syntax: Syntax,
    values: &[(&str, NamedValue<'_>)],
) -> Vec<Piece<'s>> {
    let mut pieces = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    while at < sql.len() {
        let rest = &sql[at..];
        if let Some(passed) = passed_over(sql, at, syntax) {
            at += passed;
            continue;
        }
        let name = rest.strip_prefix(':').map_or("", name);
        match values.iter().position(|(known, _)| *known == name) {
            Some(place) if !name.is_empty() => {
                pieces.push(Piece::Text(&sql[text_from..at]));
                pieces.push(Piece::Value(place));
                at += 1 + name.len();
                text_from = at;
            }
            _ => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    pieces.push(Piece::Text(&sql[text_from..]));
    pieces
}

fn name(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

/// Bytes of what begins here and holds no names: quotes, comments, several colons, words.
fn passed_over(sql: &str, at: usize, syntax: Syntax) -> Option<usize> {
    let rest = &sql[at..];
    let bytes = rest.as_bytes();
    match bytes[0] {
        b'\'' | b'"' => {
            let escapes = match syntax {
                Syntax::Sqlite => false,
                Syntax::MySql => true,
                // `E'…'` was passed as a word that ends here.
                Syntax::Postgres => bytes[0] == b'\'' && is_behind_e(&sql[..at]),
            };
            Some(quoted(bytes, bytes[0], escapes))
        }
        b'`' if syntax != Syntax::Postgres => Some(quoted(bytes, b'`', false)),
        b'[' if syntax == Syntax::Sqlite => Some(until(rest, "]")),
        b'-' if rest.starts_with("--") => Some(until(rest, "\n")),
        b'#' if syntax == Syntax::MySql => Some(until(rest, "\n")),
        b'/' if rest.starts_with("/*") => Some(comment(rest, syntax == Syntax::Postgres)),
        b'$' if syntax == Syntax::Postgres => dollar_quoted(rest),
        b':' if rest.starts_with("::") => Some(
            bytes.iter().take_while(|byte| **byte == b':').count()
                + name(rest.trim_start_matches(':')).len(),
        ),
        // A `$` in a word begins no quote.
        byte if byte.is_ascii_alphabetic() || byte == b'_' => {
            let end = rest
                .find(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$');
            Some(end.unwrap_or(rest.len()))
        }
        _ => None,
    }
}

fn is_behind_e(before: &str) -> bool {
    let mut letters = before.chars().rev();
    matches!(letters.next(), Some('e' | 'E'))
        && !letters
            .next()
            .is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
}

/// A doubled quote ends one and begins the next.
fn quoted(bytes: &[u8], quote: u8, escapes: bool) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn until(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

fn comment(text: &str, nests: bool) -> usize {
    let mut depth = 1;
    let mut at = 2;
    while depth > 0 {
        let rest = &text[at..];
        let Some(next) = rest.find(['*', '/']) else {
            return text.len();
        };
        at += next;
        match &text.as_bytes()[at..] {
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
            }
            [b'/', b'*', ..] if nests => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    at
}

/// `$tag$ … $tag$`; `None` if it is something else.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag_end = text[1..].find('$')? + 2;
    let tag = &text[..tag_end];
    let inner = &tag[1..tag_end - 1];
    let is_tag = inner
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_')
        && !inner.starts_with(|letter: char| letter.is_ascii_digit());
    is_tag.then(|| match text[tag_end..].find(tag) {
        Some(at) => tag_end + at + tag.len(),
        None => text.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(sql: &str, syntax: Syntax) -> String {
        let values = [
            ("date", NamedValue::Text("d")),
            ("n", NamedValue::Integer(1)),
        ];
        let pieces = pieces(sql, syntax, &values).into_iter();
        pieces
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Value(place) => format!("<{place}>"),
            })
            .collect()
    }

    #[test]
    fn names_are_found_outside_of_quotes_and_comments() {
        for (sql, expected) in [
            ("SELECT :date, :n+:n", "SELECT <0>, <1>+<1>"),
            ("d=:date AND x=:dates AND y=:", "d=<0> AND x=:dates AND y=:"),
            (
                "':date' \":date\" ':n''s :n' :n",
                "':date' \":date\" ':n''s :n' <1>",
            ),
            ("-- :date's\n:date", "-- :date's\n<0>"),
            ("/* :n ' */:n", "/* :n ' */<1>"),
            ("x::date :date", "x::date <0>"),
            ("'資:n' 料:n", "'資:n' 料<1>"),
            ("'open :n", "'open :n"),
            ("/* open :n", "/* open :n"),
            ("/*", "/*"),
            ("", ""),
        ] {
            for syntax in [Syntax::Sqlite, Syntax::Postgres, Syntax::MySql] {
                assert_eq!(marked(sql, syntax), expected, "{syntax:?}");
            }
        }
    }

    #[test]
    fn each_database_has_quotes_of_its_own() {
        for (syntax, sql, expected) in [
            (
                Syntax::Postgres,
                "$$ :n $$ :n $a$ $$ :n $a$ $1 :n",
                "$$ :n $$ <1> $a$ $$ :n $a$ $1 <1>",
            ),
            (Syntax::Postgres, "E'\\' :n' :n", "E'\\' :n' <1>"),
            (Syntax::Postgres, "'\\' :n", "'\\' <1>"),
            (Syntax::Postgres, "/* /* */ :n */ :n", "/* /* */ :n */ <1>"),
            (Syntax::Postgres, "a$b :n c$b", "a$b <1> c$b"),
            (Syntax::Sqlite, "[a :n] `:n` :n", "[a :n] `:n` <1>"),
            (Syntax::Sqlite, "'\\' :n", "'\\' <1>"),
            (
                Syntax::MySql,
                "'\\' :n' # :n\n :n `:n`",
                "'\\' :n' # :n\n <1> `:n`",
            ),
        ] {
            assert_eq!(marked(sql, syntax), expected, "{syntax:?}");
        }
    }
}
