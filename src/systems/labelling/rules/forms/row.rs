//! Rules in columns, which TSV, CSV and workbooks share: a text, its types, fields, an id and a note.

use crate::systems::labelling::rules::document::{DraftRule, RuleType, fields_named, id_fault};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::set::Place;

/// The columns of one rule.
#[derive(Clone, Copy, Default)]
pub(super) struct RuleColumns<'r> {
    pub text: &'r str,
    pub types: &'r str,
    pub fields: &'r str,
    pub id: &'r str,
    pub note: &'r str,
}

/// Where it stands, as a whole and column by column.
pub(super) struct RowPlaces<'p> {
    pub rule: Place,
    /// Of a column by its name.
    pub column: &'p dyn Fn(&str) -> Place,
}

/// What a rule in columns may have.
#[derive(Clone, Copy)]
pub(super) struct RowKind {
    pub with_fields: bool,
    pub with_id: bool,
    pub with_note: bool,
    /// What it is without types; `None`: they have to be there.
    pub untyped: Option<RuleType>,
}

/// Several rules if it has several types; none, and findings, if something is wrong with it.
pub(super) fn rules(
    row: RuleColumns<'_>,
    kind: RowKind,
    places: &RowPlaces<'_>,
    findings: &mut Findings,
) -> Vec<DraftRule> {
    let mut problems: Vec<(&str, String, String)> = Vec::new();
    let types = match (row.types.trim().is_empty(), kind.untyped) {
        (true, Some(untyped)) => vec![untyped],
        _ => RuleType::read_all(row.types).unwrap_or_else(|fault| {
            problems.push(("match_type", fault.problem, fault.advice));
            Vec::new()
        }),
    };
    let mut fields = None;
    if !row.fields.trim().is_empty() {
        match fields_named(row.fields) {
            _ if !kind.with_fields => {
                let advice = "write the field into the text, such as `title:AI`, or remove it";
                problems.push(("in", "there is no field here".to_owned(), advice.to_owned()));
            }
            Ok(named) => fields = Some(named),
            Err((problem, advice)) => problems.push(("in", problem, advice)),
        }
    }
    if !row.id.is_empty() {
        let problem = match kind.with_id {
            true => id_fault(row.id),
            false => Some("only a rule of a label has an id"),
        };
        if let Some(problem) = problem {
            problems.push(("id", problem.to_owned(), "change or remove it".to_owned()));
        }
    }
    if !row.note.is_empty() && !kind.with_note {
        let problem = "there is no note here".to_owned();
        problems.push(("note", problem, "remove it".to_owned()));
    }
    let is_faulty = !problems.is_empty();
    for (column, problem, advice) in problems {
        findings.add(Code::E02, || {
            let message = format!("{column}: {problem}");
            Finding::new(Code::E02, (places.column)(column), message).advise(advice)
        });
    }
    if is_faulty {
        return Vec::new();
    }
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let rules = types.into_iter().map(|rule_type| DraftRule {
        written: rule_type.written(row.text),
        fields,
        id: given(row.id),
        note: given(row.note),
        place: places.rule.clone(),
    });
    rules.collect()
}

/// A text of a column that cannot stand there as it is: `"` and `\` are escaped, line breaks and tabs too.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// The text that [`quoted`] has made; `None` if it is not such a text.
pub(super) fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut characters = inner.chars();
    let mut read = String::with_capacity(inner.len());
    while let Some(character) = characters.next() {
        read.push(match character {
            '"' => return None,
            '\\' => match characters.next()? {
                'n' => '\n',
                't' => '\t',
                same @ ('"' | '\\') => same,
                _ => return None,
            },
            other => other,
        });
    }
    Some(read)
}
