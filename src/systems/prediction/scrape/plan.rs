//! A scrape with the mapping that it needs: which tables its rows go into, and what their columns are.

use crate::systems::prediction::import::{Code, Kind, Mapping, Problem};
use crate::systems::prediction::scrape::definition::{EVERY_ROW, Extract, Scrape, Target};

/// What a run needs to know besides its day.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub scrape: Scrape,
    pub mapping: Option<Mapping>,
    /// One, but for mappings with several.
    pub tables: Vec<PlannedTable>,
    /// Of each field of HTML or JSON: whether its rows need it.
    needed: Vec<bool>,
}

/// A table that rows go into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlannedTable {
    pub into: String,
    /// Those of the fields, then `day`, `fetched_at` and `_url`.
    pub columns: Vec<PlannedColumn>,
    /// Indices of columns.
    pub key: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlannedColumn {
    pub name: String,
    pub kind: Kind,
}

impl Plan {
    /// Joins a scrape and its mapping, or says all that does not fit.
    pub fn new(scrape: Scrape, mapping: Option<Mapping>) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let fields: Vec<(PlannedColumn, bool)> = match &scrape.extract {
            Extract::Html { fields, .. } => {
                let fields = fields.iter();
                let fields = fields.map(|field| (&field.name, &field.conversion));
                fields
                    .map(|(name, conversion)| column(name, conversion.kind, conversion.required))
                    .collect()
            }
            Extract::Json { fields, .. } => {
                let fields = fields.iter();
                let fields = fields.map(|field| (&field.name, &field.conversion));
                fields
                    .map(|(name, conversion)| column(name, conversion.kind, conversion.required))
                    .collect()
            }
            Extract::Import(_) => Vec::new(),
        };
        let tables = match (&scrape.extract, &mapping) {
            (Extract::Import(_), Some(mapping)) => {
                of_mapping(mapping, scrape.into.as_ref(), &mut faults)
            }
            (Extract::Import(name), None) => {
                faults.push(format!("the mapping {name} is not there"));
                Vec::new()
            }
            _ => {
                let columns = fields.iter().map(|(column, _)| column.clone()).collect();
                let target = scrape.into.as_ref();
                target
                    .map(|target| planned(target, columns, &mut faults))
                    .into_iter()
                    .collect()
            }
        };
        for (name, _) in &scrape.expect.filled {
            let is_known = tables.iter().any(|table| table.index(name).is_some());
            if !is_known && faults.is_empty() {
                faults.push(format!("expect.filled: no table has the column `{name}`"));
            }
        }
        let key = tables.first().map_or(&[][..], |table| table.key.as_slice());
        let needed = fields.iter().enumerate();
        let needed = needed.map(|(index, (_, is_required))| *is_required || key.contains(&index));
        let needed = needed.collect();
        match faults.is_empty() {
            true => Ok(Self {
                scrape,
                mapping,
                tables,
                needed,
            }),
            false => Err(faults),
        }
    }

    /// Whether a row needs this field of HTML or JSON.
    pub fn is_needed(&self, field: usize) -> bool {
        self.needed.get(field).copied().unwrap_or(false)
    }

    /// The fields of HTML or JSON.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let columns = self
            .tables
            .first()
            .map_or(&[][..], |table| table.columns.as_slice());
        let columns = columns.iter().take(self.needed.len());
        columns.map(|column| column.name.as_str())
    }

    /// What is reported of a field that no row has.
    pub fn missing_field(&self, name: &str, place: &str) -> Problem {
        let path = match &self.scrape.extract {
            Extract::Html { fields, .. } => {
                let field = fields.iter().find(|field| field.name == name);
                field.map(|field| field.path.as_str().to_owned())
            }
            Extract::Json { fields, .. } => {
                let field = fields.iter().find(|field| field.name == name);
                field.map(|field| field.path.to_string())
            }
            Extract::Import(_) => None,
        };
        let path = path.unwrap_or_default();
        Problem {
            cell: place.to_owned(),
            table: self
                .tables
                .first()
                .map_or_else(String::new, |table| table.into.clone()),
            column: Some(name.to_owned()),
            code: Code::MissingColumn,
            text: String::new(),
            message: format!("no row has the field {name}: nothing is found at `{path}`"),
        }
    }
}

impl PlannedTable {
    pub fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

fn column(name: &str, kind: Kind, is_required: bool) -> (PlannedColumn, bool) {
    let column = PlannedColumn {
        name: name.to_owned(),
        kind,
    };
    (column, is_required)
}

/// The tables of a mapping, or the only one of them under another name.
fn of_mapping(
    mapping: &Mapping,
    into: Option<&Target>,
    faults: &mut Vec<String>,
) -> Vec<PlannedTable> {
    if let (Some(target), count @ 2..) = (into, mapping.tables.len()) {
        let (table, name) = (&target.table, &mapping.name);
        faults.push(format!(
            "into: {table} is one table, but the mapping {name} makes {count}; leave `into` out"
        ));
        return Vec::new();
    }
    let mut tables = Vec::new();
    for table in &mapping.tables {
        let outputs = table.outputs();
        let columns = outputs
            .iter()
            .map(|output| column(output.name, output.kind, false).0);
        let key = table
            .key
            .iter()
            .map(|index| outputs[*index].name.to_owned());
        let own = Target {
            table: table.into.clone(),
            key: key.collect(),
        };
        let target = into.unwrap_or(&own);
        if target.key.is_empty() {
            let (table, name) = (&target.table, &mapping.name);
            faults.push(format!(
                "the table {table} of the mapping {name} has no `key`, by which scraped rows are known"
            ));
        }
        tables.push(planned(target, columns.collect(), faults));
    }
    tables
}

fn planned(
    target: &Target,
    mut columns: Vec<PlannedColumn>,
    faults: &mut Vec<String>,
) -> PlannedTable {
    for column in &columns {
        if EVERY_ROW.contains(&column.name.to_lowercase().as_str()) {
            let name = &column.name;
            faults.push(format!(
                "the name `{name}` is taken: every scraped row has it"
            ));
        }
    }
    let kinds = [Kind::Date, Kind::Datetime, Kind::Text];
    let every = EVERY_ROW.iter().zip(kinds);
    columns.extend(every.map(|(name, kind)| column(name, kind, false).0));
    let mut table = PlannedTable {
        into: target.table.clone(),
        columns,
        key: Vec::new(),
    };
    for name in &target.key {
        match table.index(name) {
            Some(index) => table.key.push(index),
            None => {
                let known = table.columns.iter().map(|column| column.name.as_str());
                let known: Vec<&str> = known.collect();
                let known = known.join(", ");
                faults.push(format!("into.key: unknown column `{name}`; known: {known}"));
            }
        }
    }
    table
}
