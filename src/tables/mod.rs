//! Reads and writes tables of any shape, wherever they are kept. Knows no job and no system.
//!
//! ```text
//! database   a database that is written, and its connections
//! session    a connection, for both directions: sqlite, server (postgres, mysql)
//! dialect    what databases differ in when tables are created and written
//! ```

mod database;
mod dialect;
mod error;
mod mysql;
mod names;
mod postgres;
mod server;
mod session;
mod sqlite;

pub(crate) use database::{Database, UrlError};
pub(crate) use dialect::{Access, Dialect, NewTable};
pub use error::DatabaseError;
pub use server::Blocking;
pub(crate) use session::{Cells, Durability, Owner, Session, TextRows, Transaction, Value};
