//! Tables in a database: four for all tasks, and two for each group.

use super::super::error::failed_to;
use super::super::statements::GROUP_COLUMNS;
use super::super::{Layout, Result, SinkError, result_table};
use super::session::{Session, Value};
use super::{Server, Types};

/// Created last: where it is, the others are.
const LAST_SHARED: &str = "audience_output_author";

/// `state` is the users' own view of their tasks; the others carry the guarantees:
/// who may write for a task, how far its batches are durable, which authors were counted.
pub(super) fn create_shared(server: &dyn Server, session: &mut dyn Session) -> Result<()> {
    if !columns(server, session, LAST_SHARED)?.is_empty() {
        return Ok(());
    }
    let types = server.types();
    let (key, text, number, bytes) = (types.key, types.text, types.number, types.bytes);
    let tables = [
        format!(
            "state (
                 task_id {key} PRIMARY KEY, stat {key} NOT NULL, prod_stat {key},
                 model_type {text} NOT NULL, predict_type {text} NOT NULL,
                 date_range {text} NOT NULL, target_table {text} NOT NULL,
                 create_time {key} NOT NULL, peak_memory {number}, length_receive_table BIGINT,
                 length_output_table BIGINT, length_prod_table {text}, result {text},
                 uniq_source_author {text}, rate_of_label {text}, run_time {number},
                 check_point {text}, error_message {text}"
        ),
        format!(
            "audience_output_task (
                 task_id {key} PRIMARY KEY, epoch BIGINT NOT NULL, generation BIGINT NOT NULL,
                 figures {text} NOT NULL, published BIGINT NOT NULL"
        ),
        format!(
            "audience_output_batch (
                 task_id {key} NOT NULL, batch_no BIGINT NOT NULL, slices BIGINT NOT NULL,
                 checkpoint {text} NOT NULL, PRIMARY KEY (task_id, batch_no)"
        ),
        format!(
            "{LAST_SHARED} (
                 task_id {key} NOT NULL, batch_no BIGINT NOT NULL, slice BIGINT NOT NULL,
                 hashes {bytes} NOT NULL, PRIMARY KEY (task_id, batch_no, slice)"
        ),
    ];
    create(server, session, "create its tables", |session| {
        for table in &tables {
            let end = types.table_end;
            session.run(&format!("CREATE TABLE IF NOT EXISTS {table}{end}"))?;
        }
        Ok(())
    })
}

/// Whether tables of the groups that are there already are ours, and others can be named.
pub(super) fn check_groups(
    server: &dyn Server,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<()> {
    for group in &layout.groups {
        for table in [group.clone(), result_table(group)] {
            if !server.name_fits(&table) {
                return Err(SinkError::NameTooLong {
                    group: group.clone(),
                });
            }
            refuse_foreign(server, session, &table)?;
        }
    }
    Ok(())
}

pub(super) fn create_groups(
    server: &dyn Server,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<()> {
    check_groups(server, session, layout)?;
    let mut missing = Vec::new();
    for group in &layout.groups {
        for (table, staging) in [(group.clone(), true), (result_table(group), false)] {
            if columns(server, session, &table)?.is_empty() {
                missing.push((table, staging));
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    // All in one transaction, where the server knows such: each commit waits for the disk.
    create(server, session, "create a group's tables", |session| {
        for (table, staging) in &missing {
            create_group_table(server, session, table, *staging)?;
        }
        Ok(())
    })?;
    // Another may have created them while we waited for our turn.
    check_groups(server, session, layout)
}

fn create_group_table(
    server: &dyn Server,
    session: &mut dyn Session,
    table: &str,
    staging: bool,
) -> sqlx::Result<()> {
    let mut missing = true;
    session.read(
        server.columns_of_table(),
        &[Value::Text(table)],
        &mut |_| {
            missing = false;
            Ok(true)
        },
    )?;
    if !missing {
        return Ok(());
    }
    let Types { key, text, .. } = server.types();
    let definition = format!(
        "id {key} NOT NULL, task_id {key} NOT NULL, source_author {text} NOT NULL,
         panel {key} NOT NULL, create_time {key} NOT NULL, field_content {text} NOT NULL,
         match_content {text} NOT NULL, match_meta {text} NOT NULL"
    );
    let sql = server.create_group_table(&server.quoted(table), &definition, staging);
    session.run(&sql)
}

/// One at a time.
fn create(
    server: &dyn Server,
    session: &mut dyn Session,
    attempted: &'static str,
    work: impl FnOnce(&mut dyn Session) -> sqlx::Result<()>,
) -> Result<()> {
    let created = (|| {
        session.run(server.begin())?;
        session.run(server.before_tables())?;
        work(session)?;
        session.run("COMMIT")
    })();
    created.map_err(failed_to(attempted))
}

/// A group may have been given the name of a table that is somebody else's.
fn refuse_foreign(server: &dyn Server, session: &mut dyn Session, table: &str) -> Result<()> {
    let names = columns(server, session, table)?;
    if names.is_empty() || names.join(", ") == GROUP_COLUMNS {
        return Ok(());
    }
    Err(SinkError::OtherColumns {
        table: table.to_owned(),
        expected: GROUP_COLUMNS.to_owned(),
    })
}

/// The names of a table's columns; none if it is not there.
pub(super) fn columns(
    server: &dyn Server,
    session: &mut dyn Session,
    table: &str,
) -> Result<Vec<String>> {
    let mut names = Vec::new();
    session
        .read(
            server.columns_of_table(),
            &[Value::Text(table)],
            &mut |row| {
                names.extend(row.text(0)?);
                Ok(true)
            },
        )
        .map_err(failed_to("read the columns of a table"))?;
    Ok(names)
}

/// Removes what task `?1` staged. Emptying the whole table, where nobody else has rows, would
/// keep others from reading it meanwhile.
pub(super) fn clear_staging(server: &dyn Server, group: &str) -> String {
    format!("DELETE FROM {} WHERE task_id = ?1", server.quoted(group))
}
