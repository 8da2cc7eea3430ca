//! Views of what the newest published task of each rule set and table has published, one for each
//! group, so that readers need no id of a task.
//!
//! They are a convenience: where the role may not create them, tasks are published all the same.

use tracing::warn;

use super::error::failed_to;
use super::sessions::Sessions;
use super::statements::GROUP_COLUMNS;
use super::{
    LATEST_PREFIX, Layout, Lineage, Publication, Result, STATE_TABLE, beside, result_table, schema,
};
use crate::clock;
use crate::tables::{DatabaseError, Dialect, Session, Value};
use crate::telemetry::chain;

/// Which tasks have published, from what, and when.
pub(super) const PUBLISHED: &str = "audience_output_published";

/// Creates what is missing.
pub(super) fn prepare(dialect: &dyn Dialect, sessions: &Sessions, layout: &Layout) -> Result<()> {
    let created = sessions.with(|session| {
        let (missing, has_table) = missing_views(dialect, session, layout)?;
        if missing.is_empty() && has_table {
            return Ok(());
        }
        create(dialect, session, &missing)
    });
    match created {
        Err(error) if error.is_final() => {
            warn!(
                error = chain(&error),
                "the views of the newest tasks cannot be created"
            );
            Ok(())
        }
        created => created,
    }
}

/// Groups without a view, and whether the table of published tasks is there.
fn missing_views(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<(Vec<String>, bool)> {
    let views = layout.groups.iter().map(|group| view(group));
    let names: Vec<String> = [PUBLISHED.to_owned()].into_iter().chain(views).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let columns = schema::columns(dialect, session, &names);
    let columns = columns.map_err(failed_to("look for the views of the newest tasks"))?;
    let mut is_there = columns.iter().map(|columns| !columns.is_empty());
    let has_table = is_there.next().unwrap_or_default();
    let groups = layout.groups.iter().zip(is_there);
    let missing = groups.filter(|(_, is_there)| !is_there);
    Ok((missing.map(|(group, _)| group.clone()).collect(), has_table))
}

fn view(group: &str) -> String {
    format!("{LATEST_PREFIX}{group}")
}

fn create(dialect: &dyn Dialect, session: &mut dyn Session, groups: &[String]) -> Result<()> {
    let types = dialect.types();
    let (key, text) = (types.key, types.text);
    let (integer, end) = (types.integer, types.table_end);
    let attempted = "create the views of the newest tasks";
    schema::create(dialect, session, attempted, |session| {
        session.run(&format!(
            "CREATE TABLE IF NOT EXISTS {PUBLISHED} (
                 task_id {key} PRIMARY KEY, rule_set {text} NOT NULL, source {text} NOT NULL,
                 source_table {text} NOT NULL, published_us {integer} NOT NULL{end}"
        ))?;
        for group in groups {
            // Another may have created it while we waited for our turn.
            let columns = schema::columns(dialect, session, &[&view(group)])?;
            if columns.iter().all(Vec::is_empty) {
                session.run(&create_view(dialect, group))?;
            }
        }
        Ok(())
    })
}

/// A task that was removed from `state` counts no more.
fn create_view(dialect: &dyn Dialect, group: &str) -> String {
    let (view, result) = (
        dialect.quoted(&view(group)),
        dialect.quoted(&result_table(group)),
    );
    let columns = GROUP_COLUMNS
        .split(", ")
        .map(|name| format!("panels.{name}"));
    let columns = columns.collect::<Vec<_>>().join(", ");
    format!(
        "CREATE VIEW {view} AS
         SELECT {columns}, published.rule_set, published.source, published.source_table
         FROM {result} AS panels
         JOIN {PUBLISHED} AS published ON published.task_id = panels.task_id
         JOIN {STATE_TABLE} AS task ON task.task_id = panels.task_id
         WHERE NOT EXISTS (
             SELECT 1 FROM {PUBLISHED} AS newer
             JOIN {STATE_TABLE} AS newer_task ON newer_task.task_id = newer.task_id
             WHERE newer.rule_set = published.rule_set AND newer.source = published.source
               AND newer.source_table = published.source_table
               AND (newer.published_us > published.published_us
                    OR newer.published_us = published.published_us
                       AND newer.task_id > published.task_id))"
    )
}

/// Notes that a task publishes now, in its transaction.
pub(super) fn note(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    publication: &Publication,
) -> Result<()> {
    let Some(lineage) = &publication.lineage else {
        return Ok(());
    };
    if !schema::is_there(dialect, session, PUBLISHED)? {
        return Ok(());
    }
    replace(session, task_id, lineage).map_err(failed_to("note what was published"))?;
    beside::forget_earlier_ledgers(session, task_id, lineage, PUBLISHED)
}

/// Forgets that a task has published.
pub(super) fn forget(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
) -> Result<()> {
    if !schema::is_there(dialect, session, PUBLISHED)? {
        return Ok(());
    }
    let forget = format!("DELETE FROM {PUBLISHED} WHERE task_id = ?1");
    let done = session.execute(&forget, &[Value::Text(task_id)]);
    done.map(drop)
        .map_err(failed_to("forget what was published"))
}

fn replace(
    session: &mut dyn Session,
    task_id: &str,
    lineage: &Lineage,
) -> std::result::Result<(), DatabaseError> {
    let forget = format!("DELETE FROM {PUBLISHED} WHERE task_id = ?1");
    session.execute(&forget, &[Value::Text(task_id)])?;
    let note = format!(
        "INSERT INTO {PUBLISHED} (task_id, rule_set, source, source_table, published_us)
         VALUES (?1, ?2, ?3, ?4, ?5)"
    );
    let values = [
        Value::Text(task_id),
        Value::Text(&lineage.rule_set),
        Value::Text(&lineage.source),
        Value::Text(&lineage.table),
        Value::Integer(clock::now_micros()),
    ];
    session.execute(&note, &values).map(drop)
}
