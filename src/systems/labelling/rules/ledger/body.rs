//! The rows of a slice as they are kept: keys of those without a true rule, and entries of the others.

use xxhash_rust::xxh3::Xxh3;

use super::bytes::{LedgerFault, Reader, push_number, push_text};
use super::outcome::RowOutcome;
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::set::{Field, Fields};

/// The first number of a body.
const FORM: u64 = 1;

/// Gathers what is kept of the rows of a slice.
#[derive(Debug, Default)]
pub struct LedgerRows {
    without_rules: Vec<u8>,
    entries: Vec<u8>,
    outcome: Vec<u8>,
}

/// Who wrote a row, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerRow<'r> {
    pub id: &'r str,
    pub post_time: &'r str,
    pub group: u16,
    pub s_id: &'r str,
    pub author: &'r str,
}

/// A row as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct LedgerEntry<'b> {
    pub key: u64,
    /// `None`: no rule is true of it, and nothing else is kept.
    pub kept: Option<(LedgerRow<'b>, OutcomeBytes<'b>)>,
}

/// An outcome as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct OutcomeBytes<'b>(pub(super) &'b [u8]);

/// What a row is known by: its id, and its texts in all fields that rules look at. It is stored, so it must never
/// change.
pub fn row_key(id: &str, texts: Row<'_>, fields: Fields) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&(id.len() as u64).to_le_bytes());
    hash.update(id.as_bytes());
    for text in fields.iter().map(|field: Field| texts.text(field)) {
        match text {
            Some(text) => {
                hash.update(&(text.len() as u64 + 1).to_le_bytes());
                hash.update(text.as_bytes());
            }
            None => hash.update(&0_u64.to_le_bytes()),
        }
    }
    hash.digest()
}

impl LedgerRows {
    /// Keeps a row that was received.
    pub fn receive(&mut self, key: u64, row: LedgerRow<'_>, outcome: &RowOutcome) {
        let key = key.to_le_bytes();
        if outcome.true_rules.is_empty() {
            self.without_rules.extend(key);
            return;
        }
        self.entries.extend(key);
        for text in [row.id, row.post_time, row.s_id, row.author] {
            push_text(&mut self.entries, text);
        }
        push_number(&mut self.entries, row.group.into());
        self.outcome.clear();
        outcome.write(&mut self.outcome);
        push_number(&mut self.entries, self.outcome.len() as u64);
        self.entries.extend_from_slice(&self.outcome);
    }

    /// The body of what was gathered since the last time.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        let keys = self.without_rules.len() / size_of::<u64>();
        let mut body = Vec::with_capacity(self.without_rules.len() + self.entries.len() + 16);
        push_number(&mut body, FORM);
        push_number(&mut body, keys as u64);
        body.append(&mut self.without_rules);
        body.append(&mut self.entries);
        body
    }
}

/// Passes each row of a body to `visit`, until it returns `false`.
pub fn read(
    body: &[u8],
    visit: &mut dyn FnMut(LedgerEntry<'_>) -> bool,
) -> Result<(), LedgerFault> {
    let mut from = Reader(body);
    let found = from.number()?;
    if found != FORM {
        return Err(LedgerFault::OtherForm {
            expected: FORM,
            found,
        });
    }
    for _ in 0..from.number()? {
        let key = from.key()?;
        if !visit(LedgerEntry { key, kept: None }) {
            return Ok(());
        }
    }
    while !from.0.is_empty() {
        let key = from.key()?;
        let (id, post_time, s_id, author) =
            (from.text()?, from.text()?, from.text()?, from.text()?);
        let row = LedgerRow {
            id,
            post_time,
            s_id,
            author,
            group: from.small()?,
        };
        let length = from.small()?;
        let kept = Some((row, OutcomeBytes(from.bytes(length)?)));
        if !visit(LedgerEntry { key, kept }) {
            return Ok(());
        }
    }
    Ok(())
}

impl OutcomeBytes<'_> {
    pub fn read(self) -> Result<RowOutcome, LedgerFault> {
        let mut outcome = RowOutcome::default();
        outcome.read(&mut Reader(self.0))?;
        Ok(outcome)
    }
}
