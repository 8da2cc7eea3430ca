//! A connection to a server, and what the kinds of server differ in there.

use std::borrow::Cow;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use sqlx::database::HasStatementCache;
use sqlx::query::Query;
use sqlx::{
    Arguments, AssertSqlSafe, ColumnIndex, ConnectOptions, Connection, Database, Decode, Encode,
    Executor, IntoArguments, Row, Type,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::blocking::Blocking;
use super::placeholders::rendered;
use crate::tables::error::DatabaseError;
use crate::tables::session::{
    Cells, Durability, Purpose, RowLimits, Session, TextRows, Transaction, Value, Visit,
};

/// How long to wait for a server that does not answer to a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a statement may take to end after the server was asked to stop it.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a server that works takes to answer.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// The cells of a row as text.
pub(in crate::tables) type TextCells = Vec<Option<String>>;

/// What connections to the kinds of server differ in. The futures are run by the thread that
/// waits for them.
pub(in crate::tables) trait Server:
    Database<Connection: Send + 'static> + HasStatementCache + Send + Sync
{
    /// Where the server is and who we are.
    type Options: ConnectOptions<Connection = Self::Connection> + Clone + Send + Sync + 'static;
    /// What a server is asked for once, for `insert`.
    type Limits: Copy + Send + Sync + 'static;

    /// Whether a statement may use a value twice (`$1`) or counts them (`?`).
    const NUMBERED: bool;
    /// Whether a statement is kept by the session for the next time. A pool of connections may run
    /// that in another session.
    const KEEPS_STATEMENTS: bool;
    /// Statements that set what holds while a transaction reads. Empty if `set_up` has set all,
    /// for a session that nobody else has.
    const WHILE_READING: &str;
    /// Selects the number by which others can stop what this connection does.
    const OWN_NUMBER: &'static str;

    /// Takes a URL apart.
    fn options(url: &str, purpose: Purpose) -> sqlx::Result<Self::Options>;

    /// Sets a new session up.
    fn set_up(
        connection: &mut Self::Connection,
        purpose: Purpose,
    ) -> impl Future<Output = sqlx::Result<Self::Limits>> + Send;

    fn begin(limits: Self::Limits, transaction: Transaction<'_>) -> String;

    /// Stops the statement of another connection.
    fn stop(number: i64) -> String;

    /// Ends another connection, whatever it does.
    fn end(number: i64) -> String;

    /// A text as the server can hold it.
    fn storable(text: &str) -> Cow<'_, str>;

    fn row_limits(limits: Self::Limits) -> RowLimits;

    fn rows_met(result: &Self::QueryResult) -> u64;

    /// All rows of a small query without values, as texts.
    fn rows(
        connection: &mut Self::Connection,
        sql: String,
    ) -> impl Future<Output = sqlx::Result<Vec<TextCells>>> + Send;

    fn insert(
        connection: &mut Self::Connection,
        limits: Self::Limits,
        table: &str,
        columns: &str,
        rows: &dyn TextRows,
    ) -> impl Future<Output = Result<(), DatabaseError>>;
}

/// A connection with the runtime that drives it. Fields are dropped in this order.
pub(in crate::tables) struct ServerSession<S: Server> {
    pub(super) connection: S::Connection,
    pub(super) runtime: Blocking,
    pub(super) options: S::Options,
    limits: S::Limits,
    /// Known once it was asked for in this transaction: a pool of connections may run the next one
    /// in another session.
    number: Option<i64>,
    in_transaction: bool,
}

impl<S: Server> ServerSession<S> {
    pub(in crate::tables) fn open(options: &S::Options, purpose: Purpose) -> sqlx::Result<Self> {
        let runtime = Blocking::new()?;
        let (connection, limits) = runtime.run(async {
            let mut connection = connect::<S>(options).await?;
            let limits = S::set_up(&mut connection, purpose).await?;
            Ok::<_, sqlx::Error>((connection, limits))
        })?;
        Ok(Self {
            connection,
            runtime,
            options: options.clone(),
            limits,
            number: None,
            in_transaction: false,
        })
    }

    /// Runs a future of the connection to its end.
    pub(in crate::tables) fn run_future<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut S::Connection) -> T,
    ) -> T {
        self.runtime.run(work(&mut self.connection))
    }

    /// All rows of a small query without values, as texts; for sessions that read.
    pub(in crate::tables) fn rows(&mut self, sql: String) -> sqlx::Result<Vec<TextCells>> {
        let sql = match S::WHILE_READING {
            "" => sql,
            // Statements that are sent together are a transaction.
            set => format!("{set}; {sql}"),
        };
        self.runtime.run(S::rows(&mut self.connection, sql))
    }

    /// Does what is done outside of a transaction in one of its own, where settings hold for
    /// transactions.
    fn alone<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, DatabaseError>,
        end: impl FnOnce(&mut Self, &T) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError>
    where
        Self: Session,
    {
        if self.in_transaction || S::WHILE_READING.is_empty() {
            return work(self);
        }
        self.begin(Transaction {
            durability: Durability::Usual,
            owner: None,
        })?;
        let value = work(self)?;
        end(self, &value)?;
        Ok(value)
    }
}

async fn connect<S: Server>(options: &S::Options) -> sqlx::Result<S::Connection> {
    match timeout(CONNECT_TIMEOUT, options.connect()).await {
        Ok(connected) => connected,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// The number by which `stop` knows a connection.
pub(super) async fn own_number<S: Server>(connection: &mut S::Connection) -> sqlx::Result<i64> {
    let rows = S::rows(connection, S::OWN_NUMBER.to_owned()).await?;
    let number = rows.into_iter().flatten().flatten().next();
    number
        .and_then(|number| number.parse().ok())
        .ok_or(sqlx::Error::RowNotFound)
}

/// Makes the server stop what another connection does.
pub(super) async fn stop<S: Server>(options: &S::Options, number: i64) -> sqlx::Result<()> {
    let mut connection = connect::<S>(options).await?;
    S::rows(&mut connection, S::stop(number)).await.map(drop)
}

/// Makes the server end another connection.
pub(super) async fn end<S: Server>(options: &S::Options, number: i64) -> sqlx::Result<()> {
    let mut connection = connect::<S>(options).await?;
    S::rows(&mut connection, S::end(number)).await.map(drop)
}

impl<S> Session for ServerSession<S>
where
    S: Server,
    for<'c> &'c mut S::Connection: Executor<'c, Database = S>,
    S::Arguments: IntoArguments<S>,
    for<'v> &'v str: Encode<'v, S> + Type<S>,
    for<'v> Option<&'v str>: Encode<'v, S> + Type<S>,
    for<'v> &'v [u8]: Encode<'v, S> + Type<S>,
    for<'v> i64: Encode<'v, S> + Type<S>,
    for<'v> f64: Encode<'v, S> + Type<S>,
    for<'r> ServerCells<'r, S::Row>: Cells,
{
    fn begin(&mut self, transaction: Transaction<'_>) -> Result<(), DatabaseError> {
        self.number = None;
        self.in_transaction = true;
        self.run(&S::begin(self.limits, transaction))
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.run("COMMIT").map_err(DatabaseError::of_commit)?;
        self.in_transaction = false;
        Ok(())
    }

    fn run(&mut self, script: &str) -> Result<(), DatabaseError> {
        let script = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
        let work = |session: &mut Self| {
            session
                .runtime
                .run(script.execute(&mut session.connection))?;
            Ok(())
        };
        self.alone(work, |session, ()| session.commit())
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, DatabaseError> {
        let statement = statement::<S>(sql, values)?;
        let work = |session: &mut Self| {
            let executed = statement.execute(&mut session.connection);
            Ok(S::rows_met(&session.runtime.run(executed)?))
        };
        self.alone(work, |session, _| session.commit())
    }

    fn execute_unless(
        &mut self,
        cancel: &CancellationToken,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<u64, DatabaseError> {
        let statement = statement::<S>(sql, values)?;
        let Self {
            connection,
            runtime,
            options,
            number,
            ..
        } = self;
        let result = runtime.run(async {
            let number = match *number {
                Some(number) => number,
                None => *number.insert(own_number::<S>(connection).await?),
            };
            let mut result = pin!(statement.execute(connection));
            tokio::select! {
                result = &mut result => return result,
                () = cancel.cancelled() => {}
            }
            let stopping = stop::<S>(options, number);
            match timeout(STOP_TIMEOUT, stopping).await {
                Ok(stopped) => stopped?,
                Err(_) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
            match timeout(STOP_TIMEOUT, result).await {
                Ok(result) => result,
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })?;
        Ok(S::rows_met(&result))
    }

    fn read(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut Visit<'_>,
    ) -> Result<bool, DatabaseError> {
        let statement = statement::<S>(sql, values)?;
        let work = |session: &mut Self| {
            let Self {
                connection,
                runtime,
                ..
            } = session;
            let mut rows = statement.fetch(connection);
            while let Some(row) = runtime.run(rows.next()) {
                if !visit(&ServerCells(&row?))? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        // A commit would first wait for the rows that are not wanted. What was read was read, also
        // when the commit fails: the session then counts as broken.
        self.alone(work, |session, &all| {
            if all {
                session.commit().ok();
            }
            Ok(())
        })
    }

    fn insert(
        &mut self,
        table: &str,
        columns: &str,
        rows: &dyn TextRows,
    ) -> Result<(), DatabaseError> {
        let inserting = S::insert(&mut self.connection, self.limits, table, columns, rows);
        self.runtime.run(inserting)
    }

    fn row_limits(&self) -> RowLimits {
        S::row_limits(self.limits)
    }

    fn is_alive(&mut self) -> bool {
        if self.in_transaction {
            return false;
        }
        let Self {
            connection,
            runtime,
            ..
        } = self;
        let asked = runtime.run(async { timeout(PING_TIMEOUT, connection.ping()).await });
        matches!(asked, Ok(Ok(())))
    }
}

fn statement<S>(sql: &str, values: &[Value<'_>]) -> sqlx::Result<Query<'static, S, S::Arguments>>
where
    S: Server,
    S::Arguments: IntoArguments<S>,
    for<'v> &'v str: Encode<'v, S> + Type<S>,
    for<'v> Option<&'v str>: Encode<'v, S> + Type<S>,
    for<'v> &'v [u8]: Encode<'v, S> + Type<S>,
    for<'v> i64: Encode<'v, S> + Type<S>,
    for<'v> f64: Encode<'v, S> + Type<S>,
{
    let (sql, order) = rendered(sql, S::NUMBERED);
    let mut arguments = S::Arguments::default();
    for place in order.unwrap_or_else(|| (0..values.len()).collect()) {
        let added = match values[place] {
            Value::Text(text) => arguments.add(&*S::storable(text)),
            Value::MaybeText(text) => arguments.add(text.map(S::storable).as_deref()),
            Value::Integer(integer) => arguments.add(integer),
            Value::Number(number) => arguments.add(number),
            Value::Bytes(bytes) => arguments.add(bytes),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
    Ok(query.persistent(S::KEEPS_STATEMENTS))
}

/// A row that a server sent.
struct ServerCells<'r, R>(&'r R);

impl<R> Cells for ServerCells<'_, R>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<f64>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    fn text(&self, place: usize) -> Result<Option<String>, DatabaseError> {
        Ok(self.0.try_get(place)?)
    }

    fn integer(&self, place: usize) -> Result<Option<i64>, DatabaseError> {
        Ok(self.0.try_get(place)?)
    }

    fn number(&self, place: usize) -> Result<Option<f64>, DatabaseError> {
        Ok(self.0.try_get(place)?)
    }

    fn bytes(&self, place: usize) -> Result<Cow<'_, [u8]>, DatabaseError> {
        Ok(Cow::Borrowed(self.0.try_get(place)?))
    }
}
