//! Publishing: from a task's staged rows to its panels, in one transaction. Readers see the old
//! result or the new one, and writers of other tasks continue meanwhile.
//!
//! Where a database has one writer, choosing the rows would keep all others waiting. There it is
//! done before that transaction: it takes long and writes nothing but a temporary table, and the
//! rows of a task that has been labelled do not change any more.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::error::failed_to;
use super::kept::KeptRows;
use super::sessions::{Sessions, in_transaction, of_task};
use super::statements::{self, GROUP_COLUMNS, to_json};
use super::{
    Fence, Publication, Result, SinkError, StateFigures, TaskFigures, latest, result_table, schema,
    state, task,
};
use crate::tables::{Dialect, Durability, Session, Value};

pub(super) fn publish(
    sessions: &Sessions,
    fence: &Fence,
    publication: &Publication,
    state: &dyn Fn() -> StateFigures,
    cancel: &CancellationToken,
) -> Result<TaskFigures> {
    let started = Instant::now();
    let task_id = fence.task_id.as_str();
    let groups = Groups {
        dialect: sessions.dialect(),
        task_id,
        publication,
        cancel,
    };
    sessions.with(|session| {
        latest::prepare(groups.dialect, sessions, &publication.layout)?;
        if groups.dialect.has_one_writer() {
            let known = task::progress_of(session, task_id)?;
            if known.is_some_and(|progress| !progress.published) {
                groups.choose(session)?;
            }
        }
        // What is published must survive a power cut once it was announced.
        in_transaction(session, of_task(fence, Durability::Full), |session| {
            task::raise_fence(session, fence)?;
            let progress = task::progress_of(session, task_id)?.ok_or(SinkError::TaskUnknown)?;
            let figures = if progress.published {
                // An earlier attempt committed and could not report it.
                progress.figures
            } else {
                let rows = groups.move_rows(session)?;
                let figures = progress.figures.published(rows, started);
                finish(&groups, session, &figures, &state())?;
                latest::note(groups.dialect, session, task_id, publication)?;
                figures
            };
            state::show_published(session, task_id, &figures)?;
            Ok(figures)
        })
    })
}

/// A time without what marks one that a clock shows for the second time, which has served its
/// purpose: see `tables::without_mark`, and for rows that an earlier version staged, a semicolon.
const UNMARKED_TIME: &str = "CASE WHEN create_time LIKE '%<%' THEN substr(create_time, 28)
                                  ELSE replace(create_time, ';', ':') END";

/// The order of the panels, in the database that has one writer.
const PANEL_ORDER: &str = "temp.panel_order";

/// The groups of a task whose rows are published.
pub(super) struct Groups<'a> {
    pub(super) dialect: &'static dyn Dialect,
    pub(super) task_id: &'a str,
    pub(super) publication: &'a Publication,
    pub(super) cancel: &'a CancellationToken,
}

impl Groups<'_> {
    pub(super) fn names(&self) -> impl Iterator<Item = (usize, &String)> {
        self.publication.layout.groups.iter().enumerate()
    }

    /// Fills a temporary table with the numbers of the rows to publish.
    pub(super) fn choose(&self, session: &mut dyn Session) -> Result<()> {
        let create = "CREATE TEMP TABLE kept (
            group_no INTEGER, newest INTEGER, PRIMARY KEY (group_no, newest)) WITHOUT ROWID";
        self.execute(session, create, &[])?;
        self.number_panels(session)?;
        let kept = KeptRows::new(self.dialect, self.publication, Some(PANEL_ORDER));
        for (group_no, group) in self.names() {
            let rows = kept.query(&self.dialect.quoted(group));
            let sql = format!(
                "INSERT INTO temp.kept (group_no, newest) SELECT {group_no}, newest FROM ({rows})"
            );
            self.execute(session, &sql, &kept.values(self.task_id))?;
        }
        Ok(())
    }

    fn number_panels(&self, session: &mut dyn Session) -> Result<()> {
        let create =
            format!("CREATE TEMP TABLE {PANEL_ORDER} (panel TEXT PRIMARY KEY, no INTEGER)");
        self.execute(session, &create, &[])?;
        let insert = format!("INSERT INTO {PANEL_ORDER} (panel, no) VALUES (?1, ?2)");
        for (no, panel) in (0..).zip(&self.publication.panels) {
            self.execute(session, &insert, &[Value::Text(panel), Value::Integer(no)])?;
        }
        Ok(())
    }

    /// Returns how many rows were published, by number of the group.
    fn move_rows(&self, session: &mut dyn Session) -> Result<Vec<u64>> {
        self.names()
            .map(|(group_no, group)| self.move_group(session, group_no, group))
            .collect()
    }

    fn move_group(&self, session: &mut dyn Session, group_no: usize, group: &str) -> Result<u64> {
        let (dialect, task_id) = (self.dialect, Value::Text(self.task_id));
        let (staging, result) = (dialect.quoted(group), dialect.quoted(&result_table(group)));
        let clear = format!("DELETE FROM {result} WHERE task_id = ?1");
        self.execute(session, &clear, &[task_id])?;
        let (kept, values) = self.kept(group_no, &staging);
        let number = dialect.row_number();
        let mut time = match self.publication.hours_repeat {
            true => UNMARKED_TIME.to_owned(),
            false => "create_time".to_owned(),
        };
        if schema::has_times(dialect, session, &result_table(group))? {
            time = dialect.as_time(&time);
        }
        let columns = GROUP_COLUMNS.replace("create_time", &time);
        let insert = format!(
            "INSERT INTO {result} ({GROUP_COLUMNS}) SELECT {columns}
             FROM {staging} JOIN ({kept}) AS kept ON {staging}.{number} = kept.newest"
        );
        let published = self.execute(session, &insert, &values)?;
        if !self.publication.keep_staging {
            schema::clear_staging(dialect, session, group, task_id, |session, sql, values| {
                self.execute(session, sql, values)
            })?;
        }
        Ok(published)
    }

    /// Selects, as `newest`, the numbers of the rows of a group to publish; with its values.
    pub(super) fn kept(&self, group_no: usize, staging: &str) -> (String, Vec<Value<'_>>) {
        if self.dialect.has_one_writer() {
            let chosen = format!("SELECT newest FROM temp.kept WHERE group_no = {group_no}");
            return (chosen, Vec::new());
        }
        let kept = KeptRows::new(self.dialect, self.publication, None);
        (kept.query(staging), kept.values(self.task_id))
    }

    fn execute(&self, session: &mut dyn Session, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        if self.cancel.is_cancelled() {
            return Err(SinkError::Cancelled);
        }
        let done = session.execute_unless(self.cancel, sql, values);
        done.map_err(|error| match self.cancel.is_cancelled() {
            true => SinkError::Cancelled,
            false => failed_to("publish a group")(error),
        })
    }
}

fn finish(
    groups: &Groups<'_>,
    session: &mut dyn Session,
    figures: &TaskFigures,
    now: &StateFigures,
) -> Result<()> {
    let attempted = "finish a task";
    let json = to_json(figures)?;
    let task_id = Value::Text(groups.task_id);
    session
        .execute(statements::PUBLISHED_TASK, &[task_id, Value::Text(&json)])
        .map_err(failed_to(attempted))?;
    // The author hashes served the counting, which is over.
    session
        .execute(statements::FORGET_AUTHORS, &[task_id])
        .map_err(failed_to(attempted))?;
    let rendered = figures.render(&groups.publication.layout);
    state::show_figures(groups.dialect, session, groups.task_id, &rendered, now)
}
