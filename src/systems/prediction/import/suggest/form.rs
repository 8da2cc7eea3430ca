//! Drafts a form: labels with their values to the right of them or below.

use super::draft::DraftTable;
use super::names::{Taken, column};
use super::yaml::scalar;
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::table::View;
use crate::systems::prediction::import::values::{
    Cell, Conversion, Kind, NullWords, WrittenNumber, fold, without_unit,
};
use crate::systems::prediction::import::workbook::Budget;

/// Labels that are drafted, and characters that one has.
const LABELS_MAX: usize = 50;
const LABEL_MAX: usize = 20;

/// `None` if no label has a value beside it.
pub(super) fn draft(
    view: &View<'_>,
    import: &str,
    budget: Budget,
) -> Result<Option<DraftTable>, ImportError> {
    let mut draft = DraftTable {
        into: import.to_owned(),
        ..DraftTable::default()
    };
    let nulls = NullWords::default();
    let mut names = Taken::default();
    let mut labels: Vec<String> = Vec::new();
    let mut values = Vec::new();
    for (index, row, at, cell) in view.grid.iter() {
        if labels.len() >= LABELS_MAX {
            break;
        }
        budget.check_time()?;
        let Cell::Text(text) = cell else {
            continue;
        };
        let label = fold(&without_unit(text).unwrap_or_else(|| text.to_owned()));
        let label = label.trim_end_matches(':').to_owned();
        let is_label = (1..=LABEL_MAX).contains(&label.chars().count())
            && !values.contains(&Some(index))
            && WrittenNumber::parse(text).is_none()
            && !nulls.contains(text);
        if !is_label || labels.contains(&label) {
            continue;
        }
        let end = view
            .grid
            .merges
            .at(row, at)
            .map_or(at, |merge| merge.last_column);
        let bottom = view
            .grid
            .merges
            .at(row, at)
            .map_or(row, |merge| merge.last_row);
        let (right, below) = (view.at(row, end + 1), view.at(bottom + 1, at));
        let (found, place) = match (right.cell.is_blank(), below.cell.is_blank()) {
            (false, _) => (right, "right_of"),
            (true, false) => (below, "below"),
            (true, true) => continue,
        };
        values.push(found.index);
        let kind = kind(found.cell);
        let mut entry = format!("{place}: {}", scalar(&label));
        if kind != Kind::Text {
            entry.push_str(&format!(", type: {}", kind.name()));
        }
        draft
            .meta
            .push((column(std::slice::from_ref(&label), &mut names), entry));
        labels.push(label);
    }
    Ok((!draft.meta.is_empty()).then_some(draft))
}

fn kind(cell: Cell<'_>) -> Kind {
    let nulls = NullWords::default();
    let kinds = [Kind::Date, Kind::Integer, Kind::Number, Kind::Boolean];
    let fits = |kind: &Kind| {
        !Conversion::of_kind(*kind)
            .convert(cell, None, &nulls)
            .value
            .is_null()
    };
    kinds.into_iter().find(fits).unwrap_or_default()
}
