//! SQLite files.

mod dialect;
mod session;

pub(super) use dialect::SqliteDialect;
pub(super) use session::SqliteSession;
