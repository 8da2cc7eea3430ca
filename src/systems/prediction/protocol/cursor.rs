//! Walks through the JSON of a message without making values of it.
//!
//! A list of numbers can be long, and what its elements have to be is only known once the type beside it is read. So
//! lists are stepped over first and read later, straight into columns. `NaN` and infinities, which Python writes, are
//! left to those who read numbers.

use std::borrow::Cow;

use super::datatype::shortened;
use super::fault::Fault;

/// A place in a JSON text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The first byte of what comes next.
    pub fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let space = rest.iter().take_while(|byte| is_space(**byte)).count();
        self.at += space;
        rest.get(space).copied()
    }

    /// Steps over a sign, if it comes next.
    pub fn take(&mut self, sign: u8) -> bool {
        let is_next = self.peek() == Some(sign);
        self.at += usize::from(is_next);
        is_next
    }

    /// Refuses what stands behind the value.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.broken("the end")),
        }
    }

    /// The members of an object, each once.
    pub fn members(
        &mut self,
        place: &str,
        mut each: impl FnMut(&str, &mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if !self.take(b'{') {
            return Err(self.unexpected(place, "an object"));
        }
        let mut known: Vec<Cow<'t, str>> = Vec::new();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.broken("the name of a member"));
            }
            let name = self.string()?;
            if !self.take(b':') {
                return Err(self.broken("`:`"));
            }
            if known.contains(&name) {
                let name = shortened(&name);
                return Err(Fault::at(place, format!("`{name}` is given twice")));
            }
            // Nobody has more; more would take long to compare.
            if known.len() == 1000 {
                return Err(Fault::at(place, "expected at most 1000 members"));
            }
            each(&name, self)?;
            known.push(name);
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.broken("`,` or `}`"));
            }
        }
    }

    /// The elements of a list.
    pub fn items(
        &mut self,
        place: &str,
        mut each: impl FnMut(usize, &mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if !self.take(b'[') {
            return Err(self.unexpected(place, "a list"));
        }
        if self.take(b']') {
            return Ok(());
        }
        for no in 0.. {
            each(no, self)?;
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.broken("`,` or `]`"));
            }
        }
        Ok(())
    }

    /// A text that is expected at a place.
    pub fn text_at(&mut self, place: &str) -> Result<Cow<'t, str>, Fault> {
        match self.peek() {
            Some(b'"') => self.string(),
            _ => Err(self.unexpected(place, "a text")),
        }
    }

    /// The text whose quotation mark comes next.
    pub fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        let begin = self.at;
        let is_plain = self.step_over_string()?;
        let quoted = &self.text[begin..self.at];
        match is_plain {
            true => Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1])),
            false => serde_json::from_str(quoted)
                .map(Cow::Owned)
                .map_err(|_| self.broken("a text with valid escapes before this place")),
        }
    }

    /// A number or a word, up to the next sign of JSON.
    pub fn token(&mut self) -> &'t str {
        self.peek();
        let rest = &self.text[self.at..];
        let ends = |byte: u8| is_space(byte) || matches!(byte, b',' | b']' | b'}' | b':' | b'"');
        let length = rest.bytes().position(ends).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Steps over a value, whatever it is. Of lists and objects only texts and brackets are looked at.
    pub fn skip(&mut self) -> Result<&'t str, Fault> {
        let first = self.peek();
        let begin = self.at;
        match first {
            Some(b'"') => {
                self.step_over_string()?;
            }
            Some(b'[' | b'{') => self.step_over_brackets()?,
            _ if self.token().is_empty() => return Err(self.broken("a value")),
            _ => {}
        }
        Ok(&self.text[begin..self.at])
    }

    fn step_over_brackets(&mut self) -> Result<(), Fault> {
        let mut depth = 0usize;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let next = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'[' | b']' | b'{' | b'}'));
            let Some(next) = next else {
                self.at = self.text.len();
                return Err(self.broken("the end of a list or an object"));
            };
            self.at += next;
            match rest[next] {
                b'"' => {
                    self.step_over_string()?;
                    continue;
                }
                b'[' | b'{' => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Whether the text has no escapes.
    fn step_over_string(&mut self) -> Result<bool, Fault> {
        let bytes = self.text.as_bytes();
        let mut is_plain = true;
        self.at += 1;
        loop {
            let rest = &bytes[self.at..];
            let next = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(next) = next else {
                self.at = bytes.len();
                return Err(self.broken("the end of a text"));
            };
            self.at += next + 1;
            match rest[next] {
                b'"' => return Ok(is_plain),
                // What is escaped is one byte at least; a text ends behind it.
                b'\\' if rest.len() > next + 1 => {
                    is_plain = false;
                    self.at += 1;
                    // The escaped character may have several bytes.
                    while !self.text.is_char_boundary(self.at) {
                        self.at += 1;
                    }
                }
                _ => {
                    self.at -= 1;
                    return Err(self.broken("a text without control characters"));
                }
            }
        }
    }

    /// What is said of a value of another kind.
    pub fn unexpected(&mut self, place: &str, expected: &str) -> Fault {
        let found = self.found();
        Fault::at(place, format!("expected {expected}, found {found}"))
    }

    /// What comes next, for people.
    pub fn found(&mut self) -> String {
        match self.peek() {
            None => "the end".to_owned(),
            Some(b'{') => "an object".to_owned(),
            Some(b'[') => "a list".to_owned(),
            Some(b'"') => {
                let mut ahead = *self;
                let text = ahead.string().unwrap_or(Cow::Borrowed("…"));
                format!("\"{}\"", shortened(&text))
            }
            Some(byte @ (b',' | b']' | b'}' | b':')) => format!("`{}`", char::from(byte)),
            Some(_) => {
                let mut ahead = *self;
                shortened(ahead.token())
            }
        }
    }

    /// What is said of a text that is no JSON.
    fn broken(&self, expected: &str) -> Fault {
        let at = self.at.min(self.text.len());
        Fault::at(
            "body",
            format!("expected JSON: expected {expected} at byte {at}"),
        )
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}
