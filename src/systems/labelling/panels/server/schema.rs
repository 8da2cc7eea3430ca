//! Tables in a database: four for all tasks, and two for each group.

use super::super::error::failed_to;
use super::super::statements::GROUP_COLUMNS;
use super::super::{Layout, Result, SinkError, result_table};
use super::session::{Session, Value};
use super::{Server, Types};

/// Created last: where it is, the others are.
const LAST_SHARED: &str = "audience_output_author";

const LOOK: &str = "read the columns of a table";

/// `state` is the users' own view of their tasks; the others carry the guarantees:
/// who may write for a task, how far its batches are durable, which authors were counted.
pub(super) fn create_shared(server: &dyn Server, session: &mut dyn Session) -> Result<()> {
    if is_there(server, session, LAST_SHARED)? {
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
    missing_tables(server, session, layout).map(drop)
}

pub(super) fn create_groups(
    server: &dyn Server,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<()> {
    let missing = missing_tables(server, session, layout)?;
    if missing.is_empty() {
        return Ok(());
    }
    // All in one transaction, where the server knows such: each commit waits for the disk.
    create(server, session, "create a group's tables", |session| {
        // Another may have created them while we waited for our turn.
        let there = columns(server, session, &names_of(&missing))?;
        let creating = missing.iter().zip(there);
        let creating = creating.filter(|(_, columns)| columns.is_empty());
        let script = creating.map(|(table, _)| create_group_table(server, table));
        match script.collect::<Vec<_>>() {
            none if none.is_empty() => Ok(()),
            script => session.run(&script.join("; ")),
        }
    })?;
    check_groups(server, session, layout)
}

/// A table of a group.
struct GroupTable {
    name: String,
    staging: bool,
}

/// Tables of the groups that are not there. A group may have been given the name of a table that
/// is somebody else's, which is refused.
fn missing_tables(
    server: &dyn Server,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<Vec<GroupTable>> {
    let mut tables = Vec::with_capacity(2 * layout.groups.len());
    for group in &layout.groups {
        for (name, staging) in [(group.clone(), true), (result_table(group), false)] {
            if !server.name_fits(&name) {
                return Err(SinkError::NameTooLong {
                    group: group.clone(),
                });
            }
            tables.push(GroupTable { name, staging });
        }
    }
    let columns = columns(server, session, &names_of(&tables)).map_err(failed_to(LOOK))?;
    let mut missing = Vec::new();
    for (table, columns) in tables.into_iter().zip(columns) {
        if columns.is_empty() {
            missing.push(table);
        } else if columns.join(", ") != GROUP_COLUMNS {
            return Err(SinkError::OtherColumns {
                table: table.name,
                expected: GROUP_COLUMNS.to_owned(),
            });
        }
    }
    Ok(missing)
}

fn names_of(tables: &[GroupTable]) -> Vec<&str> {
    tables.iter().map(|table| table.name.as_str()).collect()
}

fn create_group_table(server: &dyn Server, table: &GroupTable) -> String {
    let Types { key, text, .. } = server.types();
    let definition = format!(
        "id {key} NOT NULL, task_id {key} NOT NULL, source_author {text} NOT NULL,
         panel {key} NOT NULL, create_time {key} NOT NULL, field_content {text} NOT NULL,
         match_content {text} NOT NULL, match_meta {text} NOT NULL"
    );
    server.create_group_table(&server.quoted(&table.name), &definition, table.staging)
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

pub(super) fn is_there(
    server: &dyn Server,
    session: &mut dyn Session,
    table: &str,
) -> Result<bool> {
    let columns = columns(server, session, &[table]).map_err(failed_to(LOOK))?;
    Ok(columns.iter().any(|columns| !columns.is_empty()))
}

/// The names of each table's columns; none of a table that is not there. One question for all:
/// each waits for the server.
fn columns(
    server: &dyn Server,
    session: &mut dyn Session,
    tables: &[&str],
) -> sqlx::Result<Vec<Vec<String>>> {
    let mut columns = vec![Vec::new(); tables.len()];
    if tables.is_empty() {
        return Ok(columns);
    }
    let names: Vec<_> = tables.iter().map(|table| Value::Text(table)).collect();
    let sql = server.columns_of_tables(tables.len());
    session.read(&sql, &names, &mut |row| {
        let place = row
            .integer(0)?
            .and_then(|place| usize::try_from(place).ok());
        if let Some(of_table) = place.and_then(|place| columns.get_mut(place)) {
            of_table.extend(row.text(1)?);
        }
        Ok(true)
    })?;
    Ok(columns)
}

/// Removes what task `?1` staged. Emptying the whole table, where nobody else has rows, would
/// keep others from reading it meanwhile.
pub(super) fn clear_staging(server: &dyn Server, group: &str) -> String {
    format!("DELETE FROM {} WHERE task_id = ?1", server.quoted(group))
}
