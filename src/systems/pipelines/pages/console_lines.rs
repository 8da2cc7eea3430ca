//! Lines of what a command has written, as a page shows them without scripts.

use serde::Deserialize;

use crate::ui::{Frame, number};

/// What `/v1` answers to one who reads or searches a log.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct LinesFound {
    pub total: u64,
    pub lines: Vec<LineFound>,
    pub next: Option<u64>,
    pub previous: Option<u64>,
    pub first_error: Option<LineFound>,
    pub gap: Option<Gap>,
}

/// What was dropped of a log.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Gap {
    pub from: u64,
    pub to: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct LineFound {
    pub number: Option<u64>,
    pub offset: u64,
    pub text: String,
    /// Of a line that was searched: what has matched, in characters.
    start: usize,
    end: usize,
}

/// What `/v1` says of the structure of a log.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Structure {
    pub total: u64,
    pub errors: Vec<Remark>,
    pub warnings: Vec<Remark>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Remark {
    pub offset: u64,
    text: String,
    place: Option<String>,
}

/// A line as it is shown.
pub(super) struct Row {
    /// To which an address leads.
    pub id: String,
    pub href: String,
    pub number: String,
    /// A colour, and the word for it.
    pub level: Option<&'static str>,
    /// What was looked for stands in the middle.
    pub text: [String; 3],
}

impl Row {
    /// `here`: the page, with a query that says which log it is.
    pub(super) fn of(here: &str, line: &LineFound) -> Self {
        let (level, text) = leveled(&line.text);
        let text = match line.end > line.start && level.is_none() {
            true => parts(&line.text, line.start, line.end),
            false => [last_state(text), String::new(), String::new()],
        };
        let (id, place) = match line.number {
            Some(number) => (format!("L{number}"), format!("line={number}")),
            None => (format!("o{}", line.offset), format!("at={}", line.offset)),
        };
        Self {
            href: format!("{here}&{place}#{id}"),
            id,
            number: line.number.map_or_else(|| "·".to_owned(), number),
            level,
            text,
        }
    }

    pub(super) fn of_remark(here: &str, level: &'static str, remark: &Remark) -> Self {
        let Remark {
            offset,
            text,
            place,
        } = remark;
        let place = place.as_ref().map(|place| format!("{place}: "));
        Self {
            id: format!("o{offset}"),
            href: format!("{here}&at={offset}#o{offset}"),
            number: "→".to_owned(),
            level: Some(level),
            text: [
                place.unwrap_or_default() + text,
                String::new(),
                String::new(),
            ],
        }
    }
}

/// The errors of a log, and the warnings if they are wanted, in the order of the log.
pub(super) fn remarks(here: &str, structure: &Structure, with_warnings: bool) -> Vec<Row> {
    let errors = structure.errors.iter().map(|remark| ("error", remark));
    let warnings = structure.warnings.iter().filter(|_| with_warnings);
    let warnings = warnings.map(|remark| ("warning", remark));
    let mut all: Vec<_> = errors.chain(warnings).collect();
    all.sort_by_key(|(_, remark)| remark.offset);
    let rows = all.into_iter();
    rows.map(|(level, remark)| Row::of_remark(here, level, remark))
        .collect()
}

/// Of a line such as `::error file=a.sql::no rows` what it says, with its level.
fn leveled(text: &str) -> (Option<&'static str>, String) {
    for (level, command) in [("error", "::error"), ("warning", "::warning")] {
        let rest = text.strip_prefix(command);
        let rest = rest.filter(|rest| rest.starts_with([':', ' ']));
        if let Some((place, text)) = rest.and_then(|rest| rest.split_once("::")) {
            return (
                Some(level),
                match place.trim() {
                    "" => text.to_owned(),
                    place => format!("{place}: {text}"),
                },
            );
        }
    }
    (None, text.to_owned())
}

/// Of a progress bar what stands there at last.
fn last_state(text: String) -> String {
    match text.rsplit('\r').find(|state| !state.is_empty()) {
        Some(state) if state.len() < text.len() => state.to_owned(),
        _ => text,
    }
}

/// A text before, between and behind two places, in characters.
fn parts(text: &str, start: usize, end: usize) -> [String; 3] {
    let letters = || text.chars();
    [
        letters().take(start).collect(),
        letters().take(end).skip(start).collect(),
        letters().skip(end).collect(),
    ]
}

/// `line 1 to 200`, as far as the numbers are known.
pub(super) fn place(frame: &Frame, lines: &[LineFound]) -> Option<String> {
    let number_of = |line: &LineFound| line.number.map(number);
    let first = number_of(lines.first()?)?;
    let last = number_of(lines.last()?)?;
    let words = &frame.words;
    Some(words.with_all("pipelines-lines", &[("from", &first), ("to", &last)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, start: usize, end: usize) -> Row {
        let line = LineFound {
            number: Some(1204),
            offset: 9,
            text: text.to_owned(),
            start,
            end,
        };
        Row::of("?attempt=1", &line)
    }

    #[test]
    fn a_line_is_shown_by_what_it_says() {
        for (text, level, expected) in [
            ("plain", None, "plain"),
            ("::error::no rows", Some("error"), "no rows"),
            (
                "::warning file=a.sql,line=7::three",
                Some("warning"),
                "file=a.sql,line=7: three",
            ),
            ("::errors::x", None, "::errors::x"),
            ("10 %\r50 %\r100 %", None, "100 %"),
            ("100 %\r", None, "100 %"),
        ] {
            let row = row(text, 0, 0);
            assert_eq!(
                (row.level, row.text.concat().as_str()),
                (level, expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_was_found_stands_in_the_middle() {
        let row = row("看板 阿b c", 3, 5);
        assert_eq!(row.text, ["看板 ", "阿b", " c"]);
        assert_eq!((row.id.as_str(), row.number.as_str()), ("L1204", "1,204"));
        assert_eq!(row.href, "?attempt=1&line=1204#L1204");
    }
}
