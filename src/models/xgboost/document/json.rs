//! JSON as XGBoost writes it, with `NaN` and `Infinity` as numbers.

use super::{DEPTH, Document, DocumentFault, Element};

/// A file in JSON.
#[derive(Debug)]
pub struct Json<'f> {
    file: &'f [u8],
    at: usize,
    depth: usize,
}

impl<'f> Json<'f> {
    pub fn new(file: &'f [u8]) -> Self {
        Self {
            file,
            at: 0,
            depth: 0,
        }
    }

    fn fault(&self, reason: impl Into<String>) -> DocumentFault {
        DocumentFault::new(self.at, reason)
    }

    fn expected(&self, what: &str) -> DocumentFault {
        let rest = &self.file[self.at..];
        let shown = String::from_utf8_lossy(&rest[..rest.len().min(20)]);
        self.fault(match rest {
            [] => format!("expected {what}, found the end of the file"),
            _ => format!("expected {what}, found {shown:?}"),
        })
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.file[self.at..].iter();
        self.at += rest
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
            .count();
        self.file.get(self.at).copied()
    }

    /// Whether the next byte is that one, which is then read.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn require(&mut self, byte: u8, what: &str) -> Result<(), DocumentFault> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    fn enter(&mut self) -> Result<(), DocumentFault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.fault(format!(
                "more than {DEPTH} lists and objects within each other"
            )));
        }
        Ok(())
    }

    /// Reads what stands between brackets and commas.
    fn items(
        &mut self,
        close: u8,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), DocumentFault>,
    ) -> Result<(), DocumentFault> {
        self.enter()?;
        let mut position = 0;
        if !self.take(close) {
            loop {
                item(self, position)?;
                position += 1;
                if self.take(close) {
                    break;
                }
                self.require(b',', "a comma")?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// A number, `true`, `false` or `null` as it stands there.
    fn word(&mut self) -> Result<&'f str, DocumentFault> {
        self.peek();
        let rest = &self.file[self.at..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
            .count();
        match str::from_utf8(&rest[..length]) {
            Ok(word) if length > 0 => {
                self.at += length;
                Ok(word)
            }
            _ => Err(self.expected("a value")),
        }
    }

    /// A text with its quotation marks.
    fn quoted(&mut self) -> Result<&'f [u8], DocumentFault> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a text"));
        }
        let rest = &self.file[self.at..];
        let mut is_escaped = false;
        let end = rest[1..].iter().position(|byte| {
            let ends = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            ends
        });
        let Some(end) = end else {
            return Err(self.fault("this text has no end"));
        };
        self.at += end + 2;
        Ok(&rest[..end + 2])
    }
}

impl Document for Json<'_> {
    fn object(
        &mut self,
        mut visit: impl FnMut(&mut Self, &str) -> Result<(), DocumentFault>,
    ) -> Result<(), DocumentFault> {
        self.require(b'{', "an object")?;
        self.items(b'}', |json, _| {
            let key = json.text()?;
            json.require(b':', "a colon")?;
            visit(json, &key).map_err(|fault| fault.in_member(&key))
        })
    }

    fn list(
        &mut self,
        mut visit: impl FnMut(&mut Self, usize) -> Result<(), DocumentFault>,
    ) -> Result<(), DocumentFault> {
        self.require(b'[', "a list")?;
        self.items(b']', |json, position| {
            visit(json, position).map_err(|fault| fault.at_position(position))
        })
    }

    fn numbers<N: Element>(&mut self) -> Result<Vec<N>, DocumentFault> {
        let mut numbers = Vec::new();
        self.require(b'[', "a list of numbers")?;
        self.items(b']', |json, position| {
            json.peek();
            let start = json.at;
            let word = json.word()?;
            let number = match word {
                "true" => N::from_integer(1),
                "false" => N::from_integer(0),
                _ => N::from_text(word),
            };
            numbers.push(number.ok_or_else(|| {
                let reason = format!("expected {}, found {word:?}", N::EXPECTED);
                DocumentFault::new(start, reason).at_position(position)
            })?);
            Ok(())
        })?;
        Ok(numbers)
    }

    fn text(&mut self) -> Result<String, DocumentFault> {
        let text = self.quoted()?;
        match serde_json::from_slice(text) {
            Ok(text) => Ok(text),
            Err(_) => Err(self.fault("this text has a character or an escape that JSON has not")),
        }
    }

    fn skip(&mut self) -> Result<(), DocumentFault> {
        match self.peek() {
            Some(b'{') => self.object(|json, _| json.skip()),
            Some(b'[') => self.list(|json, _| json.skip()),
            Some(b'"') => self.quoted().map(drop),
            _ => self.word().map(drop),
        }
    }

    fn end(&mut self) -> Result<(), DocumentFault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the file")),
        }
    }
}
