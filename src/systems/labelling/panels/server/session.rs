//! A connection to a server, and what the two kinds of server have in common there.

use std::borrow::Cow;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use sqlx::query::Query;
use sqlx::{
    Arguments, AssertSqlSafe, ColumnIndex, ConnectOptions, Connection, Database, Decode, Encode,
    Executor, IntoArguments, Row, Type,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::super::Result;
use super::super::error::not_opened;
use super::placeholders::rendered;
use crate::servers::Blocking;

/// How long to wait for a server that does not answer to a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a statement may take to end after the server was told to stop it.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A value that is bound to a statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Integer(i64),
    Number(f64),
    Bytes(&'a [u8]),
}

/// The columns of a row, by place.
pub(super) trait Columns {
    fn text(&self, place: usize) -> sqlx::Result<Option<String>>;
    fn integer(&self, place: usize) -> sqlx::Result<Option<i64>>;
    fn number(&self, place: usize) -> sqlx::Result<Option<f64>>;
    fn bytes(&self, place: usize) -> sqlx::Result<Vec<u8>>;
}

/// What a reader of rows answers: whether it wants more.
pub(super) type Visit<'v> = dyn FnMut(&dyn Columns) -> sqlx::Result<bool> + 'v;

/// A staged row in the order of the columns.
pub(super) type StagedColumns<'a> = [&'a str; 8];

/// A connection that blocks. After an error, and when its rows were not read to the end, it
/// cannot be used again.
///
/// Statements write their values as `?1`, `?2`, …, each as often as it likes.
pub(super) trait Session: Send {
    /// Statements without values.
    fn run(&mut self, script: &str) -> sqlx::Result<()>;

    /// Answers how many rows the statement met, whether or not it changed them.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> sqlx::Result<u64>;

    /// Like `execute`; the server is told to stop when `cancel` says so.
    fn execute_unless(
        &mut self,
        cancel: &CancellationToken,
        sql: &str,
        values: &[Value<'_>],
    ) -> sqlx::Result<u64>;

    /// Answers whether all rows were visited. `visit` is not called where futures are run, so
    /// that it may block.
    fn read(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut Visit<'_>,
    ) -> sqlx::Result<bool>;

    /// Adds rows to a table, whose name is quoted.
    fn stage(&mut self, table: &str, rows: &[StagedColumns<'_>]) -> Result<()>;

    /// Asks the server.
    fn is_alive(&mut self) -> bool;
}

/// What differs between connections to the kinds of server.
pub(super) trait Engine: Database {
    type Options: ConnectOptions<Connection = Self::Connection> + Clone;
    /// What is asked of a server once.
    type Limits: Copy + Send + Sync;

    /// Whether a statement may use a value twice (`$1`) or counts them (`?`).
    const NUMBERED: bool;
    /// Selects the number by which others can stop what this connection does.
    const OWN_NUMBER: &'static str;

    /// `lease`: how long the server may hear nothing within a transaction.
    fn greet(
        connection: &mut Self::Connection,
        lease: Duration,
    ) -> impl Future<Output = sqlx::Result<Self::Limits>> + Send;

    /// Stops the statement of another connection.
    fn stop(number: i64) -> String;

    /// A text as the server can hold it.
    fn storable(text: &str) -> Cow<'_, str>;

    fn rows_met(result: &Self::QueryResult) -> u64;

    fn stage(
        connection: &mut Self::Connection,
        limits: Self::Limits,
        table: &str,
        rows: &[StagedColumns<'_>],
    ) -> impl Future<Output = Result<()>>;
}

/// A connection with the runtime that drives it. Fields are dropped in this order.
pub(super) struct Connected<E: Engine> {
    connection: E::Connection,
    runtime: Blocking,
    limits: E::Limits,
    options: E::Options,
    /// Known once it was asked for.
    number: Option<i64>,
}

impl<E: Engine> Connected<E> {
    pub(super) fn open(options: &E::Options, lease: Duration) -> Result<Self> {
        let runtime = Blocking::new().map_err(|error| not_opened(sqlx::Error::Io(error)))?;
        let opened = runtime.run(async {
            let mut connection = connect::<E>(options).await?;
            let limits = E::greet(&mut connection, lease).await?;
            Ok::<_, sqlx::Error>((connection, limits))
        });
        let (connection, limits) = opened.map_err(not_opened)?;
        Ok(Self {
            connection,
            runtime,
            limits,
            options: options.clone(),
            number: None,
        })
    }
}

async fn connect<E: Engine>(options: &E::Options) -> sqlx::Result<E::Connection> {
    match timeout(CONNECT_TIMEOUT, options.connect()).await {
        Ok(connected) => connected,
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
    }
}

impl<E> Session for Connected<E>
where
    E: Engine,
    for<'c> &'c mut E::Connection: Executor<'c, Database = E>,
    E::Arguments: IntoArguments<E>,
    for<'v> &'v str: Encode<'v, E> + Type<E>,
    for<'v> Option<&'v str>: Encode<'v, E> + Type<E>,
    for<'v> &'v [u8]: Encode<'v, E> + Type<E>,
    for<'v> i64: Encode<'v, E> + Type<E>,
    for<'v> f64: Encode<'v, E> + Type<E>,
    E::Row: Columns,
{
    fn run(&mut self, script: &str) -> sqlx::Result<()> {
        let script = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
        self.runtime
            .run(script.execute(&mut self.connection))
            .map(drop)
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> sqlx::Result<u64> {
        let statement = statement::<E>(sql, values)?;
        let result = self.runtime.run(statement.execute(&mut self.connection))?;
        Ok(E::rows_met(&result))
    }

    fn execute_unless(
        &mut self,
        cancel: &CancellationToken,
        sql: &str,
        values: &[Value<'_>],
    ) -> sqlx::Result<u64> {
        let number = self.own_number()?;
        let statement = statement::<E>(sql, values)?;
        let Self {
            connection,
            runtime,
            options,
            ..
        } = self;
        let result = runtime.run(async {
            let mut result = pin!(statement.execute(connection));
            tokio::select! {
                result = &mut result => return result,
                () = cancel.cancelled() => {}
            }
            let mut other = connect::<E>(options).await?;
            sqlx::raw_sql(AssertSqlSafe(E::stop(number)))
                .execute(&mut other)
                .await?;
            match timeout(STOP_TIMEOUT, result).await {
                Ok(result) => result,
                Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
            }
        })?;
        Ok(E::rows_met(&result))
    }

    fn read(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut Visit<'_>,
    ) -> sqlx::Result<bool> {
        let statement = statement::<E>(sql, values)?;
        let Self {
            connection,
            runtime,
            ..
        } = self;
        let mut rows = statement.fetch(connection);
        while let Some(row) = runtime.run(rows.next()) {
            if !visit(&row?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn stage(&mut self, table: &str, rows: &[StagedColumns<'_>]) -> Result<()> {
        let staged = E::stage(&mut self.connection, self.limits, table, rows);
        self.runtime.run(staged)
    }

    fn is_alive(&mut self) -> bool {
        const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
        let Self {
            connection,
            runtime,
            ..
        } = self;
        let asked = runtime.run(async { timeout(ANSWERS_WITHIN, connection.ping()).await });
        matches!(asked, Ok(Ok(())))
    }
}

impl<E: Engine> Connected<E>
where
    Self: Session,
{
    fn own_number(&mut self) -> sqlx::Result<i64> {
        if let Some(number) = self.number {
            return Ok(number);
        }
        let mut number = None;
        self.read(E::OWN_NUMBER, &[], &mut |row| {
            number = row.integer(0)?;
            Ok(true)
        })?;
        self.number = number;
        number.ok_or(sqlx::Error::RowNotFound)
    }
}

fn statement<E>(sql: &str, values: &[Value<'_>]) -> sqlx::Result<Query<'static, E, E::Arguments>>
where
    E: Engine,
    E::Arguments: IntoArguments<E>,
    for<'v> &'v str: Encode<'v, E> + Type<E>,
    for<'v> Option<&'v str>: Encode<'v, E> + Type<E>,
    for<'v> &'v [u8]: Encode<'v, E> + Type<E>,
    for<'v> i64: Encode<'v, E> + Type<E>,
    for<'v> f64: Encode<'v, E> + Type<E>,
{
    let (sql, order) = rendered(sql, E::NUMBERED);
    let mut arguments = E::Arguments::default();
    for place in order.unwrap_or_else(|| (0..values.len()).collect()) {
        let added = match values[place] {
            Value::Text(text) => arguments.add(&*E::storable(text)),
            Value::MaybeText(text) => arguments.add(text.map(E::storable).as_deref()),
            Value::Integer(integer) => arguments.add(integer),
            Value::Number(number) => arguments.add(number),
            Value::Bytes(bytes) => arguments.add(bytes),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(sql), arguments))
}

impl<R> Columns for R
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<f64>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn text(&self, place: usize) -> sqlx::Result<Option<String>> {
        self.try_get(place)
    }

    fn integer(&self, place: usize) -> sqlx::Result<Option<i64>> {
        self.try_get(place)
    }

    fn number(&self, place: usize) -> sqlx::Result<Option<f64>> {
        self.try_get(place)
    }

    fn bytes(&self, place: usize) -> sqlx::Result<Vec<u8>> {
        self.try_get(place)
    }
}
