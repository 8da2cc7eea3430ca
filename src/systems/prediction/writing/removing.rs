//! Rows of imports that are removed.

use super::destination::Destination;
use super::error::{WriteError, failed_to};
use super::making::columns_of;
use super::tables::IMPORT_ID;
use crate::tables::Value;

/// Rows of one statement.
const ROWS_AT_ONCE: u64 = 10_000;

impl Destination {
    /// Removes the rows that an import has in these tables; returns how many there were. The marker stays, so
    /// that a process that was frozen cannot write them again. Blocks; must not be called where futures are run.
    pub(crate) fn remove_rows(
        &self,
        output: Option<&str>,
        import: &str,
        tables: &[&str],
    ) -> Result<u64, WriteError> {
        let database = self.find(output)?;
        if tables.is_empty() || database.is_missing_file() {
            return Ok(0);
        }
        let dialect = database.dialect();
        let mut session = database.take().map_err(WriteError::Open)?;
        let present = columns_of(dialect, &mut *session, tables);
        let present = present.map_err(failed_to("read the columns of tables"))?;
        let mut removed = 0;
        for (table, columns) in tables.iter().zip(present) {
            // It may have been dropped, or made anew by somebody else.
            if !columns.iter().any(|column| column == IMPORT_ID) {
                continue;
            }
            let column = dialect.quoted(IMPORT_ID);
            let sql = dialect.delete_some(&dialect.quoted(table), &column, ROWS_AT_ONCE);
            loop {
                let some = session.execute(&sql, &[Value::Text(import)]);
                let some = some.map_err(failed_to("remove rows"))?;
                removed += some;
                if some < ROWS_AT_ONCE {
                    break;
                }
            }
        }
        database.keep(session);
        Ok(removed)
    }
}
