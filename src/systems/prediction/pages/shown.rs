//! Pieces that several pages of imports show.

use super::data::{Import, Problem, RowCounts};
use super::room::ROOT;
use crate::clock;
use crate::ui::{Frame, Markup, encoded, number};

/// Digits of a digest that are shown.
const DIGITS: usize = 12;

pub(super) fn import_path(id: &str) -> String {
    format!("{ROOT}/{}", encoded(id))
}

pub(super) fn mapping_path(name: &str) -> String {
    format!("{ROOT}/mappings/{}", encoded(name))
}

/// When something was, as an age and exactly.
pub(super) fn moment(frame: &Frame, text: &str) -> (Markup, Markup) {
    let at = clock::parse(text).unwrap_or_default();
    (frame.ago(at), frame.exact(at))
}

/// The beginning of a digest.
pub(super) fn short(digest: &str) -> String {
    digest.chars().take(DIGITS).collect()
}

/// The state of an import as icon, word and colour.
pub(super) fn state(frame: &Frame, state: &str) -> Markup {
    match state {
        "imported" => frame.marked("succeeded", &frame.say("imports-state-imported")),
        "refused" => frame.marked("failed", &frame.say("imports-state-refused")),
        state => frame.state(state),
    }
}

/// A problem's code in words; one that has none is shown as it is.
pub(super) fn code_word(frame: &Frame, code: &str) -> String {
    let id = format!("imports-code-{}", code.replace('_', "-"));
    match frame.words.has(&id) {
        true => frame.say(&id),
        false => code.to_owned(),
    }
}

/// Inserted, updated, unchanged and replaced rows; none of a kind is a dash.
pub(super) fn counts(rows: RowCounts) -> [String; 4] {
    [rows.inserted, rows.updated, rows.unchanged, rows.replaced].map(number)
}

/// The mapping and its version.
pub(super) fn mapping_of(import: &Import) -> String {
    match import.mapping_version {
        Some(version) => format!("{} · {version}", import.mapping),
        None => import.mapping.clone(),
    }
}

/// A line of a list of problems.
pub(super) struct ProblemRow {
    pub id: String,
    pub cell: String,
    /// The cell in the picture of the sheet, if it is in it.
    pub href: Option<String>,
    pub table: String,
    pub column: String,
    pub code: String,
    pub text: String,
    pub message: String,
}

impl ProblemRow {
    pub(super) fn of(frame: &Frame, no: usize, problem: &Problem) -> Self {
        Self {
            id: format!("p{no}"),
            cell: problem.cell.clone(),
            href: None,
            table: problem.table.clone(),
            column: problem.column.clone().unwrap_or_else(|| "–".to_owned()),
            code: code_word(frame, &problem.code),
            text: problem.text.clone(),
            message: problem.message.clone(),
        }
    }
}
