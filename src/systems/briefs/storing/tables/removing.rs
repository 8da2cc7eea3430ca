//! Rows of briefs that are removed, or are to be made again.

use entity::JobId;

use super::columns::JOB_ID;
use super::{ArticleTables, locking, table_of};
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::tables::Value;

impl ArticleTables {
    /// Removes up to so many rows of a brief on one platform; returns how many there were. It is done once there
    /// are fewer.
    pub fn remove_some(
        &self,
        job: &JobId,
        platform: &str,
        rows_max: u64,
    ) -> Result<u64, StoringError> {
        if self.database()?.is_missing_file() {
            return Ok(0);
        }
        let platforms = [platform.to_owned()];
        self.with_session(|database, session| {
            let dialect = database.dialect();
            if self.present(dialect, session, &platforms)?.is_empty() {
                return Ok(0);
            }
            let table = dialect.quoted(&table_of(platform));
            let sql = dialect.delete_some(&table, &dialect.quoted(JOB_ID), rows_max);
            let removed = session.execute(&sql, &[Value::Text(job.as_str())]);
            let removed = removed.map_err(failed_to("remove articles"))?;
            if removed < rows_max {
                locking::forget(dialect, session, platform, job)?;
            }
            Ok(removed)
        })
    }

    /// Removes all of them, some at a time.
    pub fn remove(&self, job: &JobId, platform: &str) -> Result<u64, StoringError> {
        /// Rows of one statement.
        const ROWS_AT_ONCE: u64 = 10_000;
        let mut removed = 0;
        loop {
            let some = self.remove_some(job, platform, ROWS_AT_ONCE)?;
            removed += some;
            if some < ROWS_AT_ONCE {
                return Ok(removed);
            }
        }
    }
}
