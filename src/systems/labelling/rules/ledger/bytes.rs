//! Numbers of seven bits a byte, and texts with their length.

/// Why a ledger cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFault {
    #[error("expected a ledger of form {expected}, found {found}")]
    OtherForm { expected: u64, found: u64 },
    #[error("the ledger is cut off or damaged")]
    Damaged,
}

pub(super) fn push_number(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

pub(super) fn push_text(to: &mut Vec<u8>, text: &str) {
    push_number(to, text.len() as u64);
    to.extend_from_slice(text.as_bytes());
}

/// Takes from the front of bytes.
pub(super) struct Reader<'b>(pub &'b [u8]);

impl<'b> Reader<'b> {
    pub fn number(&mut self) -> Result<u64, LedgerFault> {
        let mut number = 0_u64;
        for place in 0..10 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                return Err(LedgerFault::Damaged);
            }
            number |= bits << (7 * place);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(LedgerFault::Damaged)
    }

    /// A number of a type that holds fewer.
    pub fn small<T: TryFrom<u64>>(&mut self) -> Result<T, LedgerFault> {
        T::try_from(self.number()?).map_err(|_| LedgerFault::Damaged)
    }

    pub fn byte(&mut self) -> Result<u8, LedgerFault> {
        let (first, rest) = self.0.split_first().ok_or(LedgerFault::Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    pub fn bytes(&mut self, count: usize) -> Result<&'b [u8], LedgerFault> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(LedgerFault::Damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Eight bytes as they are: hashes would only become longer.
    pub fn key(&mut self) -> Result<u64, LedgerFault> {
        let bytes = self.bytes(size_of::<u64>())?.try_into();
        bytes
            .map(u64::from_le_bytes)
            .map_err(|_| LedgerFault::Damaged)
    }

    pub fn text(&mut self) -> Result<&'b str, LedgerFault> {
        let length = self.small()?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| LedgerFault::Damaged)
    }
}
