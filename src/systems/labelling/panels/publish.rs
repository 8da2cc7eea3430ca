//! Publishing: from a task's staged rows to its panels, in one transaction. Readers see the old
//! result or the new one, and writers of other tasks continue meanwhile.
//!
//! Where a database has one writer, choosing the rows would keep all others waiting. There it is
//! done before that transaction: it takes long and writes nothing but a temporary table, and the
//! rows of a task that has been labelled do not change any more.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::error::failed_to;
use super::sessions::{Sessions, in_transaction, of_task};
use super::statements::{self, GROUP_COLUMNS, to_json};
use super::{
    Conflict, Fence, Publication, Result, SinkError, StateFigures, TaskFigures, result_table,
    schema, state, task,
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
                figures
            };
            state::show_published(session, task_id, figures.published_total())?;
            Ok(figures)
        })
    })
}

/// The name of a panel, where its identity is something else.
const PANEL_NAME: &str = "panel_name";

/// The groups of a task whose rows are published.
struct Groups<'a> {
    dialect: &'static dyn Dialect,
    task_id: &'a str,
    publication: &'a Publication,
    cancel: &'a CancellationToken,
}

impl Groups<'_> {
    /// Fills a temporary table with the numbers of the rows to publish.
    fn choose(&self, session: &mut dyn Session) -> Result<()> {
        self.execute(
            session,
            "CREATE TEMP TABLE kept (
                 group_no INTEGER, newest INTEGER, PRIMARY KEY (group_no, newest)) WITHOUT ROWID",
            &[],
        )?;
        self.number_panels(session)?;
        for (group_no, group) in self.publication.layout.groups.iter().enumerate() {
            let rows = self.kept_rows(&self.dialect.quoted(group));
            let sql = format!(
                "INSERT INTO temp.kept (group_no, newest) SELECT {group_no}, newest FROM ({rows})"
            );
            self.execute(session, &sql, &[Value::Text(self.task_id)])?;
        }
        Ok(())
    }

    /// The order of the panels, for ties.
    fn number_panels(&self, session: &mut dyn Session) -> Result<()> {
        let create = "CREATE TEMP TABLE panel_order (panel TEXT PRIMARY KEY, no INTEGER)";
        self.execute(session, create, &[])?;
        for (no, panel) in (0..).zip(&self.publication.panels) {
            let insert = "INSERT INTO temp.panel_order (panel, no) VALUES (?1, ?2)";
            self.execute(session, insert, &[Value::Text(panel), Value::Integer(no)])?;
        }
        Ok(())
    }

    /// Returns how many rows were published, by number of the group.
    fn move_rows(&self, session: &mut dyn Session) -> Result<Vec<u64>> {
        let groups = self.publication.layout.groups.iter().enumerate();
        groups
            .map(|(group_no, group)| self.move_group(session, group_no, group))
            .collect()
    }

    fn move_group(&self, session: &mut dyn Session, group_no: usize, group: &str) -> Result<u64> {
        let task_id = Value::Text(self.task_id);
        let (staging, result) = (
            self.dialect.quoted(group),
            self.dialect.quoted(&result_table(group)),
        );
        let clear = format!("DELETE FROM {result} WHERE task_id = ?1");
        self.execute(session, &clear, &[task_id])?;
        let mut values = Vec::new();
        let kept = if self.dialect.has_one_writer() {
            format!("SELECT newest FROM temp.kept WHERE group_no = {group_no}")
        } else {
            values.push(task_id);
            if self.publication.conflict == Conflict::MajorityFirst {
                values.extend(
                    self.publication
                        .panels
                        .iter()
                        .map(|panel| Value::Text(panel)),
                );
            }
            self.kept_rows(&staging)
        };
        let number = self.dialect.row_number();
        let insert = format!(
            "INSERT INTO {result} ({GROUP_COLUMNS}) SELECT {GROUP_COLUMNS}
             FROM {staging} JOIN ({kept}) AS kept ON {staging}.{number} = kept.newest"
        );
        let published = self.execute(session, &insert, &values)?;
        if !self.publication.keep_staging {
            schema::clear_staging(
                self.dialect,
                session,
                group,
                task_id,
                |session, sql, values| self.execute(session, sql, values),
            )?;
        }
        Ok(published)
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

    /// Selects, as `newest`, the numbers of the rows of task `?1` that are to be published. Finds
    /// the newest row of each author and panel while it counts them.
    fn kept_rows(&self, staging: &str) -> String {
        let dialect = self.dialect;
        let (author, panel) = (dialect.identity("source_author"), dialect.identity("panel"));
        let name = match self.panel_name() {
            PANEL_NAME => "max(panel) AS panel_name,",
            _ => "",
        };
        let newest = dialect.newest_row("create_time", "id");
        let newest = format!(
            "SELECT {author} AS author, {panel} AS panel_identity, {name} count(*) AS amount,
                    {newest}
             FROM {staging} WHERE task_id = ?1 GROUP BY author, panel_identity"
        );
        match self.settled() {
            None => format!("SELECT newest FROM ({newest}) AS panels"),
            Some((places, choice)) => format!(
                "SELECT newest FROM (SELECT newest, {places} FROM ({newest}) AS panels) AS placed
                 WHERE {choice}"
            ),
        }
    }

    /// The column by which panels are ordered. A column of its own only where that is needed: what
    /// is carried makes the table of groups larger.
    fn panel_name(&self) -> &'static str {
        let is_ordered = self.publication.conflict == Conflict::MajorityFirst;
        match is_ordered && self.dialect.identity("panel") != "panel" {
            true => PANEL_NAME,
            false => "panel_identity",
        }
    }

    /// What is counted of the panels of an author, and which of them is kept by that; `None` if
    /// all are.
    fn settled(&self) -> Option<(String, &'static str)> {
        match self.publication.conflict {
            Conflict::KeepAll => None,
            Conflict::MajorityDropTies => Some((
                "rank() OVER (PARTITION BY author ORDER BY amount DESC) AS place,
                 count(*) OVER (PARTITION BY author, amount) AS equally_many"
                    .to_owned(),
                "place = 1 AND equally_many = 1",
            )),
            Conflict::MajorityFirst => {
                let order = self.panel_order();
                Some((
                    format!(
                        "row_number() OVER (
                             PARTITION BY author ORDER BY amount DESC, {order}) AS place"
                    ),
                    "place = 1",
                ))
            }
        }
    }

    /// The place of a panel in the rule set, for ties: looked up where `choose` has numbered
    /// them, and else compared with `?2` and following.
    fn panel_order(&self) -> String {
        let name = self.panel_name();
        if self.dialect.has_one_writer() {
            return format!("(SELECT no FROM temp.panel_order WHERE panel = {name})");
        }
        let places: Vec<_> = (0..self.publication.panels.len())
            .map(|place| format!("WHEN ?{} THEN {place}", place + 2))
            .collect();
        match places.is_empty() {
            true => "0".to_owned(),
            false => format!("CASE {name} {} ELSE -1 END", places.join(" ")),
        }
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
