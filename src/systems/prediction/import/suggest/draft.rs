//! The text of a draft.

use std::fmt::Write;

use super::yaml::scalar;

/// A mapping that is being drafted.
pub(super) struct Draft {
    head: String,
    tables: Vec<DraftTable>,
}

/// A table of a draft: its keys and their values, as they are written.
#[derive(Default)]
pub(super) struct DraftTable {
    pub into: String,
    pub keys: Vec<(&'static str, String)>,
    /// Names, and what stands in their braces.
    pub columns: Vec<(String, String)>,
    /// The lines of `unpivot`.
    pub unpivot: Vec<String>,
    pub meta: Vec<(String, String)>,
}

impl Draft {
    pub fn new(import: &str, sheet: Option<&str>, encoding: Option<&str>) -> Self {
        let mut head = format!("import: {}\n", scalar(import));
        for (key, value) in [("sheet", sheet), ("encoding", encoding)] {
            if let Some(value) = value {
                head.push_str(&format!("{key}: {}\n", scalar(value)));
            }
        }
        Self {
            head,
            tables: Vec::new(),
        }
    }

    pub fn add(&mut self, table: DraftTable) {
        self.tables.push(table);
    }

    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Without any table the beginning of one, for a person to go on with.
    pub fn text(&self) -> String {
        let mut text = self.head.clone();
        text.push_str("tables:\n");
        if self.tables.is_empty() {
            text.push_str(
                "  # No table was found. Say where it starts, or where the values of a form \
                    are.\n",
            );
            text.push_str("  - into: rows\n    meta:\n      first: {cell: A1}\n");
        }
        for table in &self.tables {
            table.write(&mut text);
        }
        text
    }
}

impl DraftTable {
    fn write(&self, text: &mut String) {
        let mut line = |line: String| {
            // Writing to a text cannot fail.
            writeln!(text, "{line}").ok();
        };
        line(format!("  - into: {}", scalar(&self.into)));
        for (key, value) in &self.keys {
            line(format!("    {key}: {value}"));
        }
        for (section, entries) in [("columns", &self.columns), ("meta", &self.meta)] {
            if section == "meta" && !self.unpivot.is_empty() {
                line("    unpivot:".to_owned());
                for one in &self.unpivot {
                    line(format!("      {one}"));
                }
            }
            if !entries.is_empty() {
                line(format!("    {section}:"));
            }
            for (name, value) in entries {
                line(format!("      {}: {{{value}}}", scalar(name)));
            }
        }
    }
}
