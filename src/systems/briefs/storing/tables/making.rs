//! Tables that are missing, and those that are there already.

use super::columns::{ARTICLE_ID, COLUMNS, JOB_ID, is_key_type, quoted};
use super::{ArticleTables, locking, table_of};
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::tables::{Database, Dialect, Durability, Session, Transaction, Value};

const MAKE: &str = "make a table";

impl ArticleTables {
    /// Makes the tables of these platforms, unless they are there.
    pub(super) fn make(
        &self,
        database: &Database,
        session: &mut dyn Session,
        platforms: &[&str],
    ) -> Result<(), StoringError> {
        let mut missing = platforms.to_vec();
        missing.retain(|platform| !self.known().contains(*platform));
        if missing.is_empty() {
            return Ok(());
        }
        let dialect = database.dialect();
        let in_transaction = dialect.creates_in_transactions();
        if in_transaction {
            let transaction = Transaction {
                durability: Durability::Full,
                owner: None,
            };
            session.begin(transaction).map_err(failed_to(MAKE))?;
        }
        if let Some(lock) = dialect.before_tables() {
            session.run(lock).map_err(failed_to(MAKE))?;
        }
        for platform in &missing {
            make(dialect, session, &table_of(platform))?;
        }
        if !dialect.has_one_writer() {
            locking::make(dialect, session)?;
        }
        if in_transaction {
            session.commit().map_err(failed_to(MAKE))?;
        }
        let mut known = self.known();
        known.extend(missing.into_iter().map(str::to_owned));
        Ok(())
    }

    /// Those of the platforms that have a table, in their order.
    pub(super) fn present<'p>(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        platforms: &'p [String],
    ) -> Result<Vec<&'p str>, StoringError> {
        let mut present = Vec::new();
        for platform in platforms {
            let is_known = self.known().contains(platform);
            if is_known || is_there(dialect, session, platform)? {
                self.known().insert(platform.clone());
                present.push(platform.as_str());
            }
        }
        Ok(present)
    }
}

fn is_there(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    platform: &str,
) -> Result<bool, StoringError> {
    let table = table_of(platform);
    let columns = columns_of(dialect, session, &table)?;
    if !columns.is_empty() {
        check(dialect, session, &table, &columns)?;
    }
    Ok(!columns.is_empty())
}

fn make(dialect: &dyn Dialect, session: &mut dyn Session, table: &str) -> Result<(), StoringError> {
    let present = columns_of(dialect, session, table)?;
    if !present.is_empty() {
        return check(dialect, session, table, &present);
    }
    let types = dialect.types();
    let columns = COLUMNS.iter().zip(quoted(dialect)).enumerate();
    let columns = columns.map(|(place, ((name, holds), quoted))| {
        let type_name = match is_key_type(name) {
            true => types.key,
            false => types.of(*holds),
        };
        let is_needed = place < 2;
        format!(
            "{quoted} {type_name}{}",
            if is_needed { " NOT NULL" } else { "" }
        )
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let key = [JOB_ID, ARTICLE_ID].map(|name| dialect.quoted(name));
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {} ({columns}, PRIMARY KEY ({}){}",
        dialect.quoted(table),
        key.join(", "),
        types.table_end
    );
    session.run(&create).map_err(failed_to(MAKE))
}

/// The names of its columns, in lower case; none: there is no such table.
fn columns_of(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    table: &str,
) -> Result<Vec<String>, StoringError> {
    let mut columns = Vec::new();
    let read = session.read(
        &dialect.columns_of_tables(1),
        &[Value::Text(table)],
        &mut |cells| {
            columns.extend(cells.text(1)?.map(|name| name.to_lowercase()));
            Ok(true)
        },
    );
    read.map_err(failed_to("read the columns of a table"))?;
    Ok(columns)
}

/// Refuses a table of somebody else.
fn check(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    table: &str,
    present: &[String],
) -> Result<(), StoringError> {
    let other = |fault| StoringError::OtherTable {
        table: table.to_owned(),
        fault,
    };
    let mut columns = COLUMNS.iter();
    if let Some((name, _)) = columns.find(|(name, _)| !present.iter().any(|column| column == name))
    {
        return Err(other(format!("it lacks the column `{name}`")));
    }
    for name in [JOB_ID, ARTICLE_ID] {
        let mut is_key = false;
        let values = [Value::Text(table), Value::Text(name)];
        let read = session.read(dialect.describe_column(), &values, &mut |cells| {
            is_key = cells.integer(1)? == Some(1);
            Ok(true)
        });
        read.map_err(failed_to("read the key of a table"))?;
        if !is_key {
            return Err(other(format!("`{name}` is not part of its primary key")));
        }
    }
    Ok(())
}
