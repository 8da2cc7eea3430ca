//! Removing a task from its output, with its result.

use super::error::failed_to;
use super::statements::{FORGET_BATCHES, FORGET_STATE, FORGET_TASK, UNPUBLISH_TASK};
use super::{Layout, Result, latest, result_table, schema};
use crate::tables::{Dialect, Session, Value};

const REMOVE: &str = "remove a task";

/// Deletes up to so many rows of a task, and with the last of them what else there is of it.
pub(super) fn some(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    layout: &Layout,
    rows_max: u64,
) -> Result<u64> {
    let id = [Value::Text(task_id)];
    let execute = |session: &mut dyn Session, sql: &str| {
        let done = session.execute(sql, &id);
        done.map_err(failed_to(REMOVE))
    };
    // A reader gets all of the result or none of it.
    execute(session, UNPUBLISH_TASK)?;
    latest::forget(dialect, session, task_id)?;
    let mut removed = 0;
    for group in &layout.groups {
        for table in [group.clone(), result_table(group)] {
            let left = rows_max.saturating_sub(removed);
            // Somebody may have dropped it.
            if left == 0 || !schema::is_there(dialect, session, &table)? {
                continue;
            }
            let sql = dialect.delete_some(&dialect.quoted(&table), "task_id", left);
            removed += execute(session, &sql)?;
        }
    }
    if removed == 0 {
        for forget in FORGET_BATCHES
            .into_iter()
            .chain([FORGET_STATE, FORGET_TASK])
        {
            execute(session, forget)?;
        }
    }
    Ok(removed)
}

/// Deletes the row in `state` of a task that has no other.
pub(super) fn state(session: &mut dyn Session, task_id: &str) -> Result<()> {
    let done = session.execute(FORGET_STATE, &[Value::Text(task_id)]);
    done.map(drop).map_err(failed_to(REMOVE))
}
