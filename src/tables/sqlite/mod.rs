//! SQLite files.

mod dialect;
mod log;
mod session;

pub(super) use dialect::SqliteDialect;
pub(super) use log::holds_changes_out_of_reach;
pub(super) use session::SqliteSession;
