//! The types that the columns of a table have already: what a mapping has come to say must fit.

use super::error::{WriteError, failed_to};
use super::tables::Target;
use crate::tables::{ColumnType, Dialect, Session, Value};

/// Refuses a table that has one of the columns with another type. Types that somebody else has chosen, and
/// that are none of the program's, are left alone.
pub(crate) fn check_types(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    target: &Target,
) -> Result<(), WriteError> {
    for column in &target.columns {
        let values = [Value::Text(&target.into), Value::Text(&column.name)];
        let mut declared = None;
        let read = session.read(dialect.describe_column(), &values, &mut |cells| {
            declared = cells.text(0)?;
            Ok(true)
        });
        read.map_err(failed_to("read the types of columns"))?;
        let declared = declared.as_deref().and_then(held);
        // Not the type itself: a database may hold dates as texts.
        let wanted = held(dialect.types().of(column.column_type));
        let (Some(declared), Some(wanted)) = (declared, wanted) else {
            continue;
        };
        if !takes(declared, wanted) {
            return Err(WriteError::OtherType {
                table: target.into.clone(),
                column: column.name.clone(),
                declared: name(declared),
                wanted: name(column.column_type),
            });
        }
    }
    Ok(())
}

/// What a type holds, as a database describes it.
fn held(declared: &str) -> Option<ColumnType> {
    let declared = declared.to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| declared.starts_with(word));
    if begins(&["tinyint(1)", "bool"]) {
        Some(ColumnType::Truth)
    } else if begins(&["int", "bigint", "smallint", "mediumint", "tinyint"])
        && !begins(&["interval"])
    {
        Some(ColumnType::Integer)
    } else if begins(&["double", "real", "float", "numeric", "decimal"]) {
        Some(ColumnType::Number)
    } else if begins(&["datetime", "timestamp"]) {
        Some(ColumnType::Time)
    } else if declared == "date" {
        Some(ColumnType::Date)
    } else if begins(&["text", "longtext", "mediumtext", "varchar", "char"]) {
        Some(ColumnType::Text)
    } else {
        None
    }
}

/// Whether a column holds such values as they are.
fn takes(column: ColumnType, values: ColumnType) -> bool {
    column == values || (column, values) == (ColumnType::Number, ColumnType::Integer)
}

/// What mappings call it.
const fn name(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Text => "text",
        ColumnType::Integer => "integer",
        ColumnType::Number => "number",
        ColumnType::Truth => "boolean",
        ColumnType::Date => "date",
        ColumnType::Time => "datetime",
    }
}

#[cfg(test)]
mod tests {
    use super::held;
    use crate::tables::ColumnType;

    #[test]
    fn types_of_all_databases_are_known() {
        for (declared, holds) in [
            ("TEXT COLLATE \"C\"", Some(ColumnType::Text)),
            ("character varying(20)", Some(ColumnType::Text)),
            ("double precision", Some(ColumnType::Number)),
            ("bigint(20)", Some(ColumnType::Integer)),
            ("INTEGER", Some(ColumnType::Integer)),
            ("tinyint(1)", Some(ColumnType::Truth)),
            ("date", Some(ColumnType::Date)),
            ("datetime(6)", Some(ColumnType::Time)),
            ("timestamp without time zone", Some(ColumnType::Time)),
            ("interval", None),
            ("point", None),
        ] {
            assert_eq!(held(declared), holds, "{declared}");
        }
    }
}
