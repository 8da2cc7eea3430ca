//! Reads tables in portions, and portions in slices.
//!
//! ```text
//! Source::plan ──► Portion ┬─► Source::open ──► Reader ──► read_slice, read_slice, … finished
//!                  Portion ┤                       │
//!                  …       ┘                       └─► Position: a later open continues there
//! ```
//!
//! Portions and positions are durable: a process that dies leaves both behind, and the next one
//! visits exactly the rows that are left. No lock on the users' data outlives a slice.

mod completeness;
mod csv;
mod error;
mod first_times;
mod key;
mod left_out;
mod moment;
mod portion;
mod range;
mod row;
mod server;
mod slice;
mod source;
mod sqlite;
mod unreadable;
mod whole;

pub use error::ReadError;
pub use left_out::{LeftOut, LeftOutRow};
pub use moment::{Moment, MomentError, UnknownZone, Written, Zone, without_mark};
pub use portion::{NoRows, Portion, Position};
pub use row::{Nulls, Row};
pub use slice::{SliceEnd, SliceLimits};
pub use source::{Nullable, ReadPlan, Reader, Source, TableQuery, WantedColumn, open_source};
pub use unreadable::{NamedRow, Unreadable};
pub use whole::{
    Cell, CellRow, Mark, RowCount, TableColumn, WholeEnd, WholeReader, WholeTable, column_named,
};
