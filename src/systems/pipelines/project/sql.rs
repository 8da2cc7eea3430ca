//! Names for values in statements: `:date` outside of quotes and comments, and not behind a colon.

/// What databases differ in. Which one a connection leads to is not known here.
#[derive(Clone, Copy)]
struct Syntax {
    /// `\'` is a quote inside of quotes.
    escapes: bool,
    /// `#` begins a comment.
    hash: bool,
    /// `[a :b]` is a name of a column.
    brackets: bool,
}

const SYNTAXES: [Syntax; 3] = [
    Syntax {
        escapes: false,
        hash: false,
        brackets: false,
    },
    Syntax {
        escapes: true,
        hash: true,
        brackets: false,
    },
    Syntax {
        escapes: false,
        hash: false,
        brackets: true,
    },
];

/// The names that every database takes for one, in their order.
pub(super) fn names(sql: &str) -> Vec<&str> {
    let [first, others @ ..] = SYNTAXES;
    let mut found = names_by(sql, first);
    for syntax in others {
        if !found.is_empty() {
            let also = names_by(sql, syntax);
            found.retain(|one| also.binary_search_by_key(&one.0, |other| other.0).is_ok());
        }
    }
    found.into_iter().map(|(_, name)| name).collect()
}

/// The names and their places.
fn names_by(sql: &str, syntax: Syntax) -> Vec<(usize, &str)> {
    let bytes = sql.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at = match byte {
            b'\'' | b'"' if syntax.escapes => behind_escaped(bytes, at),
            b'\'' | b'"' | b'`' => behind(sql, at + 1, &sql[at..=at]),
            b'[' if syntax.brackets => behind(sql, at, "]"),
            b'#' if syntax.hash => behind(sql, at, "\n"),
            b'-' if bytes[at..].starts_with(b"--") => behind(sql, at, "\n"),
            b'/' if bytes[at..].starts_with(b"/*") => behind(sql, at + 2, "*/"),
            b'$' => behind_dollars(sql, at),
            b':' => {
                let end = at + 1 + word(&bytes[at + 1..]);
                let is_cast = at > 0 && bytes[at - 1] == b':';
                if end > at + 1 && !is_cast {
                    found.push((at, &sql[at + 1..end]));
                }
                end
            }
            _ => at + 1,
        };
    }
    found
}

/// The first statement that defines something, by its first word, in the syntax of MariaDB.
pub(super) fn definition(sql: &str) -> Option<String> {
    const WORDS: [&str; 5] = ["CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME"];
    let bytes = sql.as_bytes();
    let (mut at, mut begins) = (0, true);
    while let Some(&byte) = bytes.get(at) {
        let next = match byte {
            b'\'' | b'"' => behind_escaped(bytes, at),
            b'`' => behind(sql, at + 1, "`"),
            b'#' => behind(sql, at, "\n"),
            b'-' if bytes[at..].starts_with(b"--") => behind(sql, at, "\n"),
            b'/' if bytes[at..].starts_with(b"/*") => behind(sql, at + 2, "*/"),
            _ => at + word(&bytes[at..]).max(1),
        };
        let first = sql.get(at..next).unwrap_or_default().to_ascii_uppercase();
        if begins && WORDS.contains(&first.as_str()) {
            // Temporary tables are no part of it.
            let rest = sql.get(next..).unwrap_or_default().trim_start();
            let is_temporary = rest
                .get(..9)
                .is_some_and(|word| word.eq_ignore_ascii_case("TEMPORARY"));
            if !is_temporary {
                return Some(first);
            }
        }
        begins = match byte {
            b';' => true,
            b'#' | b'-' | b'/' => begins,
            byte => begins && byte.is_ascii_whitespace(),
        };
        at = next;
    }
    None
}

/// Behind the next one of these, or the end. A doubled quote is the end of one text and the
/// beginning of another, which comes to the same.
fn behind(sql: &str, from: usize, end: &str) -> usize {
    let rest = sql.as_bytes().get(from..).unwrap_or_default();
    let end = end.as_bytes();
    let found = rest.windows(end.len()).position(|window| window == end);
    found.map_or(sql.len(), |found| from + found + end.len())
}

fn behind_escaped(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            byte if byte == bytes[open] => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// `$$ … $$` and `$word$ … $word$` are texts of PostgreSQL.
fn behind_dollars(sql: &str, at: usize) -> usize {
    let bytes = sql.as_bytes();
    let is_inside_a_word = at > 0 && is_of_word(bytes[at - 1]);
    let close = at + 1 + word(&bytes[at + 1..]);
    if is_inside_a_word || bytes.get(close) != Some(&b'$') {
        return at + 1;
    }
    behind(sql, close + 1, &sql[at..=close])
}

/// The length of the word at the beginning.
fn word(bytes: &[u8]) -> usize {
    if bytes.first().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    bytes.iter().take_while(|byte| is_of_word(**byte)).count()
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
