//! Reads CSV files, in the order in which they stand there.
//!
//! A source is one file, whatever the table is called, or a directory with a `<table>.csv` for each
//! table. An empty field is NULL where a NULL would matter; an empty text is a text.

mod table;
mod whole;

use std::borrow::Cow;
use std::fs;
use std::iter;
use std::path::{Component, Path, PathBuf};

use ::csv::StringRecord;

use self::table::{CsvTable, Found};
use super::completeness::Completeness;
use super::error::ReadError;
use super::first_times::{FirstTime, TIMES_CHECKED, strange};
use super::left_out::LeftOut;
use super::moment::{Moment, MomentText};
use super::portion::{Portion, Position, Reached, Share};
use super::row::{Nulls, Row, RowCells};
use super::slice::{Admitted, OpenSlice, SliceEnd, SliceLimits};
use super::source::{ReadPlan, Reader, Source, TableQuery};
use super::unreadable::Unreadable;
use super::whole::{Mark, RowCount, TableColumn, WholeReader, WholeTable};

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

    fn file_of(&self, table: &str) -> Result<PathBuf, ReadError> {
        if !self.path.is_dir() {
            let missing = || ReadError::SourceMissing {
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
        Err(ReadError::TableMissing {
            table: table.to_owned(),
            present: self.tables()?,
        })
    }

    fn open_table(&self, table: &str) -> Result<CsvTable, ReadError> {
        CsvTable::open(table, self.file_of(table)?)
    }
}

impl Source for CsvSource {
    fn tables(&self) -> Result<Vec<String>, ReadError> {
        let trouble = |cause| ReadError::File {
            table: "*".to_owned(),
            path: self.path.clone(),
            cause,
        };
        if !self.path.exists() {
            return Err(ReadError::SourceMissing {
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

    fn check(&self, query: &TableQuery) -> Result<(), ReadError> {
        let mut file = self.open_table(&query.table)?;
        query.demand_columns(&file.header)?;
        let time_field = file.field(&query.time);
        let mut record = StringRecord::new();
        let times = iter::from_fn(|| {
            Some(match file.read(&mut record) {
                Ok(Found::End) => return None,
                Ok(Found::OtherFields) => Ok(FirstTime::Blank),
                Ok(Found::Record | Found::NotUtf8) => {
                    let time = &record[time_field];
                    Ok(FirstTime::of_text(time, Moment::parse(time).is_some()))
                }
                Err(error) => Err(error),
            })
        });
        match strange(times.take(TIMES_CHECKED as usize))? {
            None => Ok(()),
            Some(found) => Err(query.times_unusable(found)),
        }
    }

    fn plan(&self, query: &TableQuery, _portions_wanted: u32) -> Result<ReadPlan, ReadError> {
        let mut file = self.open_table(&query.table)?;
        query.demand_columns(&file.header)?;
        let has_rows = file.read(&mut StringRecord::new())? != Found::End;
        Ok(ReadPlan {
            portions: has_rows
                .then_some(Portion(Share::File))
                .into_iter()
                .collect(),
            time_ordered: false,
            rows_estimate: None,
            warnings: Vec::new(),
        })
    }

    /// All rows are in the portion.
    fn unreadable(&self, _: &TableQuery) -> Result<Unreadable, ReadError> {
        Ok(Unreadable::default())
    }

    /// All rows are in the portion.
    fn without_id(&self, _: &TableQuery) -> Result<LeftOut, ReadError> {
        Ok(LeftOut::default())
    }

    fn count(&self, query: &TableQuery) -> Result<u64, ReadError> {
        let mut file = self.open_table(&query.table)?;
        let mut record = StringRecord::new();
        let mut rows = 0;
        while file.read(&mut record)? != Found::End {
            rows += 1;
        }
        Ok(rows)
    }

    fn open(
        &self,
        query: &TableQuery,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Box<dyn Reader>, ReadError> {
        let mut file = self.open_table(&query.table)?;
        query.demand_columns(&file.header)?;
        let completeness = match (&portion.0, from.map(|position| &position.reached)) {
            (Share::File, None) => Completeness::of_ordered_rows(),
            (Share::File, Some(Reached::Byte { next, completeness })) => {
                file.seek(*next)?;
                completeness.clone()
            }
            _ => {
                return Err(ReadError::ForeignPosition {
                    table: query.table.clone(),
                });
            }
        };
        let wanted = query.columns.iter().map(|column| Field {
            place: file.field(&column.name),
            may_be_empty: column.may_be_empty,
        });
        Ok(Box::new(CsvReader {
            key_field: file.field(query.key()),
            time_field: file.field(&query.time),
            fields: wanted.collect(),
            query: query.clone(),
            file,
            faults: Faults::default(),
            completeness,
        }))
    }

    fn columns(&self, table: &str) -> Result<Vec<TableColumn>, ReadError> {
        Ok(whole::columns(&self.open_table(table)?))
    }

    fn count_whole(&self, table: &WholeTable) -> Result<RowCount, ReadError> {
        let file = self.open_table(&table.name)?;
        table.found_in(&whole::columns(&file))?;
        whole::count(file, table)
    }

    fn open_whole(
        &self,
        table: &WholeTable,
        from: Option<&Mark>,
    ) -> Result<Box<dyn WholeReader>, ReadError> {
        let file = self.open_table(&table.name)?;
        Ok(Box::new(whole::CsvRows::open(file, table, from)?))
    }
}

struct CsvReader {
    query: TableQuery,
    file: CsvTable,
    key_field: usize,
    time_field: usize,
    fields: Vec<Field>,
    faults: Faults,
    completeness: Completeness,
}

/// What is wrong with records, with the line of the first ones: finding that out takes a look at
/// all that stands before.
#[derive(Default)]
struct Faults {
    described: u32,
}

impl Faults {
    fn describe(
        &mut self,
        found: Found,
        file: &mut CsvTable,
        record: &StringRecord,
    ) -> Result<String, ReadError> {
        const WITH_LINE: u32 = 10;
        let mut what = match found {
            Found::NotUtf8 => "it is not UTF-8".to_owned(),
            _ => format!(
                "it has {} fields, and the header {}",
                record.len(),
                file.header.len()
            ),
        };
        if self.described < WITH_LINE {
            self.described += 1;
            what += &format!(" (line {})", file.line_of(record)?);
        }
        Ok(what)
    }
}

/// Where a wanted column stands in a record.
struct Field {
    place: usize,
    may_be_empty: bool,
}

impl Reader for CsvReader {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError> {
        self.file.demand_bytes(self.file.next_byte())?;
        let mut slice = OpenSlice::new(limits, &self.query, &mut self.completeness, visit);
        let mut record = StringRecord::new();
        let mut finished = false;
        let mut room = MomentText::default();
        while !finished && !slice.is_full() {
            match self.file.read(&mut record)? {
                Found::Record => {}
                Found::End => {
                    finished = true;
                    break;
                }
                broken => {
                    let time_field = self.time_field;
                    match broken {
                        Found::NotUtf8 => match slice.admit(&record[time_field], &mut room) {
                            Admitted::In(_) => {}
                            Admitted::Out => continue,
                            Admitted::Unreadable => slice.skip(),
                        },
                        _ => slice.skip(),
                    }
                    let why = self.faults.describe(broken, &mut self.file, &record)?;
                    slice.count_malformed(|| {
                        let [id, time] = [self.key_field, time_field].map(|at| field(&record, at));
                        (id, time, why)
                    });
                    continue;
                }
            }
            match slice.admit(&record[self.time_field], &mut room) {
                Admitted::In(time) => {
                    if let Some(cells) = cells_of(&record, &self.fields) {
                        slice.keep(Row {
                            time,
                            cells: &cells,
                            nulls: Nulls::default(),
                        });
                    } else if lacks_id(&record, &self.fields) {
                        slice.count_without_id(time);
                    }
                }
                Admitted::Out => {}
                Admitted::Unreadable => slice.count_unreadable(|| {
                    let [id, time] = [self.key_field, self.time_field].map(|at| &record[at]);
                    (id.to_owned(), time.to_owned())
                }),
            }
        }
        let next = self.file.next_byte();
        Ok(slice.end(finished, |completeness| Reached::Byte {
            next,
            completeness,
        }))
    }
}

/// The wanted cells; `None` if one of them is empty that may not be.
fn cells_of<'a>(record: &'a StringRecord, fields: &[Field]) -> Option<RowCells<'a>> {
    let cell = |field: &Field| {
        let cell = &record[field.place];
        (field.may_be_empty || !cell.is_empty()).then_some(Cow::Borrowed(cell))
    };
    fields.iter().map(cell).collect()
}

/// Whether a record lacks its id and nothing else.
fn lacks_id(record: &StringRecord, fields: &[Field]) -> bool {
    let mut fields = fields.iter();
    let is_given = |field: &Field| field.may_be_empty || !record[field.place].is_empty();
    fields.next().is_some_and(|id| !is_given(id)) && fields.all(is_given)
}

/// A field that may be missing.
fn field(record: &StringRecord, place: usize) -> String {
    record.get(place).unwrap_or_default().to_owned()
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
