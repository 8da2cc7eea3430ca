//! A line of TSV: `text<TAB>types[<TAB>in[<TAB>id[<TAB>note]]]`.

use crate::systems::labelling::rules::document::Written;
use crate::systems::labelling::rules::finding::{Code, Finding};
use crate::systems::labelling::rules::forms::exported::ExportedRule;
use crate::systems::labelling::rules::forms::row::{RuleColumns, quoted};
use crate::systems::labelling::rules::language;
use crate::systems::labelling::rules::set::{MatchType, Place};

/// The columns of a line, in their order.
pub(super) const COLUMNS: [&str; 5] = ["text", "match_type", "in", "id", "note"];

/// The columns, or what is wrong with the line.
pub(super) fn columns(line: &str) -> Result<RuleColumns<'_>, (String, &'static str)> {
    const FORM: &str = "expected text<TAB>match_type[<TAB>in[<TAB>id[<TAB>note]]]";
    let mut columns = line.split('\t');
    let mut next = || columns.next();
    let text = next().unwrap_or_default();
    let Some(types) = next() else {
        return Err(("the line has no match type".to_owned(), FORM));
    };
    let row = RuleColumns {
        text,
        types,
        fields: next().unwrap_or_default(),
        id: next().unwrap_or_default(),
        note: next().unwrap_or_default(),
    };
    match columns.count() {
        0 => Ok(row),
        more => Err((
            format!("the line has {} columns", COLUMNS.len() + more),
            FORM,
        )),
    }
}

/// Writes the line of a rule. A pattern with a line break cannot be written.
pub(super) fn write(rule: &ExportedRule<'_>, text: &mut String) -> Result<(), Box<Finding>> {
    let (first, types) = match &rule.written {
        Written::Pattern(pattern) if !fits(pattern) => {
            let expression = language::write(rule.tree);
            if !fits(&expression) {
                let message = "a pattern with a tab or a line break, which a line cannot hold";
                let finding = Finding::new(Code::E02, Place::Unknown, message)
                    .advise("write \\t or \\n in the pattern, or choose another form");
                return Err(Box::new(finding));
            }
            (expression, "expression".into())
        }
        Written::Keyword {
            text,
            match_type,
            raw,
        } if !fits(text) => {
            let raw = if *raw { "raw:" } else { "" };
            let place = match match_type {
                MatchType::Partially => String::new(),
                other => format!("{}:", other.as_str()),
            };
            (format!("{raw}{place}{}", quoted(text)), "expression".into())
        }
        // The first term has no prefix, and so it may have this one.
        Written::Expression(text) if !fits(text) => {
            (format!("partially:{text}"), "expression".into())
        }
        written => (written.text().to_owned(), rule.type_name()),
    };
    let fields = rule.field_names();
    let note = rule.note.unwrap_or_default();
    let note = match note.contains(['\t', '\n', '\r']) || note.starts_with('"') {
        true => quoted(note),
        false => note.to_owned(),
    };
    let mut columns = vec![
        first.as_str(),
        &types,
        &fields,
        rule.id.unwrap_or_default(),
        &note,
    ];
    while columns.last().is_some_and(|column| column.is_empty()) {
        columns.pop();
    }
    text.push_str(&columns.join("\t"));
    text.push('\n');
    Ok(())
}

/// Whether a line holds a text as it is.
pub(super) fn fits(text: &str) -> bool {
    !text.contains(['\t', '\n', '\r']) && !text.starts_with(['#', '\u{feff}'])
}
