//! The health of a job as a workbook: what to look at first stands on top, and what to do beside it.
//!
//! Rows go to temporary files as they are written: the memory is that of the health alone.

use std::collections::{HashMap, HashSet};

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::JobHealth;
use super::advice::{advice, ordered_rules};
use crate::systems::labelling::rules::finding::Finding;
use crate::systems::labelling::rules::health::{Figure, GivenRows, RuleHealth};

/// Longest text of a cell, in the units of UTF-16 that spreadsheets count in.
const CELL_UNITS: usize = 32_767;

type Result<T> = std::result::Result<T, XlsxError>;

/// A sheet that is written from above to below.
struct Sheet<'b> {
    sheet: &'b mut Worksheet,
    row: u32,
}

/// What stands in a cell.
enum Cell<'c> {
    Empty,
    Text(&'c str),
    Count(u64),
    Share(Figure),
    Truth(bool),
}

/// Blocks, and needs a directory for temporary files.
pub fn workbook(health: &JobHealth, findings: &[Finding]) -> Result<Workbook> {
    let mut book = Workbook::new();
    summary(&mut book, health)?;
    labels(&mut book, health)?;
    pairs(&mut book, health)?;
    groups(&mut book, health)?;
    rules(&mut book, health)?;
    drift(&mut book, health)?;
    list_findings(&mut book, findings)?;
    Ok(book)
}

fn begin<'b>(book: &'b mut Workbook, name: &str, columns: &[&str]) -> Result<Sheet<'b>> {
    let sheet = book.add_worksheet_with_constant_memory();
    sheet.set_name(name)?;
    let head = Format::new().set_bold();
    for (column, title) in (0..).zip(columns) {
        sheet.set_column_width(column, 18)?;
        sheet.write_string_with_format(0, column, *title, &head)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(Sheet { sheet, row: 1 })
}

impl Sheet<'_> {
    fn push(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => self.sheet.write_string(self.row, column, fitting(text))?,
                Cell::Count(count) => self.sheet.write_number(self.row, column, *count as f64)?,
                Cell::Share(share) => self.sheet.write_number(self.row, column, share.rounded())?,
                Cell::Truth(truth) => self.sheet.write_boolean(self.row, column, *truth)?,
            };
        }
        self.row += 1;
        Ok(())
    }
}

fn summary(book: &mut Workbook, health: &JobHealth) -> Result<()> {
    let report = &health.report;
    let mut sheet = begin(book, "summary", &["figure", "value", "what to do"])?;
    let count = |count: Option<u64>| count.map_or(Cell::Empty, Cell::Count);
    let share = |share: Option<Figure>| share.map_or(Cell::Empty, Cell::Share);
    let dominant = report.dominant.as_ref().map(|rules| rules.len() as u64);
    let against = report.against.as_ref();
    let job = against.map_or(Cell::Empty, |against| Cell::Text(&against.job));
    let version = against.and_then(|against| against.version);
    let version = version.map(|version| u64::from(version.unsigned_abs()));
    let figures = [
        ("dead", count(report.dead)),
        ("dominant", count(dominant)),
        ("received", Cell::Count(report.received)),
        ("dropped", Cell::Count(report.dropped)),
        ("covered", Cell::Count(report.covered)),
        ("coverage", Cell::Share(report.coverage)),
        ("overlap", share(report.overlap)),
        ("conflict", share(report.conflict)),
        ("members", count(report.members())),
        ("members before", count(report.members_before)),
        ("entered", count(report.entered)),
        ("left", count(report.left)),
        ("drift", share(report.drift)),
        ("against job", job),
        ("against version", count(version)),
    ];
    for (name, value) in figures {
        let what_to_do = match (name, &value) {
            (_, Cell::Empty) => "not known of this job",
            ("dead", Cell::Count(1..)) | ("dominant", Cell::Count(1..)) => "see sheet rules",
            ("drift", Cell::Share(share)) if share.0 >= 0.25 => "see sheet drift",
            ("conflict", Cell::Share(share)) if share.0 > 0.0 => "see sheet pairs",
            _ => "",
        };
        sheet.push(&[Cell::Text(name), value, Cell::Text(what_to_do)])?;
    }
    Ok(())
}

fn labels(book: &mut Workbook, health: &JobHealth) -> Result<()> {
    let columns = ["label", "matched", "given", "excepted", "members"];
    let mut sheet = begin(book, "labels", &columns)?;
    for (name, label) in &health.report.labels.0 {
        sheet.push(&[
            Cell::Text(name),
            label.matched.map_or(Cell::Empty, Cell::Count),
            Cell::Count(label.given),
            Cell::Count(label.excepted),
            label.members.map_or(Cell::Empty, Cell::Count),
        ])?;
    }
    Ok(())
}

/// Those with the most rows first.
fn pairs(book: &mut Workbook, health: &JobHealth) -> Result<()> {
    let mut sheet = begin(book, "pairs", &["label", "other label", "rows"])?;
    let known = health.report.pairs.is_some();
    let mut pairs = health.counts.pairs.in_order().unwrap_or_default();
    pairs.sort_by_key(|(pair, rows)| (std::cmp::Reverse(*rows), *pair));
    for ((one, other), rows) in pairs.into_iter().filter(|_| known) {
        let name = |label: u16| Cell::Text(&health.set.labels[usize::from(label)]);
        sheet.push(&[name(one), name(other), Cell::Count(rows)])?;
    }
    Ok(())
}

fn groups(book: &mut Workbook, health: &JobHealth) -> Result<()> {
    let columns = ["group", "received", "covered", "coverage", "drift"];
    let mut sheet = begin(book, "groups", &columns)?;
    for (name, group) in &health.report.groups.0 {
        sheet.push(&[
            Cell::Text(name),
            Cell::Count(group.received),
            Cell::Count(group.covered),
            Cell::Share(Figure::share(group.covered, group.received)),
            group.drift.map_or(Cell::Empty, Cell::Share),
        ])?;
    }
    Ok(())
}

/// Dead ones first, then dominant ones, then those with the fewest hits.
fn rules(book: &mut Workbook, health: &JobHealth) -> Result<()> {
    let columns = [
        "rule",
        "label",
        "text",
        "hits",
        "first",
        "unique",
        "dead",
        "dominant",
        "what to do",
    ];
    let mut sheet = begin(book, "rules", &columns)?;
    for (label, rule) in ordered_rules(health) {
        let rule = RuleHealth::of(&health.counts, &health.set, label, rule);
        sheet.push(&[
            Cell::Text(&rule.rule),
            Cell::Text(&rule.label),
            Cell::Text(&rule.text),
            rule.hits.map_or(Cell::Empty, Cell::Count),
            Cell::Count(rule.first),
            rule.unique.map_or(Cell::Empty, Cell::Count),
            rule.dead.map_or(Cell::Empty, Cell::Truth),
            Cell::Truth(rule.dominant),
            Cell::Text(advice(&rule)),
        ])?;
    }
    Ok(())
}

/// The shares of rows by given label, now and before.
fn drift(book: &mut Workbook, health: &JobHealth) -> Result<()> {
    let columns = ["label", "rows", "share", "rows before", "share before"];
    let mut sheet = begin(book, "drift", &columns)?;
    let now = health.counts.given_rows(&health.set.labels);
    let nothing = GivenRows::default();
    let earlier = health.facts.earlier.as_ref();
    let before = earlier.map_or(&nothing, |earlier| &earlier.given);
    let has_before = before.total() > 0;
    let (total, total_before) = (now.total(), before.total());
    let rows_before: HashMap<&str, u64> = before
        .labels
        .iter()
        .map(|(label, rows)| (label.as_str(), *rows))
        .collect();
    let mut line = |name: &str, rows: u64, earlier: u64| {
        let before = |cell| match has_before {
            true => cell,
            false => Cell::Empty,
        };
        sheet.push(&[
            Cell::Text(name),
            Cell::Count(rows),
            Cell::Share(Figure::share(rows, total)),
            before(Cell::Count(earlier)),
            before(Cell::Share(Figure::share(earlier, total_before))),
        ])
    };
    for (label, rows) in &now.labels {
        line(
            label,
            *rows,
            rows_before.get(label.as_str()).copied().unwrap_or(0),
        )?;
    }
    let labels_now: HashSet<&String> = health.set.labels.iter().collect();
    for (label, rows) in &before.labels {
        if !labels_now.contains(label) {
            line(label, 0, *rows)?;
        }
    }
    line("(none)", now.none, before.none)
}

fn list_findings(book: &mut Workbook, findings: &[Finding]) -> Result<()> {
    let columns = ["code", "label", "rule", "place", "message", "what to do"];
    let mut sheet = begin(book, "findings", &columns)?;
    for finding in findings {
        let place = finding.place.to_string();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (label, rule) = (text(&finding.label), text(&finding.rule));
        sheet.push(&[
            Cell::Text(finding.code.as_str()),
            Cell::Text(&label),
            Cell::Text(&rule),
            Cell::Text(&place),
            Cell::Text(&finding.message),
            Cell::Text(&finding.advice),
        ])?;
    }
    Ok(())
}

fn fitting(text: &str) -> &str {
    if text.len() <= CELL_UNITS {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > CELL_UNITS
    });
    end.map_or(text, |(end, _)| &text[..end])
}
