//! Reads posts from CSV files, in the order in which they stand there.
//!
//! A source is one file, whatever the table is called, or a directory with a `<table>.csv` for each
//! table. An empty field is NULL where a NULL would matter; an empty text is a text.

mod table;
#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use ::csv::StringRecord;

use self::table::CsvTable;
use super::{
    ColumnNames, Moment, Plan, Portion, Position, ReadSpec, Reader, Row, SliceEnd, SliceLimits,
    Source, SourceError, TIMES_CHECKED, TextColumn,
    portion::{Reached, Share},
    slice::{Completeness, Slice},
};

/// A CSV file, or a directory of them.
pub(super) struct CsvSource {
    path: PathBuf,
}

impl CsvSource {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    fn file_of(&self, table: &str) -> Result<PathBuf, SourceError> {
        if !self.path.is_dir() {
            let missing = || SourceError::SourceMissing {
                path: self.path.clone(),
            };
            return self
                .path
                .is_file()
                .then(|| self.path.clone())
                .ok_or_else(missing);
        }
        let file = self.path.join(format!("{table}.csv"));
        if is_plain_name(table) && file.is_file() {
            return Ok(file);
        }
        Err(SourceError::TableMissing {
            table: table.to_owned(),
            present: self.tables()?,
        })
    }

    fn open_table(&self, table: &str) -> Result<CsvTable, SourceError> {
        CsvTable::open(table, self.file_of(table)?)
    }
}

impl Source for CsvSource {
    fn tables(&self) -> Result<Vec<String>, SourceError> {
        let trouble = |cause| SourceError::File {
            table: "*".to_owned(),
            path: self.path.clone(),
            cause,
        };
        if !self.path.exists() {
            return Err(SourceError::SourceMissing {
                path: self.path.clone(),
            });
        }
        if self.path.is_file() {
            return Ok(table_name(&self.path).into_iter().collect());
        }
        let mut tables = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(trouble)? {
            let path = entry.map_err(trouble)?.path();
            if path.is_file() && path.extension().is_some_and(|extension| extension == "csv") {
                tables.extend(table_name(&path));
            }
        }
        tables.sort();
        Ok(tables)
    }

    fn check(
        &self,
        table: &str,
        columns: &ColumnNames,
        text: TextColumn,
    ) -> Result<(), SourceError> {
        let mut file = self.open_table(table)?;
        columns.demand(table, text, &file.header)?;
        let post_time = file.field(&columns.post_time);
        let mut record = StringRecord::new();
        let mut is_strange = false;
        for _ in 0..TIMES_CHECKED {
            if !file.read(&mut record)? {
                break;
            }
            let time = non_empty(&record[post_time]);
            if time.and_then(Moment::parse).is_some() {
                return Ok(());
            }
            is_strange |= time.is_some();
        }
        if !is_strange {
            return Ok(());
        }
        Err(SourceError::TimesUnusable {
            table: table.to_owned(),
            column: columns.post_time.clone(),
            found: "text of another form".to_owned(),
        })
    }

    fn plan(&self, spec: &ReadSpec, _portions_wanted: u32) -> Result<Plan, SourceError> {
        let mut file = self.open_table(&spec.table)?;
        spec.demand_columns(&file.header)?;
        let has_rows = file.read(&mut StringRecord::new())?;
        Ok(Plan {
            portions: has_rows
                .then_some(Portion(Share::File))
                .into_iter()
                .collect(),
            time_ordered: false,
            rows_estimate: None,
            warnings: Vec::new(),
        })
    }

    fn open(
        &self,
        spec: &ReadSpec,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Box<dyn Reader>, SourceError> {
        let mut file = self.open_table(&spec.table)?;
        spec.demand_columns(&file.header)?;
        let completeness = match (&portion.0, from.map(|position| &position.reached)) {
            (Share::File, None) => Completeness::of_ordered_rows(),
            (Share::File, Some(Reached::Byte { next, completeness })) => {
                file.seek(*next)?;
                completeness.clone()
            }
            _ => {
                return Err(SourceError::ForeignPosition {
                    table: spec.table.clone(),
                });
            }
        };
        let columns = &spec.columns;
        let fields = Fields {
            id: file.field(&columns.id),
            s_id: file.field(&columns.s_id),
            author: file.field(&columns.author),
            text: file.field(columns.text(spec.text)),
            post_time: file.field(&columns.post_time),
        };
        Ok(Box::new(CsvReader {
            spec: spec.clone(),
            file,
            fields,
            completeness,
        }))
    }
}

/// Where the columns that are read stand in a record.
struct Fields {
    id: usize,
    s_id: usize,
    author: usize,
    text: usize,
    post_time: usize,
}

struct CsvReader {
    spec: ReadSpec,
    file: CsvTable,
    fields: Fields,
    completeness: Completeness,
}

impl Reader for CsvReader {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, SourceError> {
        self.file.demand_bytes(self.file.next_byte())?;
        let mut slice = Slice::new(limits, &self.spec, &mut self.completeness, visit);
        let mut record = StringRecord::new();
        let mut finished = false;
        while !finished && !slice.is_full() {
            finished = !self.file.read(&mut record)?;
            if !finished
                && slice
                    .admit(non_empty(&record[self.fields.post_time]))
                    .is_some()
                && let Some(row) = self.fields.row(&record, self.spec.text)
            {
                slice.keep(row);
            }
        }
        let next = self.file.next_byte();
        Ok(slice.end(finished, |completeness| Reached::Byte {
            next,
            completeness,
        }))
    }
}

impl Fields {
    fn row<'a>(&self, record: &'a StringRecord, text: TextColumn) -> Option<Row<'a>> {
        let author = non_empty(&record[self.author])?;
        Some(Row {
            id: non_empty(&record[self.id])?,
            s_id: non_empty(&record[self.s_id])?,
            author,
            text: if text == TextColumn::Author {
                author
            } else {
                &record[self.text]
            },
            post_time: &record[self.post_time],
        })
    }
}

fn non_empty(field: &str) -> Option<&str> {
    (!field.is_empty()).then_some(field)
}

/// Whether a table name stays inside the directory when it is made a file name.
fn is_plain_name(table: &str) -> bool {
    let mut components = Path::new(table).components();
    matches!(components.next(), Some(Component::Normal(name)) if name == table)
        && components.next().is_none()
}

fn table_name(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_str()?.to_owned())
}
