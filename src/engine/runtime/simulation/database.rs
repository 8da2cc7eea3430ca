//! A connection of a simulated process to the database: answers on the thread that asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use entity::{attempt, batch, job, step};

use futures_util::future::BoxFuture;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::Value as Cell;
use rusqlite::{Batch, Connection, params_from_iter};
use sea_orm::{
    ColumnTrait, ColumnType, DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr,
    ExecResult, Iterable, MockDatabase, MockDatabaseConnection, MockDatabaseTrait, MockExecResult,
    QueryResult, RuntimeErr, Statement, Transaction, Value,
};

use super::process::Vitals;
use super::world::{CommitFailure, World};
use crate::engine::store::Connect;

/// sea-orm's seam for databases that are made up. This one is real.
#[derive(Debug)]
struct SimulatedConnection {
    world: World,
    vitals: Arc<Vitals>,
    database: Connection,
    /// The transaction could not be begun: everything in it fails.
    shut_out: bool,
    /// A commit has failed: it must not be used any more.
    is_lost: bool,
    commit: Arc<Commit>,
}

/// A connection for reading.
pub(super) fn connect(world: &World, vitals: &Arc<Vitals>) -> DatabaseConnection {
    connection(world, vitals, Arc::default())
}

fn connection(world: &World, vitals: &Arc<Vitals>, commit: Arc<Commit>) -> DatabaseConnection {
    let connection = SimulatedConnection {
        world: world.clone(),
        vitals: Arc::clone(vitals),
        database: world.connect(),
        shut_out: false,
        is_lost: false,
        commit,
    };
    let connection = Arc::new(MockDatabaseConnection::new(connection));
    DatabaseConnectionType::MockDatabaseConnection(connection).into()
}

/// How the last commit of a writer ended: sea-orm's mock calls each a success.
#[derive(Debug, Default)]
struct Commit(Mutex<Option<DbErr>>);

impl Commit {
    fn fails(&self, error: DbErr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// Connections for the writer of a process.
pub(super) struct Connections {
    world: World,
    vitals: Arc<Vitals>,
    commit: Arc<Commit>,
}

impl Connections {
    pub(super) fn new(world: &World, vitals: &Arc<Vitals>) -> Self {
        Self {
            world: world.clone(),
            vitals: Arc::clone(vitals),
            commit: Arc::default(),
        }
    }
}

impl Connect for Connections {
    fn connect(&self) -> BoxFuture<'_, Result<DatabaseConnection, DbErr>> {
        Box::pin(async {
            if self.world.a_statement_fails() {
                return Err(trouble("the database is away"));
            }
            let commit = Arc::clone(&self.commit);
            Ok(connection(&self.world, &self.vitals, commit))
        })
    }

    fn confirm_commit(&self) -> Result<(), DbErr> {
        let mut failed = self.commit.0.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take().map_or(Ok(()), Err)
    }
}

fn trouble(what: impl ToString) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(what.to_string()))
}

impl SimulatedConnection {
    /// Before each statement: the process may be dead, or die of it, or the statement be unlucky.
    fn approach(&mut self) -> Result<(), DbErr> {
        if self.world.somebody_dies() {
            self.die("in a transaction");
        }
        if self.vitals.is_dead() {
            return Err(trouble("nobody asks any more"));
        }
        if self.is_lost {
            self.world
                .is_wrong("a connection is used after its commit failed");
        }
        if self.shut_out {
            return Err(trouble("somebody else is in the middle of a transaction"));
        }
        if self.world.a_statement_fails() {
            return Err(trouble("the database is away"));
        }
        Ok(())
    }

    fn die(&mut self, whereabouts: &str) {
        if !self.vitals.is_dead() {
            let name = self.vitals.name();
            self.world.say(format!("{name} dies {whereabouts}"));
            self.vitals.die();
        }
        self.take_back();
    }

    fn take_back(&mut self) {
        self.shut_out = false;
        if !self.database.is_autocommit() {
            self.database
                .execute_batch("ROLLBACK")
                .expect("a transaction is open");
        }
    }
}

impl MockDatabaseTrait for SimulatedConnection {
    fn execute(&mut self, _: usize, statement: Statement) -> Result<ExecResult, DbErr> {
        self.approach()?;
        let rows_affected = match &statement.values {
            None => self.database.execute_batch(&statement.sql).map(|()| 0),
            Some(values) if statement.sql.ends_with(';') => {
                script(&self.database, &statement.sql, &values.0)
            }
            Some(values) => self
                .database
                .prepare_cached(&statement.sql)
                .and_then(|mut sql| sql.execute(params_from_iter(values.0.iter().map(cell))))
                .map(|rows| rows as u64),
        };
        let result = MockExecResult {
            last_insert_id: self.database.last_insert_rowid().unsigned_abs(),
            rows_affected: rows_affected.map_err(trouble)?,
        };
        // The only way to make one.
        let mut made = MockDatabase::new(DbBackend::Sqlite).append_exec_results([result]);
        MockDatabaseTrait::execute(&mut made, 0, statement)
    }

    fn query(&mut self, _: usize, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.approach()?;
        let rows = rows(&self.database, &statement).map_err(trouble)?;
        let mut made = MockDatabase::new(DbBackend::Sqlite).append_query_results([rows]);
        MockDatabaseTrait::query(&mut made, 0, statement)
    }

    fn begin(&mut self) {
        if self.is_lost {
            self.world
                .is_wrong("a connection is used after its commit failed");
        }
        // Another process may have been left, or frozen, in the middle of one.
        let begun = self.database.execute_batch("BEGIN IMMEDIATE");
        self.shut_out = begun.is_err();
    }

    fn commit(&mut self) {
        if self.world.somebody_dies() {
            self.die("before a commit");
        }
        if self.vitals.is_dead() || self.shut_out {
            self.commit.fails(trouble("nothing was begun"));
            return self.take_back();
        }
        let failure = self.world.a_commit_fails();
        self.is_lost = failure.is_some();
        if failure == Some(CommitFailure::NotStored) {
            self.world.say("a commit fails");
            self.commit.fails(trouble("the disk is full"));
            return self.take_back();
        }
        self.database
            .execute_batch("COMMIT")
            .expect("a transaction is open");
        self.world.look();
        if failure == Some(CommitFailure::Stored) {
            self.world.say("the answer to a commit is lost");
            self.commit.fails(trouble("the connection is lost"));
        }
        if self.world.somebody_dies() {
            self.die("behind a commit");
        }
    }

    fn rollback(&mut self) {
        self.take_back();
    }

    fn drain_transaction_log(&mut self) -> Vec<Transaction> {
        Vec::new()
    }

    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    fn ping(&self) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Statements one after the other, each with its share of the values.
fn script(database: &Connection, sql: &str, values: &[Value]) -> rusqlite::Result<u64> {
    let (mut statements, mut values) = (Batch::new(database, sql), values);
    let mut rows = 0;
    while let Some(mut statement) = statements.next()? {
        let (own, others) = values.split_at(statement.parameter_count());
        rows += statement.execute(params_from_iter(own.iter().map(cell)))? as u64;
        values = others;
    }
    Ok(rows)
}

fn rows(
    database: &Connection,
    statement: &Statement,
) -> rusqlite::Result<Vec<BTreeMap<String, Value>>> {
    let mut sql = database.prepare_cached(&statement.sql)?;
    let columns: Vec<(String, Kind)> = sql
        .columns()
        .iter()
        .map(|column| (column.name().to_owned(), Kind::of(column)))
        .collect();
    let values = statement.values.iter().flat_map(|values| &values.0);
    let mut found = sql.query(params_from_iter(values.map(cell)))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut values = BTreeMap::new();
        for (place, (name, kind)) in columns.iter().enumerate() {
            values.insert(name.clone(), kind.value(row.get::<_, Cell>(place)?));
        }
        rows.push(values);
    }
    Ok(rows)
}

/// What a column holds; expressions are numbers here.
enum Kind {
    Text,
    Integer,
    Long,
    Truth,
    Bytes,
}

/// SQLite declares numbers of any length alike, the entities do not.
static SHORT: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    fn short<C: ColumnTrait + Iterable>() -> impl Iterator<Item = String> {
        let columns = C::iter();
        columns
            .filter(|column| *column.def().get_column_type() == ColumnType::Integer)
            .map(|column| column.as_str().to_owned())
    }
    let (jobs, steps) = (short::<job::Column>(), short::<step::Column>());
    let (batches, attempts) = (short::<batch::Column>(), short::<attempt::Column>());
    jobs.chain(steps).chain(batches).chain(attempts).collect()
});

impl Kind {
    fn of(column: &rusqlite::Column<'_>) -> Self {
        let declared = column.decl_type().unwrap_or("integer").to_lowercase();
        match declared.split('(').next().unwrap_or_default() {
            "integer" if SHORT.contains(column.name()) => Self::Integer,
            "integer" => Self::Long,
            "boolean" => Self::Truth,
            "blob" => Self::Bytes,
            _ => Self::Text,
        }
    }

    fn value(&self, cell: Cell) -> Value {
        match (self, cell) {
            (Self::Text, Cell::Text(text)) => Value::String(Some(text)),
            (Self::Text, _) => Value::String(None),
            (Self::Bytes, Cell::Blob(bytes)) => Value::Bytes(Some(bytes)),
            (Self::Bytes, _) => Value::Bytes(None),
            (Self::Integer, Cell::Integer(number)) => Value::Int(i32::try_from(number).ok()),
            (Self::Integer, _) => Value::Int(None),
            (Self::Truth, Cell::Integer(number)) => Value::Bool(Some(number != 0)),
            (Self::Truth, _) => Value::Bool(None),
            // An expression may be a text all the same.
            (Self::Long, Cell::Text(text)) => Value::String(Some(text)),
            (Self::Long, Cell::Integer(number)) => Value::BigInt(Some(number)),
            (Self::Long, _) => Value::BigInt(None),
        }
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Bool(Some(truth)) => Cell::Integer(i64::from(*truth)),
        Value::Int(Some(number)) => Cell::Integer(i64::from(*number)),
        Value::Unsigned(Some(number)) => Cell::Integer(i64::from(*number)),
        Value::BigInt(Some(number)) => Cell::Integer(*number),
        Value::BigUnsigned(Some(number)) => Cell::Integer(*number as i64),
        Value::String(Some(text)) => Cell::Text(text.clone()),
        Value::Bytes(Some(bytes)) => Cell::Blob(bytes.clone()),
        Value::Bool(None)
        | Value::Int(None)
        | Value::Unsigned(None)
        | Value::BigInt(None)
        | Value::BigUnsigned(None)
        | Value::String(None)
        | Value::Bytes(None) => Cell::Null,
        other => panic!("the store binds no such value: {other:?}"),
    }
}
