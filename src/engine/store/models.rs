//! Inserts the rows of a table as its entity describes them: a new column needs no other place.

use sea_orm::{
    DbBackend, EntityName, EntityTrait, IdenStatic, Iterable, ModelTrait, Statement, Value,
};
use serde::ser::{Error as _, SerializeMap};
use serde::{Serialize, Serializer};

use super::Result;
use super::rows::{self, ColumnType};

/// The columns of an entity.
type ColumnOf<M> = <<M as ModelTrait>::Entity as EntityTrait>::Column;

/// A statement that inserts rows, in order; `None` if there are none. Columns that are NULL in all
/// rows are left out. One that is named in `computed` gets that expression of the row `r`.
pub(crate) fn insertion<M>(
    backend: DbBackend,
    models: &[M],
    computed: &[(ColumnOf<M>, &str)],
) -> Result<Option<Statement>>
where
    M: ModelTrait,
    M::Entity: Default,
{
    if models.is_empty() {
        return Ok(None);
    }
    let columns: Vec<ColumnOf<M>> = ColumnOf::<M>::iter().collect();
    let names: Vec<&'static str> = columns.iter().map(|column| column.as_str()).collect();
    let rows = models.iter().map(|model| Row {
        names: &names,
        values: columns.iter().map(|column| model.get(*column)).collect(),
    });
    let rows: Vec<Row<'_>> = rows.collect();
    let (mut used, mut names_used, mut expressions) = (Vec::new(), Vec::new(), Vec::new());
    for (at, name) in names.iter().enumerate() {
        let Some(value) = rows.iter().map(|row| &row.values[at]).find(|v| !is_null(v)) else {
            continue;
        };
        let computed = computed.iter().find(|(column, _)| column.as_str() == *name);
        expressions.push(match (computed, value) {
            (Some((_, expression)), _) => (*expression).to_owned(),
            (None, Value::Bool(_)) => format!("r.{name} <> 0"),
            (None, _) => format!("r.{name}"),
        });
        used.push((*name, column_type(value)));
        names_used.push(*name);
    }
    let sql = format!(
        "INSERT INTO {} ({}) SELECT {} FROM {{rows}}",
        M::Entity::default().table_name(),
        names_used.join(", "),
        expressions.join(", ")
    );
    rows::statement(backend, &sql, &used, &rows).map(Some)
}

struct Row<'a> {
    names: &'a [&'static str],
    values: Vec<Value>,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        for (name, value) in self.names.iter().zip(&self.values) {
            match value {
                null if is_null(null) => {}
                Value::String(text) => members.serialize_entry(name, text)?,
                Value::Int(number) => members.serialize_entry(name, number)?,
                Value::BigInt(number) => members.serialize_entry(name, number)?,
                // Not every database makes a truth value of JSON's.
                Value::Bool(truth) => members.serialize_entry(name, &truth.map(i32::from))?,
                _ => return Err(S::Error::custom(format!("the type of column `{name}`"))),
            }
        }
        members.end()
    }
}

fn is_null(value: &Value) -> bool {
    matches!(
        value,
        Value::String(None) | Value::Int(None) | Value::BigInt(None) | Value::Bool(None)
    )
}

fn column_type(value: &Value) -> ColumnType {
    match value {
        Value::String(_) => ColumnType::Text,
        _ => ColumnType::Integer,
    }
}
