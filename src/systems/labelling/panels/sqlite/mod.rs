//! Output in a SQLite file.
//!
//! Control calls open a connection of their own each time; a batch keeps one for its
//! slices. Writers of this process pass the file's [`WriteGate`] instead of meeting
//! SQLite's lock.

mod publish;
mod results;
mod schema;
mod stage;
mod state;

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params,
};
use tokio_util::sync::CancellationToken;

use super::error::{failed_to, not_opened};
use super::statements::{self, from_json, to_json};
use super::{
    BatchCheckpoint, Fence, Layout, Publication, Result, ResultRow, Sink, SinkError, StageWriter,
    StateChange, StateFigures, StateRow, TaskFigures, TaskHeader, TaskProgress,
};
use crate::sqlite::quoted;
use crate::write_gate::WriteGate;

/// How long to wait for another process that writes to the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Pages kept in memory by one connection, in KiB.
const CACHE_KIB: u32 = 4 * 1024;

/// One SQLite file.
#[derive(Clone, Debug)]
pub(super) struct SqliteSink {
    path: PathBuf,
    gate: WriteGate,
}

impl SqliteSink {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            gate: WriteGate::of_file(&path),
            path,
        }
    }

    fn connect(&self) -> Result<Connection> {
        self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opening for reading never creates the file or its tables.
    fn open(&self, access: OpenFlags) -> Result<Connection> {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(not_opened)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(not_opened)?;
        // A sort that outgrows its share of memory goes to a temporary file.
        let pragmas = format!(
            "PRAGMA synchronous = NORMAL; PRAGMA temp_store = FILE; PRAGMA cache_size = -{CACHE_KIB};"
        );
        connection.execute_batch(&pragmas).map_err(not_opened)?;
        Ok(connection)
    }

    /// Runs `work` in a write transaction that has shown its fence.
    fn fenced<T>(
        &self,
        fence: &Fence,
        work: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut connection = self.connect()?;
        let _pass = self.gate.enter_blocking();
        let transaction = begin(&mut connection)?;
        raise_fence(&transaction, fence)?;
        let value = work(&transaction)?;
        transaction.commit().map_err(failed_to("commit"))?;
        Ok(value)
    }
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed_to("begin a transaction"))
}

/// Shows under which lease a transaction writes; fails if a later lease has written.
fn raise_fence(transaction: &Transaction<'_>, fence: &Fence) -> Result<()> {
    let attempted = "check who owns the task";
    let raised = transaction
        .prepare_cached(statements::RAISE_FENCE)
        .and_then(|mut statement| statement.execute(params![fence.task_id, fence.epoch]))
        .map_err(failed_to(attempted))?;
    if raised == 1 {
        return Ok(());
    }
    match generation_of(transaction, &fence.task_id)? {
        Some(_) => Err(SinkError::Fenced),
        None => Err(SinkError::TaskUnknown),
    }
}

fn generation_of(transaction: &Transaction<'_>, task_id: &str) -> Result<Option<i32>> {
    transaction
        .query_row(statements::GENERATION, [task_id], |row| row.get(0))
        .optional()
        .map_err(failed_to("look for the task"))
}

impl Sink for SqliteSink {
    fn prepare(&self) -> Result<()> {
        if let Some(folder) = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty())
        {
            // A failure shows as the error of opening the file, which names the cause.
            std::fs::create_dir_all(folder).ok();
        }
        let connection =
            self.open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let _pass = self.gate.enter_blocking();
        schema::create_shared(&connection)
    }

    fn check(&self, layout: &Layout) -> Result<()> {
        schema::check_groups(&self.connect()?, layout)
    }

    fn announce(&self, task_id: &str, header: &TaskHeader, create_time: &str) -> Result<()> {
        let connection = self.connect()?;
        let _pass = self.gate.enter_blocking();
        state::announce(&connection, task_id, header, create_time)
    }

    fn begin(&self, fence: &Fence, layout: &Layout, fresh: bool) -> Result<TaskProgress> {
        let mut connection = self.connect()?;
        let _pass = self.gate.enter_blocking();
        let transaction = begin(&mut connection)?;
        adopt(&transaction, fence, layout, fresh)?;
        schema::create_groups(&transaction, layout)?;
        let progress = progress_of(&transaction, &fence.task_id)?.unwrap_or_default();
        transaction.commit().map_err(failed_to("begin a task"))?;
        Ok(progress)
    }

    fn read_authors(&self, fence: &Fence, visit: &mut dyn FnMut(&[u64])) -> Result<()> {
        stage::read_authors(&self.connect()?, &fence.task_id, visit)
    }

    fn stage_writer(
        &self,
        fence: &Fence,
        layout: &Layout,
        panels: &[String],
    ) -> Result<Box<dyn StageWriter>> {
        let connection = self.connect()?;
        Ok(Box::new(stage::SqliteStageWriter::new(
            connection,
            self.gate.clone(),
            fence.clone(),
            layout.clone(),
            panels,
        )))
    }

    fn change_state(&self, fence: &Fence, change: &StateChange) -> Result<()> {
        self.fenced(fence, |transaction| {
            state::change(transaction, &fence.task_id, change)
        })
    }

    fn publish(
        &self,
        fence: &Fence,
        publication: &Publication,
        state: &dyn Fn() -> StateFigures,
        cancel: &CancellationToken,
    ) -> Result<TaskFigures> {
        let mut connection = self.connect()?;
        publish::publish(
            &mut connection,
            &self.gate,
            fence,
            publication,
            state,
            cancel,
        )
    }

    fn sweep(&self, fence: &Fence, layout: &Layout, rows_max: u64) -> Result<u64> {
        self.fenced(fence, |transaction| {
            let attempted = "drop staged rows";
            let mut dropped = 0;
            for group in &layout.groups {
                let left = rows_max.saturating_sub(dropped);
                let table = quoted(group);
                let sql = format!(
                    "DELETE FROM {table} WHERE rowid IN
                         (SELECT rowid FROM {table} WHERE task_id = ?1 LIMIT ?2)"
                );
                let values = params![fence.task_id, i64::try_from(left).unwrap_or(i64::MAX)];
                let done = transaction.execute(&sql, values);
                dropped += done.map_err(failed_to(attempted))? as u64;
            }
            if dropped == 0 {
                for forget in statements::FORGET_BATCHES {
                    let done = transaction.execute(forget, [&fence.task_id]);
                    done.map_err(failed_to(attempted))?;
                }
            }
            Ok(dropped)
        })
    }

    fn forget(&self, fence: &Fence) -> Result<()> {
        self.fenced(fence, |transaction| {
            for forget in statements::FORGET_BATCHES
                .into_iter()
                .chain([statements::FORGET_TASK])
            {
                let done = transaction.execute(forget, [&fence.task_id]);
                done.map_err(failed_to("forget a task"))?;
            }
            Ok(())
        })
    }

    fn newest_states(&self, limit: u32) -> Result<Vec<StateRow>> {
        state::newest(&self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?, limit)
    }

    fn state_of(&self, task_id: &str) -> Result<Option<StateRow>> {
        state::of(&self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?, task_id)
    }

    fn figures_of(&self, task_id: &str) -> Result<Option<TaskProgress>> {
        progress_of(&self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?, task_id)
    }

    fn sample(&self, task_id: &str, group: &str, limit: u32) -> Result<Vec<ResultRow>> {
        results::sample(
            &self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?,
            task_id,
            group,
            limit,
        )
    }

    fn read_results(
        &self,
        task_id: &str,
        group: &str,
        visit: &mut dyn FnMut(ResultRow) -> bool,
    ) -> Result<()> {
        results::read(
            &self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?,
            task_id,
            group,
            visit,
        )
    }
}

/// Notes the task under this lease and clears what an earlier generation staged.
fn adopt(transaction: &Transaction<'_>, fence: &Fence, layout: &Layout, fresh: bool) -> Result<()> {
    match generation_of(transaction, &fence.task_id)? {
        None if fresh => insert_task(transaction, fence, layout),
        None => Err(SinkError::TaskUnknown),
        Some(generation) => {
            raise_fence(transaction, fence)?;
            if generation < fence.generation {
                start_over(transaction, fence, layout)?;
            }
            Ok(())
        }
    }
}

fn insert_task(transaction: &Transaction<'_>, fence: &Fence, layout: &Layout) -> Result<()> {
    let figures = to_json(&TaskFigures::new(layout.groups.len()))?;
    transaction
        .execute(
            statements::INSERT_TASK,
            params![fence.task_id, fence.epoch, fence.generation, figures],
        )
        .map_err(failed_to("take over a task"))?;
    Ok(())
}

fn start_over(transaction: &Transaction<'_>, fence: &Fence, layout: &Layout) -> Result<()> {
    let attempted = "start a task over";
    for forget in statements::FORGET_BATCHES {
        transaction
            .execute(forget, [&fence.task_id])
            .map_err(failed_to(attempted))?;
    }
    for group in &layout.groups {
        schema::clear_staging(transaction, group, &fence.task_id)?;
    }
    let figures = to_json(&TaskFigures::new(layout.groups.len()))?;
    transaction
        .execute(
            statements::RESTART_TASK,
            params![fence.task_id, fence.generation, figures],
        )
        .map_err(failed_to(attempted))?;
    state::forget_figures(transaction, &fence.task_id)
}

fn progress_of(connection: &Connection, task_id: &str) -> Result<Option<TaskProgress>> {
    let attempted = "read how far a task has got";
    let task: Option<(String, bool)> = connection
        .query_row(statements::PROGRESS, [task_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(failed_to(attempted))?;
    let Some((figures, published)) = task else {
        return Ok(None);
    };
    let mut progress = TaskProgress {
        figures: from_json(&figures)?,
        published,
        ..TaskProgress::default()
    };
    let mut statement = connection
        .prepare(statements::CHECKPOINTS)
        .map_err(failed_to(attempted))?;
    let rows = statement
        .query_map([task_id], |row| {
            Ok((row.get::<_, i32>(0)?, row.get::<_, String>(1)?))
        })
        .map_err(failed_to(attempted))?;
    for row in rows {
        let (batch_no, checkpoint) = row.map_err(failed_to(attempted))?;
        progress
            .batches
            .insert(batch_no, from_json::<BatchCheckpoint>(&checkpoint)?);
    }
    Ok(Some(progress))
}
