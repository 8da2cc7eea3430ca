//! Rows of prediction jobs that are removed.

use super::JOB_ID;
use super::checkpoint::PREDICTIONS;
use crate::systems::prediction::writing::{Destination, WriteError, columns_of, failed_to};
use crate::tables::Value;

/// Removes up to so many rows of a job, and with the last of them what else there is of it; returns how many
/// there were. Blocks.
pub(crate) fn remove(
    destination: &Destination,
    output: Option<&str>,
    into: &str,
    job: &str,
    rows_max: u64,
) -> Result<u64, WriteError> {
    let database = destination.find(output)?;
    if database.is_missing_file() {
        return Ok(0);
    }
    let dialect = database.dialect();
    let mut session = database.take().map_err(WriteError::Open)?;
    let present = columns_of(dialect, &mut *session, &[into]);
    let present = present.map_err(failed_to("read the columns of tables"))?;
    // It may have been dropped, or made anew by somebody else.
    let is_ours = present.iter().flatten().any(|column| column == JOB_ID);
    let removed = match is_ours {
        true => {
            let table = dialect.quoted(into);
            let sql = dialect.delete_some(&table, &dialect.quoted(JOB_ID), rows_max);
            let removed = session.execute(&sql, &[Value::Text(job)]);
            removed.map_err(failed_to("remove rows"))?
        }
        false => 0,
    };
    database.keep(session);
    if removed == 0 {
        forget(destination, output, job)?;
    }
    Ok(removed)
}

/// Forgets how far a job has got. Its rows stay. Blocks.
pub(crate) fn forget(
    destination: &Destination,
    output: Option<&str>,
    job: &str,
) -> Result<(), WriteError> {
    let database = destination.find(output)?;
    if database.is_missing_file() {
        return Ok(());
    }
    let dialect = database.dialect();
    let mut session = database.take().map_err(WriteError::Open)?;
    let present = columns_of(dialect, &mut *session, &[PREDICTIONS]);
    let present = present.map_err(failed_to("read the columns of tables"))?;
    if present.iter().any(|columns| !columns.is_empty()) {
        let sql = format!("DELETE FROM {PREDICTIONS} WHERE job_id = ?1");
        let forgotten = session.execute(&sql, &[Value::Text(job)]);
        forgotten.map_err(failed_to("forget a job"))?;
    }
    database.keep(session);
    Ok(())
}
