//! Reads JSON into the tree that YAML is read into, so that every value has its place. It is strict: nothing behind
//! the value, no control characters in strings, no halves of surrogates.

use super::limits::VALUES;
use crate::yaml::{Entry, Node, Position, Style, YamlFault};

/// Lists and objects inside each other.
const DEPTH_MAX: usize = 64;

/// The value that a text holds.
pub(super) fn parse(text: &str) -> Result<Node, YamlFault> {
    let mut parser = Parser {
        text,
        at: 0,
        values: 0,
        marked: 0,
        mark: Position { line: 1, column: 1 },
    };
    parser.skip_blanks();
    let value = parser.value(0)?;
    parser.skip_blanks();
    match parser.rest().chars().next() {
        None => Ok(value),
        Some(character) => Err(parser.fault(format!("expected the end, found `{character}`"))),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    values: usize,
    /// What lies before is counted in `mark`.
    marked: usize,
    mark: Position,
}

type Result_<T> = Result<T, YamlFault>;

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Counts on from the last place that was asked for: all of them together cost one pass.
    fn position(&mut self) -> Position {
        for character in self.text[self.marked..self.at].chars() {
            if character == '\n' {
                self.mark.line = self.mark.line.saturating_add(1);
                self.mark.column = 1;
            } else {
                self.mark.column = self.mark.column.saturating_add(1);
            }
        }
        self.marked = self.at;
        self.mark
    }

    fn fault(&mut self, problem: impl Into<String>) -> YamlFault {
        YamlFault {
            position: self.position(),
            path: String::new(),
            entry: String::new(),
            problem: problem.into(),
        }
    }

    fn unexpected(&mut self, expected: &str) -> YamlFault {
        let found = match self.rest().chars().next() {
            None => "the end of the text".to_owned(),
            Some(character) => format!("`{}`", character.escape_debug()),
        };
        self.fault(format!("expected {expected}, found {found}"))
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result_<Node> {
        let position = self.position();
        if depth > DEPTH_MAX {
            let problem = format!("is nested too deeply; expected at most {DEPTH_MAX} levels");
            return Err(self.fault(problem));
        }
        self.values += 1;
        if self.values > VALUES {
            return Err(self.fault(format!("more than {VALUES} values")));
        }
        match self.peek() {
            Some(b'{') => self.object(position, depth),
            Some(b'[') => self.list(position, depth),
            Some(b'"') => Ok(Node::scalar(position, self.string()?, Style::Quoted)),
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number()?.to_owned();
                Ok(Node::scalar(position, number, Style::Plain))
            }
            _ => self.word(position),
        }
    }

    fn word(&mut self, position: Position) -> Result_<Node> {
        let known = ["true", "false", "null"];
        let found = known
            .into_iter()
            .find(|word| self.rest().starts_with(word))
            .ok_or_else(|| self.unexpected("a value"))?;
        self.at += found.len();
        Ok(Node::scalar(position, found.to_owned(), Style::Plain))
    }

    fn object(&mut self, position: Position, depth: usize) -> Result_<Node> {
        let mut entries = Vec::new();
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::mapping(position, entries));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let place = self.position();
            let key = Node::scalar(place, self.string()?, Style::Quoted);
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            self.skip_blanks();
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, value });
            if self.is_last(b'}', "`,` or `}`")? {
                return Ok(Node::mapping(position, entries));
            }
        }
    }

    fn list(&mut self, position: Position, depth: usize) -> Result_<Node> {
        let mut elements = Vec::new();
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
        } else {
            elements.push(self.value(depth + 1)?);
            while !self.is_last(b']', "`,` or `]`")? {
                elements.push(self.value(depth + 1)?);
            }
        }
        let content = crate::yaml::Content::List(elements);
        Ok(Node { position, content })
    }

    /// Behind a value: whether its list or object ends here.
    fn is_last(&mut self, end: u8, expected: &str) -> Result_<bool> {
        self.skip_blanks();
        let found = self.peek();
        if found != Some(end) && found != Some(b',') {
            return Err(self.unexpected(expected));
        }
        self.at += 1;
        self.skip_blanks();
        Ok(found == Some(end))
    }

    fn number(&mut self) -> Result_<&'t str> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let has_zero = self.peek() == Some(b'0');
        let whole = self.digits()?;
        if has_zero && whole > 1 {
            return Err(self.fault("a number that begins with 0"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Result_<usize> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        match self.at - start {
            0 => Err(self.unexpected("a digit")),
            count => Ok(count),
        }
    }

    fn string(&mut self) -> Result_<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|c: char| matches!(c, '"' | '\\') || c < ' ');
            let Some(plain) = plain else {
                self.at = self.text.len();
                return Err(self.fault("the quote is not closed"));
            };
            string.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                _ => {
                    return Err(self.unexpected("an escape such as \\n in place of a line break"));
                }
            }
        }
    }

    fn escape(&mut self) -> Result_<char> {
        let escaped = self.text.as_bytes().get(self.at + 1);
        let character = match escaped {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.fault("an escape that JSON does not have")),
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode(&mut self) -> Result_<char> {
        let high = self.unit(self.at)?;
        let (code, length) = match high {
            0xD800..=0xDBFF => {
                let low = match self.rest().get(6..8) {
                    Some("\\u") => self.unit(self.at + 6)?,
                    _ => 0,
                };
                if !(0xDC00..=0xDFFF).contains(&low) {
                    return Err(self.fault("half of a surrogate pair; expected both halves"));
                }
                (0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00), 12)
            }
            unit => (unit, 6),
        };
        let character = char::from_u32(code)
            .ok_or_else(|| self.fault("half of a surrogate pair; expected both halves"))?;
        self.at += length;
        Ok(character)
    }

    /// The four digits of `\uXXXX` at a place.
    fn unit(&mut self, at: usize) -> Result_<u32> {
        let digits = self.text.get(at + 2..at + 6);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        unit.ok_or_else(|| self.fault("expected four hexadecimal digits behind \\u"))
    }
}
