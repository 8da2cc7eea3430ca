//! What the servers differ in, and nothing else: how a session begins, how names and values are
//! written, where the catalog says what a table is, and how rows are streamed.

use std::future::Future;

use super::{link::Outbox, shape::TimeKind};
use crate::systems::labelling::posts::Moment;

/// Cells of one row, as text.
pub(super) type Cells = Vec<Option<String>>;

/// A kind of server. The futures are run by the thread that waits for them.
pub(super) trait Engine: Send + Sync + Sized + 'static {
    /// Where the server is and who we are.
    type Options: Clone + Send + Sync + 'static;
    type Connection: Send + 'static;

    /// Takes a URL apart.
    fn options(url: &str) -> sqlx::Result<Self::Options>;

    /// Begins a session in which times are UTC, text is UTF-8, nothing can be written, and neither
    /// a slow reader nor a long query is cut off.
    fn connect(options: &Self::Options) -> impl Future<Output = sqlx::Result<Self::Connection>>;

    /// All rows of a small query.
    fn rows(
        connection: &mut Self::Connection,
        sql: String,
    ) -> impl Future<Output = sqlx::Result<Vec<Cells>>>;

    /// Sends all rows of a query of `Select` out, packed as `packed` describes.
    fn stream(
        connection: &mut Self::Connection,
        sql: String,
        times: TimeKind,
        outbox: &mut Outbox,
    ) -> impl Future<Output = sqlx::Result<()>>;

    /// Asks for the number of the session that asks.
    const SESSION: &str;

    /// Ends what another session is doing.
    fn cancel(session: &str) -> String;

    /// A name as an identifier.
    fn quoted(name: &str) -> String;

    /// A text as a value.
    fn text(text: &str) -> String;

    /// A point in time as a value that is compared with a column of that kind, which is not text.
    fn moment(times: TimeKind, moment: Moment) -> String;

    /// An id that was sent as these bytes, as a value that `id_in_order` can be compared with.
    fn id(id: &[u8], is_number: bool) -> String;

    /// An expression by which ids are ordered and compared, the same on every server.
    fn id_in_order(column: &str, is_number: bool, is_binary: bool) -> String;

    /// A column as it is streamed.
    fn streamed(column: &str) -> String;

    /// A column of times as it is streamed.
    fn streamed_time(column: &str, times: TimeKind) -> String;

    /// A column of times as text that `Moment` reads.
    fn readable_time(column: &str, times: TimeKind) -> String;

    /// How kinds of times are called; `None` if a type holds none.
    fn time_kind(type_name: &str) -> Option<TimeKind>;

    fn is_number(type_name: &str) -> bool;

    /// Whether cells of the type are bytes without a character set.
    fn is_binary(type_name: &str) -> bool;

    /// What follows the name of a table that is to be read along an index.
    fn along(index: &str) -> String;

    /// Lists the tables that could be read.
    const TABLES: &str;

    /// Lists the columns of a table or view, which may be named with its schema: schema, table,
    /// whether it is a view (`1`), column, type.
    fn columns(table: &str) -> String;

    /// Lists the parts of the indexes that keep order: index, column, number of the part from 1,
    /// whether its keys are unique (`1`).
    fn indexes(schema: &str, table: &str) -> String;

    /// About how many rows a query gives.
    fn estimate(
        connection: &mut Self::Connection,
        query: &str,
    ) -> impl Future<Output = sqlx::Result<Option<u64>>>;
}
