//! MySQL and MariaDB.

mod dialect;
mod insert;
mod session;

pub(super) use dialect::MySqlDialect;
pub(super) use insert::bytes_around;
