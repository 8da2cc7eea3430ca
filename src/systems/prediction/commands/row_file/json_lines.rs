//! Rows of a JSON Lines file: an object a line.

use std::collections::BTreeSet;
use std::io::BufRead;

use serde_json::Value;

use super::limited::BytesRead;
use super::{BYTES_AT_ONCE, Input, ROWS_AT_ONCE};
use crate::models::json_rows::read_rows;
use crate::models::{Rows, Signature};
use crate::strict_json;

/// However many members are no features, a few are enough to be named.
const UNUSED_MAX: usize = 100;

pub(super) struct JsonLines {
    input: Input,
    read: BytesRead,
    line: Vec<u8>,
    line_no: u64,
    pub unused: BTreeSet<String>,
}

impl JsonLines {
    pub fn new(input: Input) -> Self {
        Self {
            read: input.bytes_read(),
            input,
            line: Vec::new(),
            line_no: 0,
            unused: BTreeSet::new(),
        }
    }

    /// No rows: the file is over.
    pub fn next_batch(&mut self, signature: &Signature) -> Result<Rows, String> {
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        while rows.len() < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE && self.next_line()? {
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            bytes += self.line.len() as u64;
            rows.push(self.row(signature)?);
            lines.push(self.line_no);
        }
        read_rows(signature, &rows).map_err(|fault| {
            let line = lines[fault.row];
            let within = fault.path.strip_prefix(&format!("rows[{}]", fault.row));
            let column = within.unwrap_or_default().trim_start_matches('.');
            match column.is_empty() {
                true => format!("line {line}: {}", fault.problem),
                false => format!("line {line}, column {column}: {}", fault.problem),
            }
        })
    }

    /// `false`: there are no more.
    fn next_line(&mut self) -> Result<bool, String> {
        self.line.clear();
        self.read.row_is_complete();
        self.line_no += 1;
        let read = self.input.read_until(b'\n', &mut self.line);
        let bytes = read.map_err(|error| format!("line {}: {error}", self.line_no))?;
        Ok(bytes > 0)
    }

    /// The members that are features.
    fn row(&mut self, signature: &Signature) -> Result<Value, String> {
        let parsed = strict_json::parse(&self.line);
        let mut row = parsed.map_err(|problem| not_json(self.line_no, &problem))?;
        let Value::Object(members) = &mut row else {
            return Ok(row);
        };
        if members.len() == signature.features().len() {
            let mut pairs = members.keys().zip(signature.features());
            if pairs.all(|(name, feature)| *name == feature.name) {
                return Ok(row);
            }
        }
        let is_feature = |name: &String| {
            let mut features = signature.features().iter();
            features.any(|feature| feature.name == *name)
        };
        for name in members.keys().filter(|name| !is_feature(name)) {
            if self.unused.len() < UNUSED_MAX {
                self.unused.insert(name.clone());
            }
        }
        members.retain(|name, _| is_feature(name));
        Ok(row)
    }
}

/// The reader of JSON knows one line only.
fn not_json(line: u64, problem: &str) -> String {
    match problem.split_once(" at line 1 column ") {
        Some((problem, column)) => {
            let problem = problem.trim_end_matches(',');
            format!("line {line}, character {column}: {problem}")
        }
        None => format!("line {line}: {problem}"),
    }
}
