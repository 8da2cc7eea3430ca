//! Staging: one transaction a slice.

use std::sync::Arc;
use std::time::Instant;

use super::error::failed_to;
use super::sessions::{Sessions, in_transaction, of_task};
use super::statements::{self, GROUP_COLUMNS, hashes_in, to_bytes, to_json};
use super::{
    Fence, Layout, Result, SinkError, SliceCommit, StagedRows, StorableRows, TaskFigures, beside,
    state, task,
};
use crate::tables::{Durability, Session, TextRows, Value};

/// Writes the slices of one batch; keeps its connection.
pub struct StageWriter {
    sessions: Arc<Sessions>,
    /// Missing after a slice that failed: the next one connects again.
    idle: Option<Box<dyn Session>>,
    fence: Fence,
    layout: Layout,
    panels: Vec<String>,
    /// Quoted names, by number of the group.
    tables: Vec<String>,
}

impl StageWriter {
    pub(super) fn new(
        sessions: Arc<Sessions>,
        fence: Fence,
        layout: Layout,
        panels: &[String],
    ) -> Result<Self> {
        let dialect = sessions.dialect();
        let tables = layout.groups.iter().map(|group| dialect.quoted(group));
        Ok(Self {
            tables: tables.collect(),
            idle: Some(sessions.take()?),
            sessions,
            fence,
            layout,
            panels: panels.to_vec(),
        })
    }

    /// Which rows can be committed.
    pub fn storable(&self) -> Result<StorableRows> {
        let limits = match &self.idle {
            Some(session) => session.row_limits(),
            None => self.sessions.take()?.row_limits(),
        };
        let task_id = &self.fence.task_id;
        Ok(StorableRows::new(
            limits,
            &self.tables,
            task_id,
            &self.panels,
        ))
    }

    /// Commits rows, checkpoint, authors, what stands beside them and figures in one transaction. Rows and checkpoint go
    /// together: a server that crashes resumes at an earlier one. Returns the figures that it has
    /// committed: those of the last slice of a batch include the time until just before the commit,
    /// which no later slice can add.
    pub fn commit(&mut self, slice: &SliceCommit<'_>) -> Result<TaskFigures> {
        let began = Instant::now();
        let mut idle = self.idle.take();
        let is_alive = idle.as_mut().is_some_and(|session| session.is_alive());
        let mut session = match idle.filter(|_| is_alive) {
            Some(session) => session,
            None => self.sessions.take()?,
        };
        let transaction = of_task(&self.fence, Durability::Relaxed);
        let figures = in_transaction(&mut *session, transaction, |session| {
            self.write(session, slice, began)
        })?;
        self.idle = Some(session);
        Ok(figures)
    }

    fn write(
        &self,
        session: &mut dyn Session,
        slice: &SliceCommit<'_>,
        began: Instant,
    ) -> Result<TaskFigures> {
        let task_id = self.fence.task_id.as_str();
        let mut figures = slice.figures.clone();
        task::raise_fence_with(session, &self.fence, &figures)?;
        move_checkpoint(session, task_id, slice)?;
        self.insert_rows(session, slice.staged)?;
        insert_authors(session, task_id, slice)?;
        let owner = beside::Owner {
            task_id,
            batch_no: slice.batch_no,
            slice: slice.checkpoint.slices,
        };
        beside::insert(session, owner, slice.beside)?;
        let rendered = figures.render(&self.layout);
        let dialect = self.sessions.dialect();
        state::show_figures(dialect, session, task_id, &rendered, slice.state)?;
        if slice.checkpoint.finished {
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            figures.times.write_us += took;
            task::raise_fence_with(session, &self.fence, &figures)?;
        }
        Ok(figures)
    }

    fn insert_rows(&self, session: &mut dyn Session, staged: &StagedRows) -> Result<()> {
        let (numbers, starts) = staged.by_group(self.tables.len());
        for (table, ends) in self.tables.iter().zip(starts.windows(2)) {
            let rows = GroupRows {
                task_id: &self.fence.task_id,
                panels: &self.panels,
                staged,
                numbers: &numbers[ends[0]..ends[1]],
            };
            if !rows.numbers.is_empty() {
                session
                    .insert(table, GROUP_COLUMNS, &rows)
                    .map_err(failed_to("stage rows"))?;
            }
        }
        Ok(())
    }
}

/// How many columns `GROUP_COLUMNS` are.
pub(super) const COLUMNS: usize = 8;

/// The staged rows of one group, in the order of `GROUP_COLUMNS`.
struct GroupRows<'a> {
    task_id: &'a str,
    panels: &'a [String],
    staged: &'a StagedRows,
    numbers: &'a [u32],
}

impl TextRows for GroupRows<'_> {
    fn rows(&self) -> usize {
        self.numbers.len()
    }

    fn columns(&self) -> usize {
        COLUMNS
    }

    fn text(&self, row: usize, column: usize) -> &str {
        let row = self.staged.row(self.numbers[row]);
        match column {
            0 => row.id(),
            1 => self.task_id,
            2 => row.source_author(),
            3 => &self.panels[row.panel()],
            4 => row.post_time(),
            5 => row.s_id(),
            6 => row.content(),
            _ => row.meta(),
        }
    }
}

/// The checkpoint moves forward by exactly one slice, or the slice was committed before.
fn move_checkpoint(
    session: &mut dyn Session,
    task_id: &str,
    slice: &SliceCommit<'_>,
) -> Result<()> {
    let attempted = "move a checkpoint";
    let checkpoint = to_json(slice.checkpoint)?;
    let values = [
        Value::Text(task_id),
        Value::Integer(i64::from(slice.batch_no)),
        Value::Integer(slice.checkpoint.slices),
        Value::Text(&checkpoint),
    ];
    let moved = if slice.checkpoint.slices == 1 {
        match session.execute(statements::FIRST_CHECKPOINT, &values) {
            Err(error) if error.is_unique_violation() => Ok(0),
            moved => moved,
        }
    } else {
        session.execute(statements::MOVE_CHECKPOINT, &values)
    };
    match moved.map_err(failed_to(attempted))? {
        1 => Ok(()),
        _ => Err(SinkError::Fenced),
    }
}

fn insert_authors(session: &mut dyn Session, task_id: &str, slice: &SliceCommit<'_>) -> Result<()> {
    if slice.new_authors.is_empty() {
        return Ok(());
    }
    let hashes = to_bytes(slice.new_authors);
    let values = [
        Value::Text(task_id),
        Value::Integer(i64::from(slice.batch_no)),
        Value::Integer(slice.checkpoint.slices),
        Value::Bytes(&hashes),
    ];
    let inserted = session.execute(statements::INSERT_AUTHORS, &values);
    inserted
        .map(drop)
        .map_err(failed_to("keep which authors were counted"))
}

pub(super) fn read_authors(
    session: &mut dyn Session,
    task_id: &str,
    visit: &mut dyn FnMut(&[u64]),
) -> Result<()> {
    let mut hashes = Vec::new();
    session
        .read(statements::AUTHORS, &[Value::Text(task_id)], &mut |row| {
            hashes.clear();
            hashes.extend(hashes_in(&row.bytes(0)?));
            visit(&hashes);
            Ok(true)
        })
        .map_err(failed_to("read which authors were counted"))?;
    Ok(())
}
