//! Staging: one transaction a slice.

use rusqlite::{Connection, Transaction, params};

use super::super::error::failed_to;
use super::super::statements::{self, GROUP_COLUMNS, corrupt, hashes_in, to_bytes, to_json};
use super::super::{Fence, Layout, Result, SinkError, SliceCommit, StageWriter, StagedRows};
use super::{begin, raise_fence, state};
use crate::sqlite::quoted;
use crate::write_gate::WriteGate;

/// Writes the slices of one batch.
pub(super) struct SqliteStageWriter {
    connection: Connection,
    gate: WriteGate,
    fence: Fence,
    layout: Layout,
    panels: Vec<String>,
    /// By number of the group.
    inserts: Vec<String>,
}

impl SqliteStageWriter {
    pub(super) fn new(
        connection: Connection,
        gate: WriteGate,
        fence: Fence,
        layout: Layout,
        panels: &[String],
    ) -> Self {
        connection.set_prepared_statement_cache_capacity(layout.groups.len() + 8);
        let inserts = layout
            .groups
            .iter()
            .map(|group| insert_into(group))
            .collect();
        Self {
            connection,
            gate,
            fence,
            layout,
            panels: panels.to_vec(),
            inserts,
        }
    }
}

impl StageWriter for SqliteStageWriter {
    fn commit(&mut self, slice: &SliceCommit<'_>) -> Result<()> {
        let _pass = self.gate.enter_blocking();
        let transaction = begin(&mut self.connection)?;
        raise_fence(&transaction, &self.fence)?;
        let task_id = self.fence.task_id.as_str();
        move_checkpoint(&transaction, task_id, slice)?;
        insert_rows(
            &transaction,
            task_id,
            &self.inserts,
            &self.panels,
            slice.staged,
        )?;
        insert_authors(&transaction, task_id, slice)?;
        let figures = to_json(slice.figures)?;
        transaction
            .prepare_cached("UPDATE audience_output_task SET figures = ?2 WHERE task_id = ?1")
            .and_then(|mut statement| statement.execute(params![task_id, figures]))
            .map_err(failed_to("keep the figures of a task"))?;
        let rendered = slice.figures.render(&self.layout);
        state::show_figures(&transaction, task_id, &rendered, slice.state)?;
        transaction.commit().map_err(failed_to("commit a slice"))
    }
}

fn insert_into(group: &str) -> String {
    format!(
        "INSERT INTO {} ({GROUP_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        quoted(group)
    )
}

/// The checkpoint moves forward by exactly one slice, or the slice was committed before.
fn move_checkpoint(
    transaction: &Transaction<'_>,
    task_id: &str,
    slice: &SliceCommit<'_>,
) -> Result<()> {
    let attempted = "move a checkpoint";
    let checkpoint = to_json(slice.checkpoint)?;
    let slices = slice.checkpoint.slices;
    let moved = if slices == 1 {
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO audience_output_batch (task_id, batch_no, slices, checkpoint)
                 VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut insert| {
                insert.execute(params![task_id, slice.batch_no, slices, checkpoint])
            })
    } else {
        transaction
            .prepare_cached(statements::MOVE_CHECKPOINT)
            .and_then(|mut update| {
                update.execute(params![task_id, slice.batch_no, slices, checkpoint])
            })
    };
    match moved.map_err(failed_to(attempted))? {
        1 => Ok(()),
        _ => Err(SinkError::Fenced),
    }
}

fn insert_rows(
    transaction: &Transaction<'_>,
    task_id: &str,
    inserts: &[String],
    panels: &[String],
    staged: &StagedRows,
) -> Result<()> {
    let attempted = "stage rows";
    let mut statements = Vec::with_capacity(inserts.len());
    for sql in inserts {
        statements.push(
            transaction
                .prepare_cached(sql)
                .map_err(failed_to(attempted))?,
        );
    }
    for row in staged.iter() {
        statements[usize::from(row.group)]
            .execute(params![
                row.id,
                task_id,
                row.source_author,
                panels[usize::from(row.panel)],
                row.post_time,
                row.s_id,
                row.content,
                row.meta
            ])
            .map_err(failed_to(attempted))?;
    }
    Ok(())
}

fn insert_authors(
    transaction: &Transaction<'_>,
    task_id: &str,
    slice: &SliceCommit<'_>,
) -> Result<()> {
    if slice.new_authors.is_empty() {
        return Ok(());
    }
    let hashes = to_bytes(slice.new_authors);
    transaction
        .prepare_cached(statements::INSERT_AUTHORS)
        .and_then(|mut insert| {
            insert.execute(params![
                task_id,
                slice.batch_no,
                slice.checkpoint.slices,
                hashes
            ])
        })
        .map_err(failed_to("keep which authors were counted"))?;
    Ok(())
}

pub(super) fn read_authors(
    connection: &Connection,
    task_id: &str,
    visit: &mut dyn FnMut(&[u64]),
) -> Result<()> {
    let attempted = "read which authors were counted";
    let mut statement = connection
        .prepare(statements::AUTHORS)
        .map_err(failed_to(attempted))?;
    let mut rows = statement.query([task_id]).map_err(failed_to(attempted))?;
    let mut hashes = Vec::new();
    while let Some(row) = rows.next().map_err(failed_to(attempted))? {
        let bytes = row
            .get_ref(0)
            .map_err(failed_to(attempted))?
            .as_blob()
            .map_err(corrupt)?;
        hashes.clear();
        hashes.extend(hashes_in(bytes));
        visit(&hashes);
    }
    Ok(())
}
