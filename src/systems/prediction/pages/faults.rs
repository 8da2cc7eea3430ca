//! Faults of a mapping or a scrape, at its text.

use serde_json::Value;

use super::data::{Fault, read};
use crate::ui::Frame;

/// Characters of a line that are shown around a fault.
const AROUND: usize = 60;

/// A fault with the line that it is in.
pub(super) struct FaultRow {
    pub line: usize,
    pub column: usize,
    /// Both in words.
    pub place: String,
    pub key: String,
    pub problem: String,
    /// The line: before the place, the place, and behind it.
    pub excerpt: (String, String, String),
}

/// What a refusal says of this text.
pub(super) fn faults_of(frame: &Frame, refusal: &Value, text: &str) -> Vec<FaultRow> {
    let faults: Vec<Fault> = read(refusal["errors"].clone());
    faults
        .into_iter()
        .map(|fault| FaultRow {
            excerpt: excerpt(text, fault.line, fault.column),
            place: frame.words.with_all(
                "imports-place",
                &[("line", &fault.line), ("column", &fault.column)],
            ),
            line: fault.line,
            column: fault.column,
            key: fault.key,
            problem: fault.problem,
        })
        .collect()
}

/// The word at a place of a text, with what stands around it in its line.
fn excerpt(text: &str, line: usize, column: usize) -> (String, String, String) {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let letters: Vec<char> = line.chars().collect();
    let at = column.saturating_sub(1).min(letters.len());
    let is_word = |letter: &&char| letter.is_alphanumeric() || **letter == '_';
    let length = letters[at..].iter().take_while(is_word).count();
    let end = at + length.max(1).min(letters.len() - at);
    let from = at.saturating_sub(AROUND);
    let to = letters.len().min(end + AROUND);
    let part = |range: &[char]| range.iter().collect::<String>();
    (
        part(&letters[from..at]),
        part(&letters[at..end]),
        part(&letters[end..to]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_stands_in_its_line() {
        let text = "import: x\n  strat: 地域\n";
        let parts = |line, column| {
            let (before, at, behind) = excerpt(text, line, column);
            format!("{before}[{at}]{behind}")
        };
        assert_eq!(parts(2, 3), "  [strat]: 地域");
        assert_eq!(parts(2, 10), "  strat: [地域]");
        assert_eq!(parts(2, 8), "  strat[:] 地域");
        // Places that are not there.
        assert_eq!(parts(2, 99), "  strat: 地域[]");
        assert_eq!(parts(9, 1), "[]");
        assert_eq!(parts(0, 0), "[import]: x");
    }
}
