//! Result tables that are missing, and columns that they lack.

use super::checkpoint::PREDICTIONS;
use super::{JOB_ID, OWN, ResultTable};
use crate::systems::prediction::writing::{WriteError, check_types, columns_of, failed_to};
use crate::tables::{Access, ColumnType, Database, Dialect, Index, NewTable, Session, Value};

const MAKE: &str = "make tables";

impl ResultTable {
    /// Looks whether rows can be written, and changes nothing; returns whether the table is there.
    pub fn look(&self, database: &Database) -> Result<bool, WriteError> {
        let dialect = database.dialect();
        self.check_names(dialect)?;
        if database.is_missing_file() {
            return Ok(false);
        }
        let mut session = database.take().map_err(WriteError::Open)?;
        let columns = self.present(dialect, &mut *session)?;
        let is_there = !columns.is_empty();
        if is_there {
            self.check(dialect, &mut *session, &columns)?;
        }
        database.keep(session);
        Ok(is_there)
    }

    /// Makes what is missing. Where tables are created in transactions, it is called in one.
    pub(super) fn make(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
    ) -> Result<(), WriteError> {
        if let Some(lock) = dialect.before_tables() {
            session.run(lock).map_err(failed_to(MAKE))?;
        }
        self.make_checkpoints(dialect, session)?;
        let present = self.present(dialect, session)?;
        if present.is_empty() {
            return self.create(dialect, session);
        }
        self.check(dialect, session, &present)?;
        let table = dialect.quoted(&self.into);
        for column in &self.kept {
            if present.contains(&column.name.to_lowercase()) {
                continue;
            }
            let name = dialect.quoted(&column.name);
            let holds = dialect.types().of(column.holds);
            let add = format!("ALTER TABLE {table} ADD COLUMN {name} {holds}");
            session.run(&add).map_err(failed_to("add a column"))?;
        }
        Ok(())
    }

    /// Its columns in lower case; none: there is no such table.
    fn present(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
    ) -> Result<Vec<String>, WriteError> {
        let found = columns_of(dialect, session, &[self.into.as_str()]);
        let found = found.map_err(failed_to("read the columns of tables"))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Refuses a table of somebody else, one with another key, and columns with other types.
    fn check(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        present: &[String],
    ) -> Result<(), WriteError> {
        for column in OWN {
            if !present.iter().any(|name| name == column) {
                return Err(WriteError::OtherTable {
                    table: self.into.clone(),
                    maker: "a prediction job",
                    column,
                });
            }
        }
        let values = [Value::Text(&self.into), Value::Text(&self.key.name)];
        let mut is_key = false;
        let read = session.read(dialect.describe_column(), &values, &mut |cells| {
            is_key = cells.integer(1)? == Some(1);
            Ok(true)
        });
        read.map_err(failed_to("read the key of a table"))?;
        if !is_key {
            return Err(WriteError::OtherKey {
                table: self.into.clone(),
                key: self.key.name.clone(),
            });
        }
        check_types(dialect, session, &self.target())
    }

    fn create(&self, dialect: &dyn Dialect, session: &mut dyn Session) -> Result<(), WriteError> {
        let types = dialect.types();
        let columns = self.columns();
        let columns = columns.iter().enumerate().map(|(place, column)| {
            let name = dialect.quoted(&column.name);
            let is_key = place == 0;
            let type_name = match column.holds {
                ColumnType::Text if is_key || column.name == JOB_ID => types.key,
                holds => types.of(holds),
            };
            match is_key {
                true => format!("{name} {type_name} NOT NULL PRIMARY KEY"),
                false => format!("{name} {type_name}"),
            }
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let job = dialect.quoted(JOB_ID);
        let script = dialect.create_table(&NewTable {
            name: &self.into,
            columns: &columns,
            found_by: Index {
                name: "job",
                column: &job,
                is_long: false,
            },
            searched_by: &[],
            access: Access::ByIndex,
        });
        session.run(&script).map_err(failed_to(MAKE))
    }

    fn make_checkpoints(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
    ) -> Result<(), WriteError> {
        let types = dialect.types();
        let (key, text, integer, end) = (types.key, types.text, types.integer, types.table_end);
        let create = format!(
            "CREATE TABLE IF NOT EXISTS {PREDICTIONS} (id {key} PRIMARY KEY, job_id {key} NOT NULL, \
             epoch {integer} NOT NULL, slices {integer} NOT NULL, scored {integer} NOT NULL, \
             failed {integer} NOT NULL, left_out {integer} NOT NULL, mark {text}, \
             finished {integer} NOT NULL, began_at {integer} NOT NULL{end}"
        );
        session.run(&create).map_err(failed_to(MAKE))
    }
}
