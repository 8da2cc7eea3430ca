//! What the types of a scrape do not say: keys that exclude each other, names that have to exist.

use std::collections::HashSet;

use serde_json_path::JsonPath;

use super::model::{EVERY_ROW, Expect, Extract, Field, Scrape, Target};
use super::path::CssPath;
use super::schedule;
use super::written::{WrittenExtract, WrittenScrape, WrittenTarget};
use crate::systems::prediction::import::{MappingCheck, MappingFault};
use crate::yaml::Node;

/// How long pages are kept.
const KEEP_DAYS: u32 = 30;
const KEEP_DAYS_MAX: u32 = 3_660;

/// Looks for faults and makes the model.
pub(super) struct ScrapeCheck<'n> {
    pub(super) faults: MappingCheck<'n>,
}

impl<'n> ScrapeCheck<'n> {
    pub fn new(root: &'n Node) -> Self {
        Self {
            faults: MappingCheck::new(root),
        }
    }

    pub fn scrape(mut self, written: &WrittenScrape) -> Result<Scrape, Vec<MappingFault>> {
        self.faults.name("scrape", &written.scrape);
        let schedule = written.schedule.as_ref().map(schedule::read);
        let schedule = schedule.and_then(|read| match read {
            Ok(schedule) => Some(schedule),
            Err(faults) => {
                for (key, problem) in faults {
                    self.fault(&format!("schedule.{key}"), problem);
                }
                None
            }
        });
        let request = self.request(&written.request);
        let extract = self.extract(&written.extract);
        let pages = self.pages(written.pages.as_ref(), request.as_ref(), &written.extract);
        let polite = self.polite(&written.polite);
        let retry = self.retry(&written.retry);
        let known = columns(&written.extract);
        let expect = Expect {
            min_rows: written.expect.min_rows.unwrap_or(0),
            filled: self.filled(written, known.as_deref()),
        };
        let into = self.target(written.into.as_ref(), &written.extract, known.as_deref());
        if let Some(name) = &written.output {
            self.faults.name("output", name);
        }
        let stale_after = self.hours("stale_after_h", written.stale_after_h);
        let keep_raw_days = written.keep_raw_days.unwrap_or(KEEP_DAYS);
        if keep_raw_days > KEEP_DAYS_MAX {
            self.fault(
                "keep_raw_days",
                format!("expected a number from 0 to {KEEP_DAYS_MAX}"),
            );
        }
        let faults = self.faults.into_faults();
        match (request, extract) {
            (Some(request), Some(extract)) if faults.is_empty() => Ok(Scrape {
                name: written.scrape.clone(),
                schedule,
                request,
                pages,
                polite,
                retry,
                extract,
                expect,
                into,
                output: written.output.clone(),
                stale_after,
                keep_raw_days,
            }),
            _ => Err(faults),
        }
    }

    pub(super) fn fault(&mut self, path: &str, problem: impl Into<String>) {
        self.faults.fault(path, problem);
    }

    fn extract(&mut self, written: &WrittenExtract) -> Option<Extract> {
        match (&written.html, &written.json, &written.import) {
            (Some(html), None, None) => {
                let rows = self.read("extract.html.rows", &html.rows, css_of_rows);
                self.some_fields("extract.html.fields", html.fields.0.is_empty());
                let mut fields = Vec::new();
                for (name, field) in &html.fields.0 {
                    let at = format!("extract.html.fields.{name}");
                    let path = self.read(&format!("{at}.css"), &field.css, CssPath::parse);
                    let conversion = self.faults.conversion(&at, &field.converted());
                    fields.extend(path.map(|path| Field {
                        name: name.clone(),
                        path,
                        conversion,
                    }));
                }
                self.names(
                    "extract.html.fields",
                    html.fields.0.iter().map(|field| &field.0),
                );
                rows.map(|rows| Extract::Html { rows, fields })
            }
            (None, Some(json), None) => {
                let rows = self.read("extract.json.rows", &json.rows, json_path);
                self.some_fields("extract.json.fields", json.fields.0.is_empty());
                let mut fields = Vec::new();
                for (name, field) in &json.fields.0 {
                    let at = format!("extract.json.fields.{name}");
                    let path = self.read(&format!("{at}.path"), &field.path, json_path);
                    let conversion = self.faults.conversion(&at, &field.converted());
                    fields.extend(path.map(|path| Field {
                        name: name.clone(),
                        path,
                        conversion,
                    }));
                }
                self.names(
                    "extract.json.fields",
                    json.fields.0.iter().map(|field| &field.0),
                );
                rows.map(|rows| Extract::Json { rows, fields })
            }
            (None, None, Some(mapping)) => {
                self.faults.name("extract.import", mapping);
                Some(Extract::Import(mapping.clone()))
            }
            _ => {
                self.fault(
                    "extract",
                    "expected exactly one of `html`, `json` and `import`",
                );
                None
            }
        }
    }

    /// Reads a text by a function that says what is wrong with it.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        text: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let read = read(text);
        read.map_err(|problem| self.fault(key, problem)).ok()
    }

    fn some_fields(&mut self, key: &str, are_none: bool) {
        if are_none {
            self.fault(key, "expected at least one field");
        }
    }

    /// Databases do not tell cases apart.
    fn names<'w>(&mut self, key: &str, names: impl Iterator<Item = &'w String>) {
        let mut seen = HashSet::new();
        for name in names {
            let path = format!("{key}.{name}");
            self.faults.name(&path, name);
            let folded = name.to_lowercase();
            if EVERY_ROW.contains(&folded.as_str())
                || ["_cell", "_import_id"].contains(&folded.as_str())
            {
                self.fault(
                    &path,
                    format!("the name `{name}` is taken: every row has it"),
                );
            }
            if !seen.insert(folded) {
                self.fault(&path, format!("the name `{name}` is given to two fields"));
            }
        }
    }

    fn filled(&mut self, written: &WrittenScrape, known: Option<&[&str]>) -> Vec<(String, f64)> {
        for (name, share) in &written.expect.filled.0 {
            let path = format!("expect.filled.{name}");
            if !(0.0..=1.0).contains(share) {
                self.fault(
                    &path,
                    "expected a share of the rows from 0 to 1, such as 0.9",
                );
            }
            self.known(&path, name, known);
        }
        written.expect.filled.0.clone()
    }

    /// What a mapping has for columns is not known here.
    fn known(&mut self, path: &str, name: &str, known: Option<&[&str]>) {
        let Some(known) = known.filter(|known| !known.contains(&name)) else {
            return;
        };
        let known = known.join(", ");
        self.fault(path, format!("unknown field `{name}`; known: {known}"));
    }

    fn target(
        &mut self,
        written: Option<&WrittenTarget>,
        extract: &WrittenExtract,
        known: Option<&[&str]>,
    ) -> Option<Target> {
        let Some(written) = written else {
            if extract.import.is_none() {
                self.fault("into", "missing; expected `into: {table: …, key: […]}`");
            }
            return None;
        };
        self.faults.table_name("into.table", &written.table);
        if written.key.is_empty() {
            self.fault("into.key", "expected the columns by which a row is known");
        }
        let mut seen = HashSet::new();
        for (index, name) in written.key.iter().enumerate() {
            let path = format!("into.key[{index}]");
            self.known(&path, name, known);
            if !seen.insert(name) {
                self.fault(&path, format!("`{name}` is given twice"));
            }
        }
        Some(Target {
            table: written.table.clone(),
            key: written.key.clone(),
        })
    }
}

/// The columns of the rows; `None` if a mapping says them.
fn columns(extract: &WrittenExtract) -> Option<Vec<&str>> {
    let mut columns: Vec<&str> = match (&extract.html, &extract.json) {
        (Some(html), _) => html.fields.0.iter().map(|field| field.0.as_str()).collect(),
        (_, Some(json)) => json.fields.0.iter().map(|field| field.0.as_str()).collect(),
        (None, None) => return None,
    };
    columns.extend(EVERY_ROW);
    Some(columns)
}

/// Elements that are rows.
fn css_of_rows(text: &str) -> Result<CssPath, String> {
    let path = CssPath::parse(text)?;
    match path.attribute() {
        None => Ok(path),
        Some(_) => Err("expected a selector of elements, without an attribute".to_owned()),
    }
}

pub(super) fn json_path(text: &str) -> Result<JsonPath, String> {
    JsonPath::parse(text).map_err(|error| {
        let at = error.position();
        format!("invalid JSONPath `{text}` at its character {at}; expected one such as $.items[*]")
    })
}
