//! Reads and writes tables of any shape, wherever they are kept. Knows no job and no system.
//!
//! ```text
//! read       from a table: portions, slices of rows, positions to continue at
//! database   to a database that is written, and its connections
//! session    a connection, for both directions: sqlite, server (postgres, mysql)
//! dialect    what databases differ in when tables are created and written
//! ask        yes-or-no questions in the words of users
//! load       a CSV file into a new table
//! ```

mod ask;
mod database;
mod dialect;
mod error;
mod load;
mod mysql;
mod names;
mod postgres;
mod read;
mod server;
mod session;
mod sqlite;

pub use crate::database_url::UnusableUrl;
pub use ask::{AskedDatabase, NamedValue, ScriptDatabase};
pub(crate) use database::Database;
pub use database::UrlError;
pub use dialect::ColumnType;
pub(crate) use dialect::{Access, Dialect, Index, NewTable};
pub use error::DatabaseError;
pub(crate) use load::{LoadedTable, load_csv};
pub use read::{
    Cell, CellRow, LeftOut, LeftOutRow, Mark, Moment, MomentError, NamedRow, NoRows, Nullable,
    Nulls, Portion, Position, ReadError, ReadPlan, Reader, Row, RowCount, SliceEnd, SliceLimits,
    Source, TableColumn, TableQuery, UnknownZone, Unreadable, WantedColumn, WholeEnd, WholeReader,
    WholeTable, Written, Zone, column_named, open_source, without_mark,
};
pub use server::Blocking;
pub(crate) use session::{
    Cells, Durability, Owner, RowLimits, Session, TextRows, Transaction, Value,
};
