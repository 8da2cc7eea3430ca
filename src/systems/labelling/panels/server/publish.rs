//! Publishing: from a task's staged rows to its panels, in one transaction. Writers of other
//! tasks and readers go on meanwhile; readers see the old result or the new one.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::super::error::failed_to;
use super::super::statements::{self, GROUP_COLUMNS, to_json};
use super::super::{
    Conflict, Fence, Publication, Result, SinkError, StateFigures, TaskFigures, result_table,
};
use super::session::{Session, Value};
use super::sessions::Sessions;
use super::{Server, named, schema, state, task};

pub(super) fn publish(
    sessions: &Sessions,
    fence: &Fence,
    publication: &Publication,
    state: &dyn Fn() -> StateFigures,
    cancel: &CancellationToken,
) -> Result<TaskFigures> {
    let started = Instant::now();
    let server = sessions.server();
    let begin = named(server.begin(), server, fence);
    sessions.in_transaction(&begin, |session| {
        task::raise_fence(session, fence)?;
        let task_id = fence.task_id.as_str();
        let progress = task::progress_of(session, task_id)?.ok_or(SinkError::TaskUnknown)?;
        let figures = if progress.published {
            // An earlier attempt committed and could not say so.
            progress.figures
        } else {
            let rows = move_groups(server, session, task_id, publication, cancel)?;
            let figures = progress.figures.published(rows, started);
            finish(session, task_id, publication, &figures, &state())?;
            figures
        };
        state::show_published(session, task_id, figures.published_total())?;
        Ok(figures)
    })
}

fn move_groups(
    server: &dyn Server,
    session: &mut dyn Session,
    task_id: &str,
    publication: &Publication,
    cancel: &CancellationToken,
) -> Result<Vec<u64>> {
    let mut values = vec![Value::Text(task_id)];
    if publication.conflict == Conflict::MajorityFirst {
        values.extend(publication.panels.iter().map(|panel| Value::Text(panel)));
    }
    let mut published = Vec::with_capacity(publication.layout.groups.len());
    for group in &publication.layout.groups {
        let mut execute = |sql: &str, values: &[Value<'_>]| {
            if cancel.is_cancelled() {
                return Err(SinkError::Cancelled);
            }
            let done = session.execute_unless(cancel, sql, values);
            done.map_err(|error| match cancel.is_cancelled() {
                true => SinkError::Cancelled,
                false => failed_to("publish a group")(error),
            })
        };
        let result = server.quoted(&result_table(group));
        let clear = format!("DELETE FROM {result} WHERE task_id = ?1");
        execute(&clear, &values[..1])?;
        let rows = kept_rows(server, &server.quoted(group), publication);
        let insert = format!("INSERT INTO {result} ({GROUP_COLUMNS}) {rows}");
        published.push(execute(&insert, &values)?);
        if !publication.keep_staging {
            execute(&schema::clear_staging(server, group), &values[..1])?;
        }
    }
    Ok(published)
}

/// Selects the rows of task `?1` that are to be published; `?2` and following are the panels
/// where their order counts.
///
/// Finds the newest row of each author and panel while it counts them, and carries no texts but
/// those that it compares: sorting whole rows goes to the disk. `create_time` and `id` are joined by
/// a character below all that a time can hold, which makes the comparison the same as comparing one
/// after the other; the row's number stands behind them.
fn kept_rows(server: &dyn Server, staging: &str, publication: &Publication) -> String {
    let (author, panel) = (server.identity("source_author"), server.identity("panel"));
    // Only where its order counts: what is carried makes the table of groups larger.
    let name = match publication.conflict {
        Conflict::MajorityFirst => "max(panel) AS panel_name,",
        Conflict::MajorityDropTies | Conflict::KeepAll => "",
    };
    let (number, newest) = (server.row_number(), server.newest_number());
    let newest = format!(
        "SELECT {author} AS author, {panel} AS panel_identity, {name} count(*) AS amount,
                {newest} AS newest
         FROM {staging} WHERE task_id = ?1 GROUP BY author, panel_identity"
    );
    let kept = match settled(publication) {
        None => format!("SELECT newest FROM ({newest}) AS panels"),
        Some((places, choice)) => format!(
            "SELECT newest FROM (SELECT newest, {places} FROM ({newest}) AS panels) AS placed
             WHERE {choice}"
        ),
    };
    format!(
        "SELECT {GROUP_COLUMNS} FROM {staging} JOIN ({kept}) AS kept
         ON {staging}.{number} = kept.newest"
    )
}

/// What is counted of the panels of an author, and which of them is kept by that; `None` if all
/// are.
fn settled(publication: &Publication) -> Option<(String, &'static str)> {
    match publication.conflict {
        Conflict::KeepAll => None,
        Conflict::MajorityDropTies => Some((
            "rank() OVER (PARTITION BY author ORDER BY amount DESC) AS place,
             count(*) OVER (PARTITION BY author, amount) AS equally_many"
                .to_owned(),
            "place = 1 AND equally_many = 1",
        )),
        Conflict::MajorityFirst => {
            let order = panel_order("panel_name", publication.panels.len());
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

/// The place of a panel in the rule set, for ties.
fn panel_order(panel: &str, panels: usize) -> String {
    let places: Vec<_> = (0..panels)
        .map(|place| format!("WHEN ?{} THEN {place}", place + 2))
        .collect();
    match places.is_empty() {
        true => "0".to_owned(),
        false => format!("CASE {panel} {} ELSE -1 END", places.join(" ")),
    }
}

fn finish(
    session: &mut dyn Session,
    task_id: &str,
    publication: &Publication,
    figures: &TaskFigures,
    now: &StateFigures,
) -> Result<()> {
    let attempted = "finish a task";
    let json = to_json(figures)?;
    session
        .execute(
            statements::PUBLISHED_TASK,
            &[Value::Text(task_id), Value::Text(&json)],
        )
        .map_err(failed_to(attempted))?;
    // The author hashes served the counting, which is over.
    session
        .execute(statements::FORGET_AUTHORS, &[Value::Text(task_id)])
        .map_err(failed_to(attempted))?;
    state::show_figures(session, task_id, &figures.render(&publication.layout), now)
}
