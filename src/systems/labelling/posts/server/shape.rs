//! Finds out what a table is: its columns, how its times are kept, and whether an index leads
//! with them.

use super::{
    engine::{Cells, Engine},
    link::Link,
};
use crate::systems::labelling::posts::{ReadSpec, SourceError};

/// How a server keeps times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeKind {
    /// Without a time zone: taken for UTC.
    Stamp,
    /// Points in time, whatever zone they are shown in.
    Zoned,
    Day,
    /// Whatever stands there, in the order of its collation. Times differ in digits first, so
    /// that every collation has them in an order of their own that will do.
    Text,
}

/// What the catalog says about the table of a job.
#[derive(Debug)]
pub(super) struct Shape {
    /// In quotes, with its schema.
    pub(super) relation: String,
    is_view: bool,
    /// The columns of a job, as the table spells them.
    pub(super) id: Column,
    pub(super) s_id: Column,
    pub(super) author: Column,
    pub(super) text: Column,
    pub(super) post_time: Column,
    pub(super) times: TimeKind,
    /// The narrowest index that leads with the time.
    pub(super) index: Option<String>,
    pub(super) ids_are_unique: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) type_name: String,
}

impl Shape {
    pub(super) fn of<E: Engine>(link: &mut Link<E>, spec: &ReadSpec) -> Result<Self, SourceError> {
        let trouble = |cause: sqlx::Error| SourceError::Server {
            attempt: "look up the columns of",
            table: spec.table.clone(),
            cause: cause.into(),
        };
        let mut found = link.rows(E::columns(&spec.table)).map_err(trouble)?;
        let Some([schema, table, is_view]) = found.first().map(|first| cells(first, 0)) else {
            return Err(SourceError::TableMissing {
                table: spec.table.clone(),
                present: tables(link).map_err(trouble)?,
            });
        };
        // Where names do not tell upper from lower case, another table may be found as well.
        found.retain(|row| cells(row, 0) == [&*schema, &*table, &*is_view]);
        let columns: Vec<Column> = found
            .iter()
            .map(|row| cells(row, 3))
            .map(|[name, type_name]| Column { name, type_name })
            .collect();
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        spec.demand_columns(&names)?;
        let parts = link.rows(E::indexes(&schema, &table)).map_err(trouble)?;
        let column = |name: &str| named(&columns, name);
        let [id, post_time] = [&spec.columns.id, &spec.columns.post_time].map(|name| column(name));
        let times =
            E::time_kind(&post_time.type_name).ok_or_else(|| SourceError::TimesUnusable {
                table: spec.table.clone(),
                column: post_time.name.clone(),
                found: format!("values of type {}", post_time.type_name),
            })?;
        Ok(Self {
            relation: format!("{}.{}", E::quoted(&schema), E::quoted(&table)),
            is_view: is_view == "1",
            s_id: column(&spec.columns.s_id),
            author: column(&spec.columns.author),
            text: column(spec.columns.text(spec.text)),
            times,
            index: leading_with(&parts, &post_time.name),
            ids_are_unique: is_unique(&parts, &id.name),
            id,
            post_time,
        })
    }

    /// What its owner should know about the table.
    pub(super) fn warning<E: Engine>(&self, spec: &ReadSpec) -> Option<String> {
        let (table, column) = (&spec.table, &spec.columns.post_time);
        if self.index.is_some() {
            return None;
        }
        if self.is_view {
            return Some(format!(
                "`{table}` is a view: the server sorts all rows of the range before they are read"
            ));
        }
        let (name, on, indexed) = (
            E::quoted(&format!("{table}_{column}")),
            &self.relation,
            E::quoted(&self.post_time.name),
        );
        Some(format!(
            "table `{table}` has no index on `{column}`: the server reads it as a whole and sorts \
             the rows of the range; this would help: CREATE INDEX {name} ON {on} ({indexed})"
        ))
    }
}

/// All tables and views, sorted.
pub(super) fn tables<E: Engine>(link: &mut Link<E>) -> sqlx::Result<Vec<String>> {
    let rows = link.rows(E::TABLES.to_owned())?;
    let mut tables: Vec<String> = rows.into_iter().flatten().flatten().collect();
    tables.sort();
    Ok(tables)
}

/// The cells from a place on; NULL is empty.
fn cells<const COUNT: usize>(row: &Cells, from: usize) -> [String; COUNT] {
    std::array::from_fn(|place| row.get(from + place).cloned().flatten().unwrap_or_default())
}

/// The column of that name, or else the one whose name differs in case only.
fn named(columns: &[Column], name: &str) -> Column {
    let exact = columns.iter().find(|column| column.name == name);
    let found = exact.or_else(|| {
        let mut alike = columns.iter();
        alike.find(|column| column.name.eq_ignore_ascii_case(name))
    });
    found.cloned().expect("columns have been demanded before")
}

/// Of the indexes that lead with a column, the one with the fewest other columns.
fn leading_with(parts: &[Cells], column: &str) -> Option<String> {
    let leading = parts.iter().map(|part| cells(part, 0));
    let leading = leading.filter(|[_, name, number]| name == column && number == "1");
    let width = |index: &str| {
        parts
            .iter()
            .filter(|part| cells(part, 0) == [index])
            .count()
    };
    leading
        .map(|[index, ..]| (width(&index), index))
        .min()
        .map(|(_, index)| index)
}

/// Whether an index makes the column unique by itself.
fn is_unique(parts: &[Cells], column: &str) -> bool {
    parts.iter().map(|part| cells(part, 0)).any(|part| {
        let [index, name, _, unique]: &[String; 4] = &part;
        let width = parts
            .iter()
            .filter(|part| cells(part, 0) == [&**index])
            .count();
        name == column && unique == "1" && width == 1
    })
}
