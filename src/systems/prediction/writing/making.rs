//! Tables of an output that are missing, and columns that they lack.

use super::declared::check_types;
use super::error::{WriteError, failed_to};
use super::statements::{IMPORTS, TABLES};
use super::tables::{CELL, DAY, IMPORT_ID, Layout, Origin, Target};
use crate::engine::store::blob_digest;
use crate::tables::{Access, DatabaseError, Dialect, Index, NewTable, Session, Value};

const MAKE: &str = "make tables";

/// The columns that each table has, in lower case: databases do not tell cases apart.
pub(crate) type Present = Vec<Vec<String>>;

/// Makes what is missing. Where tables are created in transactions, it is called in one.
pub(super) fn make_tables(
    dialect: &'static dyn Dialect,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<(), WriteError> {
    let present = present(dialect, session, layout)?;
    let is_missing = missing(layout, &present)?;
    for (target, columns) in layout.targets.iter().zip(&present[OWN..]) {
        if !columns.is_empty() {
            check_types(dialect, session, target)?;
        }
    }
    if is_missing {
        if let Some(lock) = dialect.before_tables() {
            session.run(lock).map_err(failed_to(MAKE))?;
        }
        // Another may have made them while this one waited.
        let present = self::present(dialect, session, layout)?;
        missing(layout, &present)?;
        make_own(dialect, session, &present)?;
        for (target, columns) in layout.targets.iter().zip(&present[OWN..]) {
            match columns.is_empty() {
                true => create(dialect, session, layout.origin, target)?,
                false => add_columns(dialect, session, target, columns)?,
            }
        }
    }
    for target in &layout.targets {
        register(dialect, session, target)?;
    }
    Ok(())
}

/// Tables of the program come first.
const OWN: usize = 2;

fn present(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<Present, WriteError> {
    let targets = layout.targets.iter().map(|target| target.into.as_str());
    let names: Vec<&str> = [IMPORTS, TABLES].into_iter().chain(targets).collect();
    columns_of(dialect, session, &names).map_err(failed_to("read the columns of tables"))
}

/// The columns of these tables; none: there is no such table.
pub(crate) fn columns_of(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    names: &[&str],
) -> Result<Present, DatabaseError> {
    let values: Vec<Value<'_>> = names.iter().map(|name| Value::Text(name)).collect();
    let mut present = vec![Vec::new(); names.len()];
    session.read(
        &dialect.columns_of_tables(names.len()),
        &values,
        &mut |cells| {
            let place = cells
                .integer(0)?
                .and_then(|place| usize::try_from(place).ok());
            let table = place.and_then(|place| present.get_mut(place));
            if let (Some(table), Some(column)) = (table, cells.text(1)?) {
                table.push(column.to_lowercase());
            }
            Ok(true)
        },
    )?;
    Ok(present)
}

/// Whether a table or a column is missing. A table of somebody else is refused.
fn missing(layout: &Layout, present: &Present) -> Result<bool, WriteError> {
    let mut is_missing = present[..OWN].iter().any(Vec::is_empty);
    for (target, columns) in layout.targets.iter().zip(&present[OWN..]) {
        if columns.is_empty() {
            is_missing = true;
            continue;
        }
        for column in layout.origin.marks() {
            if !columns.iter().any(|present| present == column) {
                let table = target.into.clone();
                let maker = layout.origin.maker();
                return Err(WriteError::OtherTable {
                    table,
                    maker,
                    column,
                });
            }
        }
        let lacks = |name: &str| !columns.contains(&name.to_lowercase());
        is_missing |= target.columns.iter().any(|column| lacks(&column.name));
    }
    Ok(is_missing)
}

fn make_own(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    present: &Present,
) -> Result<(), WriteError> {
    let types = dialect.types();
    let (key, text, integer, end) = (types.key, types.text, types.integer, types.table_end);
    let own = [
        format!(
            "{IMPORTS} (import_id {key} PRIMARY KEY, job_id {key} NOT NULL, file_name {text} NOT NULL, \
             tables {text} NOT NULL, at {integer} NOT NULL{end}"
        ),
        format!("{TABLES} (name {key} PRIMARY KEY, key_columns {text} NOT NULL{end}"),
    ];
    for (table, columns) in own.iter().zip(present) {
        if columns.is_empty() {
            let create = format!("CREATE TABLE IF NOT EXISTS {table}");
            session.run(&create).map_err(failed_to(MAKE))?;
        }
    }
    Ok(())
}

fn create(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    origin: Origin,
    target: &Target,
) -> Result<(), WriteError> {
    let types = dialect.types();
    let own = target.columns.iter();
    let own = own.map(|column| {
        let name = dialect.quoted(&column.name);
        format!("{name} {}", types.of(column.column_type))
    });
    let mut columns: Vec<String> = own.collect();
    let (index, found_by) = match origin {
        Origin::Import => ("import", dialect.quoted(IMPORT_ID)),
        Origin::Scrape => ("day", dialect.quoted(DAY)),
    };
    if origin == Origin::Import {
        columns.push(format!("{found_by} {} NOT NULL", types.key));
        columns.push(format!("{} {} NOT NULL", dialect.quoted(CELL), types.text));
    }
    let script = dialect.create_table(&NewTable {
        name: &target.into,
        columns: &columns.join(", "),
        found_by: Index {
            name: index,
            column: &found_by,
            is_long: false,
        },
        searched_by: &[],
        access: Access::ByIndex,
    });
    session.run(&script).map_err(failed_to(MAKE))
}

/// A mapping may have more columns than it had when the table was made.
fn add_columns(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    target: &Target,
    present: &[String],
) -> Result<(), WriteError> {
    let table = dialect.quoted(&target.into);
    for column in &target.columns {
        if present.contains(&column.name.to_lowercase()) {
            continue;
        }
        let name = dialect.quoted(&column.name);
        let column_type = dialect.types().of(column.column_type);
        let add = format!("ALTER TABLE {table} ADD COLUMN {name} {column_type}");
        session.run(&add).map_err(failed_to("add a column"))?;
    }
    Ok(())
}

/// Notes a table, so that others can be kept from it, and gives it an index by its key.
fn register(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    target: &Target,
) -> Result<(), WriteError> {
    const NOTE: &str = "note a table";
    let key = target
        .key
        .iter()
        .map(|column| &target.columns[*column].name);
    let key: Vec<String> = key.cloned().collect();
    let mut known = None;
    let sql = format!("SELECT key_columns FROM {TABLES} WHERE name = ?1");
    let read = session.read(&sql, &[Value::Text(&target.into)], &mut |cells| {
        known = cells.text(0)?;
        Ok(true)
    });
    read.map_err(failed_to(NOTE))?;
    let is_known = known.is_some();
    let known = known.map(|known| serde_json::from_str::<Vec<Vec<String>>>(&known));
    let mut keys = known
        .transpose()
        .map_err(|_| WriteError::Corrupt)?
        .unwrap_or_default();
    let is_indexed = key.is_empty() || keys.contains(&key);
    if is_known && is_indexed {
        return Ok(());
    }
    if !is_indexed {
        keys.push(key.clone());
    }
    let keys = serde_json::to_string(&keys).map_err(|_| WriteError::Corrupt)?;
    let there = dialect.unless_there("name");
    let insert = format!("INSERT INTO {TABLES} (name, key_columns) VALUES (?1, ?2) {there}");
    let update = format!("UPDATE {TABLES} SET key_columns = ?2 WHERE name = ?1");
    let values = [Value::Text(&target.into), Value::Text(&keys)];
    // First: an index that is missing costs time, one that is made twice is an error.
    for sql in [insert, update] {
        session.execute(&sql, &values).map_err(failed_to(NOTE))?;
    }
    match is_indexed {
        true => Ok(()),
        false => index(dialect, session, target, &key),
    }
}

fn index(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    target: &Target,
    key: &[String],
) -> Result<(), WriteError> {
    let digest = blob_digest(format!("{} {key:?}", target.into).as_bytes());
    let name = dialect.quoted(&format!("audience_key_{}", &digest[..16]));
    let columns = target.key.iter().map(|column| {
        let column = &target.columns[*column];
        dialect.indexed(&dialect.quoted(&column.name), column.column_type)
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let table = dialect.quoted(&target.into);
    let create = format!("CREATE INDEX {name} ON {table} ({columns})");
    session.run(&create).map_err(failed_to("make an index"))
}
