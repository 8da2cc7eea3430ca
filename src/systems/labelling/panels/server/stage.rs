//! Staging: one transaction a slice.

use std::sync::Arc;

use super::super::error::failed_to;
use super::super::statements::{self, hashes_in, to_bytes, to_json};
use super::super::{Fence, Layout, Result, SinkError, SliceCommit, StageWriter};
use super::session::{Session, StagedColumns, Value};
use super::sessions::{Sessions, if_alive, in_transaction};
use super::{named, state, task};

/// Writes the slices of one batch.
pub(super) struct ServerStageWriter {
    sessions: Arc<Sessions>,
    /// Missing after a slice that failed: the next one connects again.
    idle: Option<Box<dyn Session>>,
    fence: Fence,
    layout: Layout,
    panels: Vec<String>,
    /// Quoted names, by number of the group.
    tables: Vec<String>,
}

impl ServerStageWriter {
    pub(super) fn new(
        sessions: Arc<Sessions>,
        fence: Fence,
        layout: Layout,
        panels: &[String],
    ) -> Result<Self> {
        let server = sessions.server();
        let tables = layout.groups.iter().map(|group| server.quoted(group));
        Ok(Self {
            tables: tables.collect(),
            idle: Some(sessions.take()?),
            sessions,
            fence,
            layout,
            panels: panels.to_vec(),
        })
    }
}

impl StageWriter for ServerStageWriter {
    fn commit(&mut self, slice: &SliceCommit<'_>) -> Result<()> {
        let mut session = match self.idle.take().and_then(if_alive) {
            Some(session) => session,
            None => self.sessions.take()?,
        };
        let server = self.sessions.server();
        let begin = named(server.begin_slice(), server, &self.fence);
        in_transaction(&mut *session, &begin, |session| self.write(session, slice))?;
        self.idle = Some(session);
        Ok(())
    }
}

impl ServerStageWriter {
    fn write(&self, session: &mut dyn Session, slice: &SliceCommit<'_>) -> Result<()> {
        let task_id = self.fence.task_id.as_str();
        task::raise_fence_with(session, &self.fence, slice.figures)?;
        move_checkpoint(session, task_id, slice)?;
        self.insert_rows(session, slice)?;
        insert_authors(session, task_id, slice)?;
        let rendered = slice.figures.render(&self.layout);
        state::show_figures(session, task_id, &rendered, slice.state)
    }

    fn insert_rows(&self, session: &mut dyn Session, slice: &SliceCommit<'_>) -> Result<()> {
        let mut groups: Vec<Vec<StagedColumns<'_>>> = vec![Vec::new(); self.tables.len()];
        for row in slice.staged.iter() {
            groups[usize::from(row.group)].push([
                row.id,
                &self.fence.task_id,
                row.source_author,
                &self.panels[usize::from(row.panel)],
                row.post_time,
                row.s_id,
                row.content,
                row.meta,
            ]);
        }
        for (table, rows) in self.tables.iter().zip(&groups) {
            if !rows.is_empty() {
                session.stage(table, rows)?;
            }
        }
        Ok(())
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
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(0),
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
