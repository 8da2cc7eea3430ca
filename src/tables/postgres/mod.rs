//! PostgreSQL.

mod copy;
mod dialect;
mod session;

pub(super) use dialect::PostgresDialect;
