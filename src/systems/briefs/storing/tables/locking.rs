//! Keeps two processes from merging articles of the same brief at once, where several may write. Else each would
//! write over what the other has read.

use entity::JobId;

use super::table_of;
use crate::clock;
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::tables::{Dialect, Session, Value};

const LOCK: &str = "lock a brief";

/// A row for each brief, which its writers lock.
const LOCKS: &str = "audience_brief_lock";

/// Makes the table, unless it is there.
pub(super) fn make(dialect: &dyn Dialect, session: &mut dyn Session) -> Result<(), StoringError> {
    let types = dialect.types();
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {LOCKS} (name {} NOT NULL PRIMARY KEY, locked_at {} NOT NULL{}",
        types.key, types.integer, types.table_end
    );
    session.run(&create).map_err(failed_to("make a table"))
}

/// Locks the rows of a brief on a platform until the transaction ends. Who locks several does so in their order.
pub(super) fn lock(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    platform: &str,
    job: &JobId,
) -> Result<(), StoringError> {
    if dialect.has_one_writer() {
        return Ok(());
    }
    let name = format!("{} {job}", table_of(platform));
    let values = [Value::Text(&name), Value::Integer(clock::now_micros())];
    let there = dialect.unless_there("name");
    let insert = format!("INSERT INTO {LOCKS} (name, locked_at) VALUES (?1, ?2) {there}");
    let update = format!("UPDATE {LOCKS} SET locked_at = ?2 WHERE name = ?1");
    for sql in [insert, update] {
        session.execute(&sql, &values).map_err(failed_to(LOCK))?;
    }
    Ok(())
}

/// Forgets a brief.
pub(super) fn forget(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    platform: &str,
    job: &JobId,
) -> Result<(), StoringError> {
    if dialect.has_one_writer() {
        return Ok(());
    }
    let name = format!("{} {job}", table_of(platform));
    let sql = format!("DELETE FROM {LOCKS} WHERE name = ?1");
    let forgotten = session.execute(&sql, &[Value::Text(&name)]);
    forgotten.map(drop).map_err(failed_to("forget a brief"))
}
