//! Output in a database of a server: PostgreSQL, MySQL or MariaDB.
//!
//! Control calls use a connection that is kept; a batch has one of its own for its slices.
//! Statements are the same everywhere but for what [`Server`] says.

mod mysql;
mod placeholders;
mod postgres;
mod publish;
mod results;
mod schema;
mod session;
mod sessions;
mod stage;
mod state;
mod task;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::session::{Session, Value};
use self::sessions::Sessions;
use super::error::failed_to;
use super::statements::{self, GROUP_COLUMNS};
use super::{
    Fence, Layout, Publication, Result, ResultRow, Sink, StageWriter, StateChange, StateFigures,
    StateRow, TaskFigures, TaskHeader, TaskProgress,
};
use crate::servers::ServerKind;

/// What staging attempts, in words.
const STAGED: &str = "stage rows";

/// What differs between the kinds of server in statements.
trait Server: Send + Sync {
    fn connect(&self) -> Result<Box<dyn Session>>;

    /// A name as an identifier.
    fn quoted(&self, name: &str) -> String;

    fn name_fits(&self, name: &str) -> bool;

    fn types(&self) -> Types;

    /// Creates a group's table, whose name is quoted.
    fn create_group_table(&self, table: &str, columns: &str, staging: bool) -> String;

    /// What numbers the rows of a staging table: nobody sees it who does not name it.
    fn row_number(&self) -> &'static str;

    /// The number of the newest of some staged rows.
    fn newest_number(&self) -> &'static str;

    /// Runs first in a transaction that creates tables.
    fn before_tables(&self) -> &'static str;

    /// Selects the columns that everybody sees of so many tables, `?1` and following: the place of
    /// the table, from 0, and the name of the column, in the table's order.
    fn columns_of_tables(&self, tables: usize) -> String;

    fn begin(&self) -> &'static str;

    /// Begins a transaction that may be lost as a whole if the server crashes.
    fn begin_slice(&self) -> &'static str;

    /// The end of an insert that leaves a row that is there as it is.
    fn or_leave_it(&self) -> &'static str;

    /// What a text is told from all others by, to the byte.
    fn identity(&self, column: &str) -> String;

    /// A text of up to 255 characters, to be ordered by its bytes.
    fn in_bytes(&self, column: &str) -> String;

    /// Deletes up to `rows` rows of task `?1`.
    fn delete_some(&self, table: &str, rows: u64) -> String;

    /// Names the session for as long as its transaction lasts, so that whoever takes the task over
    /// can find it; nothing where nobody looks.
    fn name_session(&self, fence: &Fence) -> Option<String>;

    /// Ends the sessions of those who had task `?1` before epoch `?2`. One that is frozen in the
    /// middle of a transaction would keep its locks. Nothing: the server does so by itself once a
    /// session is silent for the length of a lease.
    fn end_former(&self) -> Option<&'static str>;

    /// Selects `?2` rows of task `?1` by chance.
    fn sample(&self, table: &str) -> String;
}

/// Types of columns; texts compare by their bytes.
struct Types {
    /// Of a text that tables are searched or ordered by.
    key: &'static str,
    /// Of a text of any length.
    text: &'static str,
    number: &'static str,
    bytes: &'static str,
    /// Ends a table's definition.
    table_end: &'static str,
}

/// One database of a server.
pub(super) struct ServerSink {
    sessions: Arc<Sessions>,
}

impl ServerSink {
    /// Does not touch the server yet.
    pub(super) fn new(kind: ServerKind, url: &str, lease: Duration) -> Result<Self> {
        let server: Box<dyn Server> = match kind {
            ServerKind::Postgres => Box::new(postgres::PostgresServer::new(url, lease)?),
            ServerKind::MySql => Box::new(mysql::MySqlServer::new(url, lease)?),
        };
        Ok(Self {
            sessions: Arc::new(Sessions::new(server)),
        })
    }

    fn server(&self) -> &dyn Server {
        self.sessions.server()
    }

    /// Runs `work` in a transaction that has shown its fence.
    fn fenced<T>(
        &self,
        fence: &Fence,
        work: impl FnOnce(&mut dyn Session) -> Result<T>,
    ) -> Result<T> {
        let begin = named(self.server().begin(), self.server(), fence);
        self.sessions.in_transaction(&begin, |session| {
            task::raise_fence(session, fence)?;
            work(session)
        })
    }
}

/// How a transaction of a task begins.
fn named(begin: &str, server: &dyn Server, fence: &Fence) -> String {
    match server.name_session(fence) {
        Some(name) => format!("{begin}; {name}"),
        None => begin.to_owned(),
    }
}

impl Sink for ServerSink {
    fn prepare(&self) -> Result<()> {
        self.sessions
            .with(|session| schema::create_shared(self.server(), session))
    }

    fn check(&self, layout: &Layout) -> Result<()> {
        self.sessions
            .with(|session| schema::check_groups(self.server(), session, layout))
    }

    fn announce(&self, task_id: &str, header: &TaskHeader, create_time: &str) -> Result<()> {
        self.sessions
            .with(|session| state::announce(self.server(), session, task_id, header, create_time))
    }

    fn begin(&self, fence: &Fence, layout: &Layout, fresh: bool) -> Result<TaskProgress> {
        self.sessions.with(|session| {
            task::refuse_unknown(session, &fence.task_id, fresh)?;
            schema::create_groups(self.server(), session, layout)?;
            task::end_former(self.server(), session, fence)
        })?;
        let begin = named(self.server().begin(), self.server(), fence);
        self.sessions.in_transaction(&begin, |session| {
            task::adopt(self.server(), session, fence, layout, fresh)?;
            Ok(task::progress_of(session, &fence.task_id)?.unwrap_or_default())
        })
    }

    fn read_authors(&self, fence: &Fence, visit: &mut dyn FnMut(&[u64])) -> Result<()> {
        self.sessions
            .with(|session| stage::read_authors(session, &fence.task_id, visit))
    }

    fn stage_writer(
        &self,
        fence: &Fence,
        layout: &Layout,
        panels: &[String],
    ) -> Result<Box<dyn StageWriter>> {
        Ok(Box::new(stage::ServerStageWriter::new(
            Arc::clone(&self.sessions),
            fence.clone(),
            layout.clone(),
            panels,
        )?))
    }

    fn change_state(&self, fence: &Fence, change: &StateChange) -> Result<()> {
        self.fenced(fence, |session| {
            state::change(session, &fence.task_id, change)
        })
    }

    fn publish(
        &self,
        fence: &Fence,
        publication: &Publication,
        state: &dyn Fn() -> StateFigures,
        cancel: &CancellationToken,
    ) -> Result<TaskFigures> {
        publish::publish(&self.sessions, fence, publication, state, cancel)
    }

    fn sweep(&self, fence: &Fence, layout: &Layout, rows_max: u64) -> Result<u64> {
        self.fenced(fence, |session| {
            let (attempted, own) = ("drop staged rows", [Value::Text(&fence.task_id)]);
            let mut dropped = 0;
            for group in &layout.groups {
                let left = rows_max.saturating_sub(dropped);
                let table = self.server().quoted(group);
                let sql = self.server().delete_some(&table, left);
                let done = session.execute(&sql, &own);
                dropped += done.map_err(failed_to(attempted))?;
            }
            if dropped == 0 {
                for forget in statements::FORGET_BATCHES {
                    let done = session.execute(forget, &own);
                    done.map_err(failed_to(attempted))?;
                }
            }
            Ok(dropped)
        })
    }

    fn forget(&self, fence: &Fence) -> Result<()> {
        self.fenced(fence, |session| {
            let own = [Value::Text(&fence.task_id)];
            for forget in statements::FORGET_BATCHES
                .into_iter()
                .chain([statements::FORGET_TASK])
            {
                let done = session.execute(forget, &own);
                done.map_err(failed_to("forget a task"))?;
            }
            Ok(())
        })
    }

    fn newest_states(&self, limit: u32) -> Result<Vec<StateRow>> {
        self.sessions.with(|session| state::newest(session, limit))
    }

    fn state_of(&self, task_id: &str) -> Result<Option<StateRow>> {
        self.sessions.with(|session| state::of(session, task_id))
    }

    fn figures_of(&self, task_id: &str) -> Result<Option<TaskProgress>> {
        self.sessions
            .with(|session| task::progress_of(session, task_id))
    }

    fn sample(&self, task_id: &str, group: &str, limit: u32) -> Result<Vec<ResultRow>> {
        self.sessions
            .with(|session| results::sample(self.server(), session, task_id, group, limit))
    }

    fn read_results(
        &self,
        task_id: &str,
        group: &str,
        visit: &mut dyn FnMut(ResultRow) -> bool,
    ) -> Result<()> {
        results::read(&self.sessions, task_id, group, visit)
    }
}
