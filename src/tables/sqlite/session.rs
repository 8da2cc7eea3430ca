//! A connection to a SQLite file.
//!
//! Writers of this process pass the file's [`WriteGate`] instead of meeting SQLite's lock.

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row, Statement, ToSql};
use tokio_util::sync::CancellationToken;

use super::log;
use crate::tables::error::DatabaseError;
use crate::tables::session::{
    Cells, Durability, RowLimits, Session, TextRows, Transaction, Value, Visit,
};
use crate::write_gate::{WriteGate, WritePass};

/// How long a reader waits for a writer that locks the whole file.
const READER_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a writer waits for others of this process and for another process that writes to the file. A
/// job that waits for longer leaves its place, and a caller is answered.
const WRITER_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a writer that has waited for others of this process waits for another process at least.
const WRITER_BUSY_LEAST: Duration = Duration::from_millis(250);

/// Pages that a reader keeps in memory: enough for the upper pages of the indexes and the pages
/// between them that a slice touches.
const READER_CACHE_KIB: u32 = 8 * 1024;

/// Pages that a writer keeps in memory.
const WRITER_CACHE_KIB: u32 = 4 * 1024;

/// SQLite is made with a limit of 1,000,000,000 bytes for a row.
const ROW_BYTES_MAX: usize = 1_000_000_000 - 4096;

/// Prepared statements that are kept: some, and one for each table that rows are inserted into.
const STATEMENTS_KEPT: usize = 1024;

/// How many steps of SQLite's machine pass between two looks at whether to stop: some
/// milliseconds.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// A connection to a file. Fields are dropped in this order: first the connection takes an open
/// transaction back, then others may write.
pub(in crate::tables) struct SqliteSession {
    connection: Connection,
    /// Held during a transaction.
    pass: Option<WritePass>,
    /// Readers need none.
    gate: Option<WriteGate>,
    durability: Durability,
}

impl SqliteSession {
    /// For reading; the file has to exist.
    pub(in crate::tables) fn open_to_read(path: &Path) -> rusqlite::Result<Self> {
        let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(READER_BUSY_TIMEOUT)?;
        if let Some(error) = log::out_of_reach(&connection) {
            if !log::may_be_left_out(path) {
                return Err(error);
            }
            connection = open(&log::immutable(path), log::IMMUTABLE)?;
        }
        // A memory map would turn an error of the disk into a signal that ends the process.
        let pragmas = format!("PRAGMA cache_size = -{READER_CACHE_KIB}; PRAGMA mmap_size = 0;");
        connection.execute_batch(&pragmas)?;
        Ok(Self::new(connection, None))
    }

    /// For writing; never creates the file.
    pub(in crate::tables) fn open_to_write(
        path: &Path,
        gate: &WriteGate,
    ) -> rusqlite::Result<Self> {
        Self::open_writer(path, gate, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// For writing, to a file that is created if it does not exist, and may be read meanwhile.
    pub(in crate::tables) fn create(path: &Path, gate: &WriteGate) -> rusqlite::Result<Self> {
        let folder = path.parent();
        if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
            // A failure shows as the error of opening the file, which names the cause.
            std::fs::create_dir_all(folder).ok();
        }
        let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let session = Self::open_writer(path, gate, access)?;
        {
            let _pass = session.enter()?;
            let sql = "PRAGMA journal_mode = WAL";
            session.connection.execute_batch(sql)?;
        }
        Ok(session)
    }

    fn open_writer(path: &Path, gate: &WriteGate, access: OpenFlags) -> rusqlite::Result<Self> {
        let connection = open(path, access)?;
        connection.busy_timeout(WRITER_BUSY_TIMEOUT)?;
        // A sort that outgrows its share of memory goes to a temporary file.
        let pragmas = format!(
            "PRAGMA synchronous = NORMAL; PRAGMA temp_store = FILE;
             PRAGMA cache_size = -{WRITER_CACHE_KIB};"
        );
        connection.execute_batch(&pragmas)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(Self::new(connection, Some(gate.clone())))
    }

    fn new(connection: Connection, gate: Option<WriteGate>) -> Self {
        Self {
            connection,
            pass: None,
            gate,
            durability: Durability::Usual,
        }
    }

    /// For readers, which look at cells without copying them.
    pub(in crate::tables) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What this takes is a part of the time that the next statement may take for another process: if one
    /// keeps the file locked, those that wait here do not each begin to wait anew.
    fn enter(&self) -> rusqlite::Result<Option<WritePass>> {
        let Some(gate) = &self.gate else {
            return Ok(None);
        };
        let began = Instant::now();
        let pass = gate.enter_blocking();
        let left = WRITER_BUSY_TIMEOUT.saturating_sub(began.elapsed());
        self.connection.busy_timeout(left.max(WRITER_BUSY_LEAST))?;
        Ok(Some(pass))
    }

    /// Takes effect only outside of a transaction.
    fn set_durability(&mut self, durability: Durability) -> rusqlite::Result<()> {
        if self.durability == durability {
            return Ok(());
        }
        self.connection.execute_batch(match durability {
            Durability::Relaxed | Durability::Usual => "PRAGMA synchronous = NORMAL",
            Durability::Full => "PRAGMA synchronous = FULL",
        })?;
        self.durability = durability;
        Ok(())
    }

    fn execute_bound(&self, sql: &str, values: &[Value<'_>]) -> rusqlite::Result<u64> {
        let mut statement = self.connection.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        Ok(statement.raw_execute()? as u64)
    }
}

fn open(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn bind(statement: &mut Statement<'_>, values: &[Value<'_>]) -> rusqlite::Result<()> {
    for (place, value) in values.iter().enumerate() {
        let bound: &dyn ToSql = match value {
            Value::Text(text) => text,
            Value::MaybeText(text) => text,
            Value::Integer(integer) => integer,
            Value::Number(number) => number,
            Value::Bytes(bytes) => bytes,
        };
        statement.raw_bind_parameter(place + 1, bound)?;
    }
    Ok(())
}

impl Session for SqliteSession {
    fn begin(&mut self, transaction: Transaction<'_>) -> Result<(), DatabaseError> {
        self.set_durability(transaction.durability)?;
        self.pass = self.enter()?;
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        if self.gate.is_some() {
            // Readers may still be in the way of the end.
            self.connection.busy_timeout(WRITER_BUSY_TIMEOUT)?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        let committed = self.connection.execute_batch("COMMIT");
        committed.map_err(DatabaseError::of_commit)?;
        self.pass = None;
        Ok(())
    }

    fn run(&mut self, script: &str) -> Result<(), DatabaseError> {
        Ok(self.connection.execute_batch(script)?)
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, DatabaseError> {
        let _pass = match self.pass {
            Some(_) => None,
            None => self.enter()?,
        };
        Ok(self.execute_bound(sql, values)?)
    }

    fn execute_unless(
        &mut self,
        cancel: &CancellationToken,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<u64, DatabaseError> {
        let cancel = cancel.clone();
        let is_cancelled = move || cancel.is_cancelled();
        self.connection
            .progress_handler(STEPS_BETWEEN_LOOKS, Some(is_cancelled))?;
        let done = self.execute_bound(sql, values);
        self.connection.progress_handler(0, None::<fn() -> bool>)?;
        Ok(done?)
    }

    fn read(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut Visit<'_>,
    ) -> Result<bool, DatabaseError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if !visit(row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn insert(
        &mut self,
        table: &str,
        columns: &str,
        rows: &dyn TextRows,
    ) -> Result<(), DatabaseError> {
        let places: Vec<_> = (1..=rows.columns()).map(|no| format!("?{no}")).collect();
        let places = places.join(", ");
        let sql = format!("INSERT INTO {table} ({columns}) VALUES ({places})");
        let mut statement = self.connection.prepare_cached(&sql)?;
        for row in 0..rows.rows() {
            for column in 0..rows.columns() {
                statement.raw_bind_parameter(column + 1, rows.maybe_text(row, column))?;
            }
            statement.raw_execute()?;
        }
        Ok(())
    }

    fn row_limits(&self) -> RowLimits {
        RowLimits {
            bytes: ROW_BYTES_MAX,
            in_statements: false,
            key_chars: None,
        }
    }

    fn is_alive(&mut self) -> bool {
        true
    }
}

impl Cells for Row<'_> {
    fn text(&self, place: usize) -> Result<Option<String>, DatabaseError> {
        Ok(self.get(place)?)
    }

    fn integer(&self, place: usize) -> Result<Option<i64>, DatabaseError> {
        Ok(self.get(place)?)
    }

    fn number(&self, place: usize) -> Result<Option<f64>, DatabaseError> {
        Ok(self.get(place)?)
    }

    fn bytes(&self, place: usize) -> Result<Cow<'_, [u8]>, DatabaseError> {
        match self.get_ref(place)? {
            ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Ok(Cow::Borrowed(bytes)),
            other => Err(rusqlite::Error::InvalidColumnType(
                place,
                "bytes".to_owned(),
                other.data_type(),
            )
            .into()),
        }
    }
}
