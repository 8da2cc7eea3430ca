//! What the types of a mapping do not say: names that have to exist, keys that exclude each other.

use std::collections::HashSet;

use super::fault::MappingFault;
use super::model::{Column, HeadingPath, Mapping, SheetChoice, SkipRows, Start, Table, Wildcard};
use super::names::Names;
use super::written::{Hidden, WrittenMapping, WrittenSheet, WrittenSkip, WrittenTable};
use crate::systems::prediction::import::values::NullWords;
use crate::systems::prediction::import::workbook::known_encoding;
use crate::systems::prediction::writing::is_reserved;
use crate::yaml::{Node, position};

/// Looks for faults and makes the model.
pub(crate) struct Check<'n> {
    root: &'n Node,
    faults: Vec<MappingFault>,
}

impl<'n> Check<'n> {
    pub fn new(root: &'n Node) -> Self {
        Self {
            root,
            faults: Vec::new(),
        }
    }

    pub(super) fn mapping(
        mut self,
        written: &WrittenMapping,
    ) -> Result<Mapping, Vec<MappingFault>> {
        self.name("import", &written.import);
        let (sheet, sheet_hidden) = self.sheet(written.sheet.as_ref());
        if let Some(name) = written
            .encoding
            .as_deref()
            .filter(|name| !known_encoding(name))
        {
            self.fault(
                "encoding",
                format!(
                    "unknown encoding `{name}`; expected utf-8, cp932, \
                euc-jp, utf-16, utf-16le or utf-16be"
                ),
            );
        }
        if written.tables.is_empty() {
            self.fault("tables", "expected at least one table");
        }
        let tables = written.tables.iter().enumerate();
        let tables = tables
            .map(|(index, table)| self.table(&format!("tables[{index}]"), table))
            .collect();
        let null_words = match &written.null_words {
            Some(words) => NullWords::new(words.iter().map(String::as_str)),
            None => NullWords::default(),
        };
        let mapping = Mapping {
            name: written.import.clone(),
            sheet,
            includes_hidden: written.hidden.or(sheet_hidden) == Some(Hidden::Include),
            encoding: written.encoding.clone(),
            null_words,
            output: written.output.clone(),
            tables,
        };
        match self.faults.is_empty() {
            true => Ok(mapping),
            false => Err(self.into_faults()),
        }
    }

    /// In the order of the file.
    pub fn into_faults(mut self) -> Vec<MappingFault> {
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        self.faults
    }

    pub fn fault(&mut self, path: &str, problem: impl Into<String>) {
        let position = position(self.root, path);
        self.faults.push(MappingFault::at(position, path, problem));
    }

    pub fn name(&mut self, path: &str, name: &str) {
        let is_good =
            !name.is_empty() && name.chars().count() <= 63 && !name.chars().any(char::is_control);
        if !is_good || name.trim() != name {
            self.fault(
                path,
                "expected a name of 1 to 63 characters without white space around it",
            );
        }
    }

    /// The name of a table that rows go to.
    pub fn table_name(&mut self, path: &str, name: &str) {
        self.name(path, name);
        if is_reserved(name) {
            self.fault(
                path,
                format!("`{name}` is a name of the program's own; expected another one"),
            );
        }
    }

    fn sheet(&mut self, written: Option<&WrittenSheet>) -> (SheetChoice, Option<Hidden>) {
        let chosen = match written {
            None => return (SheetChoice::First, None),
            Some(WrittenSheet::Named(name)) => return (SheetChoice::Named(name.clone()), None),
            Some(WrittenSheet::Chosen(chosen)) => chosen,
        };
        let choice = match (&chosen.regex, chosen.index) {
            (Some(_), Some(_)) => {
                self.fault("sheet", "has `regex` and `index`; expected one of them");
                SheetChoice::First
            }
            (Some(regex), None) => SheetChoice::Matching {
                regex: regex.clone(),
                each: chosen.each.unwrap_or(false),
            },
            (None, Some(0)) => {
                self.fault("sheet.index", "expected a number from 1");
                SheetChoice::First
            }
            (None, Some(index)) => SheetChoice::Numbered(index),
            (None, None) => SheetChoice::First,
        };
        if chosen.each.is_some() && chosen.regex.is_none() {
            self.fault("sheet.each", "is for a `regex`, which is missing");
        }
        (choice, chosen.hidden)
    }

    fn table(&mut self, path: &str, written: &WrittenTable) -> Table {
        self.table_name(&format!("{path}.into"), &written.into);
        let mut names = Names::default();
        let columns = self.columns(path, written, &mut names);
        let unpivot = written.unpivot.as_ref();
        let unpivot =
            unpivot.map(|unpivot| self.unpivot(&format!("{path}.unpivot"), unpivot, &mut names));
        let meta = written.meta.0.iter();
        let meta = meta
            .map(|(name, meta)| self.meta(&format!("{path}.meta.{name}"), name, meta, &mut names))
            .collect();
        self.rest(path, written);
        let table = Table {
            into: written.into.clone(),
            start: written.start.as_ref().map(|start| Start {
                text: Wildcard::new(&start.text),
                nth: start.nth,
            }),
            after: written.after.clone(),
            header_rows: written.header_rows.as_ref().map(|rows| rows.0),
            header_above: written.header_above.as_ref().map_or(0, |rows| rows.0),
            header_fill: written.header_fill.unwrap_or(false),
            transpose: written.transpose.unwrap_or(false),
            end: written.end.clone(),
            blank_rows: written.blank_rows.unwrap_or(0),
            skip_rows: self.skip_rows(path, written, &columns),
            skip_columns: written.skip_columns.clone(),
            fill_down: self.fill_down(path, written, &columns),
            columns,
            unpivot,
            key: Vec::new(),
            meta,
        };
        let key = self.key(path, written, &table);
        Table { key, ..table }
    }

    /// What belongs to tables with a header.
    fn rest(&mut self, path: &str, written: &WrittenTable) {
        let is_form = written.start.is_none();
        let given = [
            ("header_rows", written.header_rows.is_some()),
            ("header_above", written.header_above.is_some()),
            ("header_fill", written.header_fill.is_some()),
            ("transpose", written.transpose.is_some()),
            ("end", written.end.is_some()),
            ("blank_rows", written.blank_rows.is_some()),
            ("skip_rows", written.skip_rows.is_some()),
            ("skip_columns", written.skip_columns.is_some()),
            ("fill_down", !written.fill_down.is_empty()),
            ("columns", !written.columns.0.is_empty()),
            ("unpivot", written.unpivot.is_some()),
        ];
        for (key, _) in given.iter().filter(|(_, is_given)| is_form && *is_given) {
            self.fault(
                &format!("{path}.{key}"),
                "is for tables with a header; expected `start`, the first heading, beside it",
            );
        }
        if is_form && written.meta.0.is_empty() {
            self.fault(
                path,
                "has neither `start` (the first heading of a table) nor `meta` \
                (the values of a form)",
            );
        }
        if !is_form && written.columns.0.is_empty() && written.unpivot.is_none() {
            self.fault(path, "expected `columns` or `unpivot`");
        }
        if let Some(start) = &written.start {
            if start.nth == 0 {
                self.fault(&format!("{path}.start.nth"), "expected a number from 1");
            }
            if start.text.trim().is_empty() {
                self.fault(
                    &format!("{path}.start"),
                    "expected the text of the first heading",
                );
            }
        }
    }

    fn columns(&mut self, path: &str, written: &WrittenTable, names: &mut Names) -> Vec<Column> {
        let mut columns = Vec::new();
        for (name, column) in &written.columns.0 {
            let path = format!("{path}.columns.{name}");
            self.output(&path, name, names);
            if column.from.0.is_empty() || column.from.0.iter().any(|level| level.trim().is_empty())
            {
                self.fault(
                    &format!("{path}.from"),
                    "expected the text of a heading, or its levels joined by `/`",
                );
            }
            columns.push(Column {
                name: name.clone(),
                from: HeadingPath(
                    column
                        .from
                        .0
                        .iter()
                        .map(|level| Wildcard::new(level))
                        .collect(),
                ),
                conversion: self.conversion(&path, &column.converted()),
            });
        }
        columns
    }

    /// The name of a column of the rows, which stands for one thing only.
    pub(super) fn output(&mut self, path: &str, name: &str, names: &mut Names) {
        self.name(path, name);
        if let Some(problem) = names.add(name) {
            self.fault(path, problem);
        }
    }

    fn skip_rows(
        &mut self,
        path: &str,
        written: &WrittenTable,
        columns: &[Column],
    ) -> Option<SkipRows> {
        let entries = match written.skip_rows.as_ref()? {
            WrittenSkip::Any(pattern) => return Some(SkipRows::Any(pattern.clone())),
            WrittenSkip::Columns(entries) => entries,
        };
        let mut skips = Vec::new();
        for (name, pattern) in &entries.0 {
            if let Some(index) = self.column(&format!("{path}.skip_rows.{name}"), name, columns) {
                skips.push((index, pattern.clone()));
            }
        }
        Some(SkipRows::Columns(skips))
    }

    fn fill_down(&mut self, path: &str, written: &WrittenTable, columns: &[Column]) -> Vec<usize> {
        let names = written.fill_down.iter().enumerate();
        names
            .filter_map(|(at, name)| self.column(&format!("{path}.fill_down[{at}]"), name, columns))
            .collect()
    }

    fn column(&mut self, path: &str, name: &str, columns: &[Column]) -> Option<usize> {
        let index = columns.iter().position(|column| column.name == name);
        if index.is_none() {
            let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            self.fault(
                path,
                format!("unknown column `{name}`; known: {}", known.join(", ")),
            );
        }
        index
    }

    fn key(&mut self, path: &str, written: &WrittenTable, table: &Table) -> Vec<usize> {
        let outputs = table.outputs();
        let mut seen = HashSet::new();
        let mut key = Vec::new();
        let names = written.key.as_deref();
        if names.is_some_and(<[String]>::is_empty) {
            self.fault(
                &format!("{path}.key"),
                "expected at least one column; without `key` the rows belong to the file",
            );
        }
        for (at, name) in names.unwrap_or_default().iter().enumerate() {
            let path = format!("{path}.key[{at}]");
            match outputs.iter().position(|output| output.name == name) {
                Some(_) if !seen.insert(name) => {
                    self.fault(&path, format!("`{name}` is given twice"))
                }
                Some(index) => key.push(index),
                None => {
                    let known: Vec<&str> = outputs.iter().map(|output| output.name).collect();
                    self.fault(
                        &path,
                        format!("unknown column `{name}`; known: {}", known.join(", ")),
                    );
                }
            }
        }
        key
    }
}
