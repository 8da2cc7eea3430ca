//! COPY into a table, in the binary format: it needs no escapes, each text is preceded by its
//! length.

use sqlx::Postgres;
use sqlx::postgres::PgConnection;

use crate::tables::server::Server;
use crate::tables::session::TextRows;

/// Stands in the place of the length of a text.
const NULL: i32 = -1;

/// Bytes of rows in one message.
const MESSAGE_BYTES: usize = 1024 * 1024;

pub(super) async fn copy_in(
    connection: &mut PgConnection,
    table: &str,
    columns: &str,
    rows: &dyn TextRows,
) -> sqlx::Result<()> {
    let sql = format!("COPY {table} ({columns}) FROM STDIN (FORMAT binary)");
    let fields = i16::try_from(rows.columns()).map_err(not_encoded)?;
    let mut copy = connection.copy_in_raw(&sql).await?;
    let mut message = Vec::with_capacity(MESSAGE_BYTES);
    message.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    for row in 0..rows.rows() {
        if message.len() >= MESSAGE_BYTES {
            copy.send(message.as_slice()).await?;
            message.clear();
        }
        message.extend_from_slice(&fields.to_be_bytes());
        for column in 0..rows.columns() {
            let Some(text) = rows.maybe_text(row, column) else {
                message.extend_from_slice(&NULL.to_be_bytes());
                continue;
            };
            let text = Postgres::storable(text);
            let length = i32::try_from(text.len()).map_err(not_encoded)?;
            message.extend_from_slice(&length.to_be_bytes());
            message.extend_from_slice(text.as_bytes());
        }
    }
    message.extend_from_slice(&(-1_i16).to_be_bytes());
    copy.send(message.as_slice()).await?;
    copy.finish().await.map(drop)
}

/// Whether the texts of all rows together are shorter than so many bytes.
pub(super) fn is_shorter_than(bytes: usize, rows: &dyn TextRows) -> bool {
    let mut left = bytes;
    for row in 0..rows.rows() {
        for column in 0..rows.columns() {
            let Some(rest) = left.checked_sub(rows.text(row, column).len()) else {
                return false;
            };
            left = rest;
        }
    }
    left > 0
}

fn not_encoded(error: std::num::TryFromIntError) -> sqlx::Error {
    sqlx::Error::Encode(Box::new(error))
}
