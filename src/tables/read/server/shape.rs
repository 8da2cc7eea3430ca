//! Finds out what a table is: its columns, how its times are kept, and whether an index leads
//! with them.

use super::dialect::ReadServer;
use super::time_kind::{TextEquality, TimeKind};
use crate::tables::read::error::ReadError;
use crate::tables::read::source::TableQuery;
use crate::tables::server::{ServerSession, TextCells};

/// What the catalog says about a table.
#[derive(Debug)]
pub(super) struct ServerShape {
    /// In quotes, with its schema.
    pub(super) relation: String,
    is_view: bool,
    /// The wanted columns, as the table spells them.
    pub(super) columns: Vec<Column>,
    pub(super) time: Column,
    pub(super) times: TimeKind,
    /// Of times that are text.
    pub(super) equality: TextEquality,
    /// The narrowest index that leads with the time.
    pub(super) index: Option<String>,
    /// Whether no two rows have the same first column.
    pub(super) keys_are_unique: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) type_name: String,
    collation: String,
    pub(super) may_be_null: bool,
}

impl ServerShape {
    pub(super) fn of<S: ReadServer>(
        session: &mut ServerSession<S>,
        query: &TableQuery,
    ) -> Result<Self, ReadError> {
        let trouble = |cause: sqlx::Error| {
            ReadError::failed_to("look up the columns of", &query.table)(cause)
        };
        let mut found = session.rows(S::columns(&query.table)).map_err(trouble)?;
        let Some([schema, table, is_view]) = found.first().map(|first| cells(first, 0)) else {
            return Err(ReadError::TableMissing {
                table: query.table.clone(),
                present: tables(session).map_err(trouble)?,
            });
        };
        // Where names of tables ignore case, another table may be found as well.
        found.retain(|row| cells(row, 0) == [&*schema, &*table, &*is_view]);
        let columns: Vec<Column> = found
            .iter()
            .map(|row| cells(row, 3))
            .map(|[name, type_name, collation, may_be_null]| Column {
                name,
                type_name,
                collation,
                may_be_null: may_be_null == "1",
            })
            .collect();
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        query.demand_columns(&names)?;
        let parts = session.rows(S::indexes(&schema, &table)).map_err(trouble)?;
        let time = named(&columns, &query.time);
        let times = S::time_kind(&time.type_name).ok_or_else(|| ReadError::TimesUnusable {
            table: query.table.clone(),
            column: time.name.clone(),
            found: format!("values of type {}", time.type_name),
        })?;
        let wanted: Vec<Column> = query.names().map(|name| named(&columns, name)).collect();
        Ok(Self {
            relation: format!(
                "{}.{}",
                S::dialect().quoted(&schema),
                S::dialect().quoted(&table)
            ),
            is_view: is_view == "1",
            times,
            equality: match times {
                TimeKind::Text => S::equality(&time.collation),
                _ => TextEquality::EXACT,
            },
            index: leading_with(&parts, &time.name),
            keys_are_unique: wanted
                .first()
                .is_some_and(|key| is_unique(&parts, &key.name)),
            columns: wanted,
            time,
        })
    }

    /// What its owner should know about the table.
    pub(super) fn warning<S: ReadServer>(&self, query: &TableQuery) -> Option<String> {
        let (table, column) = (&query.table, &query.time);
        if self.index.is_some() {
            return None;
        }
        if self.is_view {
            return Some(format!(
                "`{table}` is a view: the server sorts all rows of the range before they are read"
            ));
        }
        let (name, on, indexed) = (
            S::dialect().quoted(&format!("{table}_{column}")),
            &self.relation,
            S::dialect().quoted(&self.time.name),
        );
        Some(format!(
            "table `{table}` has no index on `{column}`: the server reads it as a whole and sorts \
             the rows of the range; this would help: CREATE INDEX {name} ON {on} ({indexed})"
        ))
    }
}

/// All tables and views, sorted.
pub(super) fn tables<S: ReadServer>(session: &mut ServerSession<S>) -> sqlx::Result<Vec<String>> {
    let rows = session.rows(S::TABLES.to_owned())?;
    let mut tables: Vec<String> = rows.into_iter().flatten().flatten().collect();
    tables.sort();
    Ok(tables)
}

/// The cells from a place on; NULL is empty.
fn cells<const COUNT: usize>(row: &TextCells, from: usize) -> [String; COUNT] {
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
fn leading_with(parts: &[TextCells], column: &str) -> Option<String> {
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
fn is_unique(parts: &[TextCells], column: &str) -> bool {
    parts.iter().map(|part| cells(part, 0)).any(|part| {
        let [index, name, _, unique]: &[String; 4] = &part;
        let width = parts
            .iter()
            .filter(|part| cells(part, 0) == [&**index])
            .count();
        name == column && unique == "1" && width == 1
    })
}
