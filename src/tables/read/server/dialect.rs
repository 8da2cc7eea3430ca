//! What the servers differ in when tables are read: how values are written, where the catalog says
//! what a table is, and how rows are streamed.

use std::future::Future;

use super::time_kind::{TextEquality, TimeKind};
use crate::tables::dialect::{ColumnType, Dialect};
use crate::tables::read::moment::Moment;
use crate::tables::server::{Outbox, Server, ServerSession};

/// The times that are read, up to their end, as far as they have no blank in front and no slashes.
pub(super) const TIME_PATTERN: &str = concat!(
    "^([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])",
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))",
    "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)",
    "(([Tt]|[ \t]+)([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?",
    "([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?[ \t]*"
);

/// The condition that a number or a point in time lies in the years 0 to 9999.
pub(super) fn is_of_these_years<S: ReadServer>(column: &str, times: TimeKind) -> String {
    let (earliest, latest) = match times {
        // The numbers of seconds and of milliseconds between which all is a time.
        TimeKind::Number => (
            (Moment::EARLIEST.micros() / 1_000_000).to_string(),
            (Moment::LATEST.micros() / 1_000).to_string(),
        ),
        _ => (
            S::moment(times, Moment::EARLIEST),
            S::moment(times, Moment::LATEST),
        ),
    };
    format!("({column} >= {earliest} AND {column} <= {latest})")
}

/// A kind of server that tables are read from. The futures are run by the thread that waits for
/// them.
pub(super) trait ReadServer: Server {
    fn dialect() -> &'static dyn Dialect;

    /// Sends all rows of a query of `Select` out, packed as `packed` describes.
    fn stream(
        connection: &mut Self::Connection,
        sql: String,
        times: TimeKind,
        outbox: &mut Outbox,
    ) -> impl Future<Output = sqlx::Result<()>>;

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

    /// The condition that a time can be read; of texts, that it matches `TIME_PATTERN`.
    fn is_time(column: &str, times: TimeKind) -> String;

    /// Whether a column of dates may hold some that no calendar has.
    const KEEPS_INVALID_DATES: bool;

    /// How kinds of times are called; `None` if a type holds none.
    fn time_kind(type_name: &str) -> Option<TimeKind>;

    /// Which texts are equal in a collation, by its name.
    fn equality(collation: &str) -> TextEquality;

    fn is_number(type_name: &str) -> bool;

    /// Whether cells of the type are bytes without a character set.
    fn is_binary(type_name: &str) -> bool;

    /// What cells of the type are; `None`: bytes.
    fn holds(type_name: &str) -> Option<ColumnType>;

    /// A column as it is streamed where a table is read as a whole: a number with all of its digits, a time in
    /// UTC and without an offset.
    fn streamed_value(column: &str, type_name: &str) -> String;

    /// What follows the name of a table that is to be read along an index.
    fn along(index: &str) -> String;

    /// Lists the tables that could be read.
    const TABLES: &str;

    /// Lists the columns of a table or view, which may be named with its schema: schema, table,
    /// whether it is a view (`1`), column, type, collation, whether it may be NULL (`1`).
    fn columns(table: &str) -> String;

    /// Lists the parts of the indexes that keep order: index, column, number of the part from 1,
    /// whether its keys are unique (`1`).
    fn indexes(schema: &str, table: &str) -> String;

    /// About how many rows a query gives.
    fn estimate(session: &mut ServerSession<Self>, query: &str) -> sqlx::Result<Option<u64>>;
}
