//! The types that the columns of a table have already: what a mapping has come to say must fit.

use super::error::{WriteError, failed_to};
use super::tables::Target;
use crate::tables::{ColumnType, Dialect, Session, Value};

/// What types of databases have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Text,
    Integer,
    Number,
    Truth,
    Date,
    Time,
}

/// Refuses a table that has one of the columns with another type. Types that somebody else has chosen, and
/// that are none of the program's, are left alone.
pub(super) fn check_types(
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
        let declared = declared.as_deref().and_then(Family::of);
        let wanted = Family::of(dialect.types().of(column.column_type));
        let (Some(declared), Some(wanted)) = (declared, wanted) else {
            continue;
        };
        if !declared.takes(wanted) {
            return Err(WriteError::OtherType {
                table: target.into.clone(),
                column: column.name.clone(),
                declared: declared.name(),
                wanted: name(column.column_type),
            });
        }
    }
    Ok(())
}

impl Family {
    /// Of a type as a database describes it.
    fn of(declared: &str) -> Option<Self> {
        let declared = declared.to_ascii_lowercase();
        let begins = |words: &[&str]| words.iter().any(|word| declared.starts_with(word));
        if begins(&["tinyint(1)", "bool"]) {
            Some(Self::Truth)
        } else if begins(&["int", "bigint", "smallint", "mediumint", "tinyint"])
            && !begins(&["interval"])
        {
            Some(Self::Integer)
        } else if begins(&["double", "real", "float", "numeric", "decimal"]) {
            Some(Self::Number)
        } else if begins(&["datetime", "timestamp"]) {
            Some(Self::Time)
        } else if declared == "date" {
            Some(Self::Date)
        } else if begins(&["text", "longtext", "mediumtext", "varchar", "char"]) {
            Some(Self::Text)
        } else {
            None
        }
    }

    /// Whether a column of this type holds such values as they are.
    fn takes(self, values: Self) -> bool {
        self == values || (self, values) == (Self::Number, Self::Integer)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Truth => "boolean",
            Self::Date => "date",
            Self::Time => "datetime",
        }
    }
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
    use super::Family;

    #[test]
    fn types_of_all_databases_are_known() {
        for (declared, family) in [
            ("TEXT COLLATE \"C\"", Some(Family::Text)),
            ("character varying(20)", Some(Family::Text)),
            ("double precision", Some(Family::Number)),
            ("bigint(20)", Some(Family::Integer)),
            ("INTEGER", Some(Family::Integer)),
            ("tinyint(1)", Some(Family::Truth)),
            ("date", Some(Family::Date)),
            ("datetime(6)", Some(Family::Time)),
            ("timestamp without time zone", Some(Family::Time)),
            ("interval", None),
            ("point", None),
        ] {
            assert_eq!(Family::of(declared), family, "{declared}");
        }
    }
}
