//! UBJSON: JSON in binary, with the types of lists before their values.

use super::{DEPTH, Document, DocumentFault, Element};

/// A file in UBJSON.
#[derive(Debug)]
pub struct Ubjson<'f> {
    file: &'f [u8],
    at: usize,
    depth: usize,
    /// The type of the value that comes next, if it stands before the list or the object in which the value is.
    given: Option<u8>,
}

/// What a list or an object says of its values before them.
#[derive(Clone, Copy, Debug)]
struct Header {
    kind: Option<u8>,
    count: Option<usize>,
}

impl<'f> Ubjson<'f> {
    pub fn new(file: &'f [u8]) -> Self {
        Self {
            file,
            at: 0,
            depth: 0,
            given: None,
        }
    }

    fn fault(&self, reason: impl Into<String>) -> DocumentFault {
        DocumentFault::new(self.at, reason)
    }

    fn bytes(&mut self, count: usize) -> Result<&'f [u8], DocumentFault> {
        let rest = &self.file[self.at..];
        match rest.split_at_checked(count) {
            Some((bytes, _)) => {
                self.at += count;
                Ok(bytes)
            }
            None => Err(self.fault(format!(
                "expected {count} bytes, found the end of the file after {}",
                rest.len()
            ))),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DocumentFault> {
        let bytes = self.bytes(N)?;
        Ok(bytes.try_into().expect("as many bytes as asked for"))
    }

    fn peek_byte(&self) -> Option<u8> {
        self.file.get(self.at).copied()
    }

    fn take_byte(&mut self, byte: u8) -> bool {
        let is_next = self.peek_byte() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// The type of the next value. `N` is nothing.
    fn kind(&mut self) -> Result<u8, DocumentFault> {
        if let Some(kind) = self.given.take() {
            return Ok(kind);
        }
        while self.take_byte(b'N') {}
        let [kind] = self.array()?;
        Ok(kind)
    }

    fn require(&mut self, kind: u8, what: &str) -> Result<(), DocumentFault> {
        match self.kind()? {
            found if found == kind => Ok(()),
            found => Err(self.unexpected(what, found)),
        }
    }

    fn unexpected(&self, what: &str, found: u8) -> DocumentFault {
        let found = char::from(found);
        self.fault(format!("expected {what}, found a value of type {found:?}"))
    }

    fn number<N: Element>(&mut self, kind: u8) -> Result<N, DocumentFault> {
        let number = match kind {
            b'T' => N::from_integer(1),
            b'F' => N::from_integer(0),
            b'i' => N::from_integer(i8::from_be_bytes(self.array()?).into()),
            b'U' => N::from_integer(u8::from_be_bytes(self.array()?).into()),
            b'I' => N::from_integer(i16::from_be_bytes(self.array()?).into()),
            b'l' => N::from_integer(i32::from_be_bytes(self.array()?).into()),
            b'L' => N::from_integer(i64::from_be_bytes(self.array()?)),
            b'd' => N::from_double(f32::from_be_bytes(self.array()?).into()),
            b'D' => N::from_double(f64::from_be_bytes(self.array()?)),
            _ => return Err(self.unexpected(N::EXPECTED, kind)),
        };
        number.ok_or_else(|| self.fault(format!("expected {}", N::EXPECTED)))
    }

    fn length(&mut self) -> Result<usize, DocumentFault> {
        let [kind] = self.array()?;
        let length: i64 = self.number(kind)?;
        match usize::try_from(length) {
            Ok(length) => Ok(length),
            Err(_) => Err(self.fault("expected a length that is not negative")),
        }
    }

    /// The text that follows its length.
    fn text_of_length(&mut self) -> Result<String, DocumentFault> {
        let length = self.length()?;
        let bytes = self.bytes(length)?;
        match str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.fault("expected a text in UTF-8")),
        }
    }

    fn header(&mut self) -> Result<Header, DocumentFault> {
        let kind = match self.take_byte(b'$') {
            true => Some(self.array::<1>()?[0]),
            false => None,
        };
        let count = match self.take_byte(b'#') {
            true => Some(self.length()?),
            false => None,
        };
        if let Some(kind @ (b'Z' | b'T' | b'F' | b'N')) = kind {
            return Err(self.unexpected("values that take bytes", kind));
        }
        let left = self.file.len() - self.at;
        match count {
            None if kind.is_some() => Err(self.fault("expected the number of values")),
            Some(count) if count > left => Err(self.fault(format!(
                "expected {count} values, but only {left} bytes are left"
            ))),
            _ => Ok(Header { kind, count }),
        }
    }

    /// Reads the values of a list or the members of an object.
    fn items(
        &mut self,
        close: u8,
        mut item: impl FnMut(&mut Self, usize, Option<u8>) -> Result<(), DocumentFault>,
    ) -> Result<(), DocumentFault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.fault(format!(
                "more than {DEPTH} lists and objects within each other"
            )));
        }
        let header = self.header()?;
        let mut position = 0;
        while match header.count {
            Some(count) => position < count,
            None => {
                while self.take_byte(b'N') {}
                !self.take_byte(close)
            }
        } {
            item(self, position, header.kind)?;
            position += 1;
        }
        self.depth -= 1;
        Ok(())
    }
}

impl Document for Ubjson<'_> {
    fn object(
        &mut self,
        mut visit: impl FnMut(&mut Self, &str) -> Result<(), DocumentFault>,
    ) -> Result<(), DocumentFault> {
        self.require(b'{', "an object")?;
        self.items(b'}', |ubjson, _, kind| {
            let key = ubjson.text_of_length()?;
            ubjson.given = kind;
            visit(ubjson, &key).map_err(|fault| fault.in_member(&key))
        })
    }

    fn list(
        &mut self,
        mut visit: impl FnMut(&mut Self, usize) -> Result<(), DocumentFault>,
    ) -> Result<(), DocumentFault> {
        self.require(b'[', "a list")?;
        self.items(b']', |ubjson, position, kind| {
            ubjson.given = kind;
            visit(ubjson, position).map_err(|fault| fault.at_position(position))
        })
    }

    fn numbers<N: Element>(&mut self) -> Result<Vec<N>, DocumentFault> {
        let mut numbers = Vec::new();
        self.require(b'[', "a list of numbers")?;
        self.items(b']', |ubjson, position, kind| {
            let number = match kind {
                Some(kind) => ubjson.number(kind),
                None => ubjson.kind().and_then(|kind| ubjson.number(kind)),
            };
            numbers.push(number.map_err(|fault| fault.at_position(position))?);
            Ok(())
        })?;
        Ok(numbers)
    }

    fn text(&mut self) -> Result<String, DocumentFault> {
        self.require(b'S', "a text")?;
        self.text_of_length()
    }

    fn skip(&mut self) -> Result<(), DocumentFault> {
        match self.kind()? {
            kind @ b'{' => {
                self.given = Some(kind);
                self.object(|ubjson, _| ubjson.skip())
            }
            kind @ b'[' => {
                self.given = Some(kind);
                self.list(|ubjson, _| ubjson.skip())
            }
            b'S' | b'H' => {
                let length = self.length()?;
                self.bytes(length).map(drop)
            }
            b'Z' => Ok(()),
            b'C' => self.bytes(1).map(drop),
            kind => self.number::<f64>(kind).map(drop),
        }
    }

    fn end(&mut self) -> Result<(), DocumentFault> {
        while self.take_byte(b'N') {}
        match self.peek_byte() {
            None => Ok(()),
            Some(_) => Err(self.fault("expected the end of the file")),
        }
    }
}
