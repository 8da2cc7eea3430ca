//! Tables in a database: five for all tasks, and two for each group.

use super::error::failed_to;
use super::origin::{self, Shape};
use super::statements::RULE_SET_COLUMNS;
use super::{Layout, Result, STATE_TABLE, SinkError, result_table};
use crate::tables::{
    Access, DatabaseError, Dialect, Durability, Index, NewTable, Session, Transaction, Value,
};

/// Created last: where it is, the others are as they have to be, unless somebody has dropped `state`.
const LAST_SHARED: &str = "audience_beside";

const LOOK: &str = "read the columns of a table";

/// `state` is the users' own view of their tasks; the others carry the guarantees:
/// who may write for a task, how far its batches are durable, which authors were counted, and what
/// else belongs to its slices.
pub(super) fn create_shared(dialect: &dyn Dialect, session: &mut dyn Session) -> Result<()> {
    let tables = [LAST_SHARED, STATE_TABLE];
    let found = columns(dialect, session, &tables).map_err(failed_to(LOOK))?;
    if let [last, state] = &found[..] {
        // A `state` of somebody else would be found only when the first task begins.
        origin::refuse_state(dialect, session, STATE_TABLE, state)?;
        let mut added = RULE_SET_COLUMNS.split(", ");
        let has_rule_sets = added.all(|name| has_column(state, name));
        if !last.is_empty() && has_rule_sets {
            return Ok(());
        }
    }
    let types = dialect.types();
    let (key, text, integer) = (types.key, types.text, types.integer);
    let (bytes, end) = (types.bytes, types.table_end);
    let own = [
        format!(
            "audience_output_task (
                 task_id {key} PRIMARY KEY, epoch {integer} NOT NULL, generation {integer} NOT NULL,
                 figures {text} NOT NULL, published {integer} NOT NULL"
        ),
        format!(
            "audience_output_batch (
                 task_id {key} NOT NULL, batch_no {integer} NOT NULL, slices {integer} NOT NULL,
                 checkpoint {text} NOT NULL, PRIMARY KEY (task_id, batch_no)"
        ),
        format!(
            "audience_output_author (
                 task_id {key} NOT NULL, batch_no {integer} NOT NULL, slice {integer} NOT NULL,
                 hashes {bytes} NOT NULL, PRIMARY KEY (task_id, batch_no, slice)"
        ),
        format!(
            "{LAST_SHARED} (
                 task_id {key} NOT NULL, kind {key} NOT NULL, batch_no {integer} NOT NULL,
                 seq {integer} NOT NULL, body {bytes} NOT NULL,
                 PRIMARY KEY (task_id, kind, batch_no, seq)"
        ),
    ];
    create(dialect, session, "create its tables", |session| {
        session.run(&create_state(dialect, STATE_TABLE))?;
        add_columns_of_rule_sets(dialect, session)?;
        for table in &own {
            session.run(&format!("CREATE TABLE IF NOT EXISTS {table}{end}"))?;
        }
        Ok(())
    })
}

/// A `state` of an earlier version, or of the original program, does not have them.
fn add_columns_of_rule_sets(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
) -> std::result::Result<(), DatabaseError> {
    let there = columns(dialect, session, &[STATE_TABLE])?.concat();
    let text = dialect.types().text;
    for column in RULE_SET_COLUMNS.split(", ") {
        if !has_column(&there, column) {
            session.run(&format!(
                "ALTER TABLE {STATE_TABLE} ADD COLUMN {column} {text}"
            ))?;
        }
    }
    Ok(())
}

fn has_column(columns: &[String], name: &str) -> bool {
    columns
        .iter()
        .any(|column| column.eq_ignore_ascii_case(name))
}

/// Whether the table of tasks, if there is one, is of this program.
pub(super) fn check_state(dialect: &dyn Dialect, session: &mut dyn Session) -> Result<()> {
    let found = columns(dialect, session, &[STATE_TABLE]).map_err(failed_to(LOOK))?;
    let state = found.first().map(Vec::as_slice).unwrap_or_default();
    origin::refuse_state(dialect, session, STATE_TABLE, state)
}

/// Creates the table of tasks under this name.
pub(super) fn create_state(dialect: &dyn Dialect, name: &str) -> String {
    let types = dialect.types();
    let (key, text, integer) = (types.key, types.text, types.integer);
    let (number, time) = (types.number, types.time);
    let (end, name) = (types.table_end, dialect.quoted(name));
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (
             task_id {key} PRIMARY KEY, stat {key} NOT NULL, prod_stat {key},
             model_type {text} NOT NULL, predict_type {text} NOT NULL,
             date_range {text} NOT NULL, target_table {text} NOT NULL,
             create_time {time}, peak_memory {number}, length_receive_table {integer},
             length_output_table {integer}, length_prod_table {text}, result {text},
             uniq_source_author {text}, rate_of_label {text}, run_time {number},
             check_point {time}, error_message {text},
             rule_set {text}, rule_set_version {text}{end}"
    )
}

/// Whether tables of the groups that are there already are ours, and others can be named.
pub(super) fn check_groups(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<()> {
    missing_tables(dialect, session, layout).map(drop)
}

/// Whether all panels can be stored.
pub(super) fn check_panels(dialect: &dyn Dialect, panels: &[String]) -> Result<()> {
    const SHOWN_CHARS: usize = 40;
    let Some(chars_max) = dialect.key_chars_max() else {
        return Ok(());
    };
    let too_long = panels
        .iter()
        .map(|panel| (panel, panel.chars().count()))
        .find(|(_, chars)| *chars > chars_max);
    match too_long {
        None => Ok(()),
        Some((panel, chars)) => Err(SinkError::LabelTooLong {
            label: format!(
                "{}…",
                panel.chars().skip(1).take(SHOWN_CHARS).collect::<String>()
            ),
            chars,
            chars_max,
        }),
    }
}

pub(super) fn create_groups(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<()> {
    let missing = missing_tables(dialect, session, layout)?;
    if missing.is_empty() {
        return Ok(());
    }
    // All in one transaction, where the database knows such: each commit waits for the disk.
    create(dialect, session, "create a group's tables", |session| {
        // Another may have created them while we waited for our turn.
        let there = columns(dialect, session, &names_of(&missing))?;
        let creating = missing.iter().zip(there);
        let creating = creating.filter(|(_, columns)| columns.is_empty());
        let script =
            creating.map(|(table, _)| create_group_table(dialect, &table.name, table.access));
        match script.collect::<Vec<_>>() {
            none if none.is_empty() => Ok(()),
            script => session.run(&script.join("; ")),
        }
    })?;
    check_groups(dialect, session, layout)
}

/// A table of a group.
struct GroupTable {
    name: String,
    access: Access,
}

/// Tables of the groups that are not there. A group that has the name of a table of other
/// columns is refused.
fn missing_tables(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<Vec<GroupTable>> {
    let mut tables = Vec::with_capacity(2 * layout.groups.len());
    for group in &layout.groups {
        let staging = (group.clone(), Access::AsAWhole);
        let result = (result_table(group), Access::ByIndex);
        for (name, access) in [staging, result] {
            if !dialect.name_fits(&name) {
                return Err(SinkError::NameTooLong {
                    group: group.clone(),
                });
            }
            tables.push(GroupTable { name, access });
        }
    }
    let columns = columns(dialect, session, &names_of(&tables)).map_err(failed_to(LOOK))?;
    let mut missing = Vec::new();
    for (table, columns) in tables.into_iter().zip(columns) {
        if columns.is_empty() {
            missing.push(table);
        } else if !origin::has_group_columns(&columns) {
            return Err(origin::refused(&table.name, &columns, Shape::Group));
        }
    }
    Ok(missing)
}

fn names_of(tables: &[GroupTable]) -> Vec<&str> {
    tables.iter().map(|table| table.name.as_str()).collect()
}

pub(super) fn create_group_table(dialect: &dyn Dialect, name: &str, access: Access) -> String {
    let types = dialect.types();
    let (key, text) = (types.key, types.text);
    let time = match access {
        // Staged times are compared as texts, which tell an hour from its repetition.
        Access::AsAWhole => format!("{key} NOT NULL"),
        Access::ByIndex => types.time.to_owned(),
    };
    let columns = format!(
        "id {key} NOT NULL, task_id {key} NOT NULL, source_author {text} NOT NULL,
         panel {key} NOT NULL, create_time {time}, field_content {text} NOT NULL,
         match_content {text} NOT NULL, match_meta {text} NOT NULL"
    );
    dialect.create_table(&NewTable {
        name,
        columns: &columns,
        found_by: Index {
            name: "task",
            column: "task_id",
            is_long: false,
        },
        searched_by: &[
            Index {
                name: "author",
                column: "source_author",
                is_long: true,
            },
            Index {
                name: "panel",
                column: "panel",
                is_long: false,
            },
        ],
        access,
    })
}

/// Creates what is missing, one process at a time.
pub(super) fn create(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    attempted: &'static str,
    work: impl FnOnce(&mut dyn Session) -> std::result::Result<(), DatabaseError>,
) -> Result<()> {
    let created = (|| {
        session.begin(Transaction {
            durability: Durability::Usual,
            owner: None,
        })?;
        if let Some(statement) = dialect.before_tables() {
            session.run(statement)?;
        }
        work(session)?;
        session.commit()
    })();
    created.map_err(failed_to(attempted))
}

pub(super) fn is_there(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    table: &str,
) -> Result<bool> {
    let columns = columns(dialect, session, &[table]).map_err(failed_to(LOOK))?;
    Ok(columns.iter().any(|columns| !columns.is_empty()))
}

/// Whether times are times in a result table; in those of earlier versions they are texts.
pub(super) fn has_times(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    table: &str,
) -> Result<bool> {
    let types = dialect.types();
    if types.time == types.text {
        return Ok(false);
    }
    let values = [Value::Text(table), Value::Text("create_time")];
    let mut has_times = false;
    session
        .read(dialect.describe_column(), &values, &mut |row| {
            let name = row.text(0)?.unwrap_or_default();
            has_times = name.starts_with("timestamp") || name.starts_with("datetime");
            Ok(true)
        })
        .map_err(failed_to(LOOK))?;
    Ok(has_times)
}

/// The names of each table's columns; none of a table that is not there. One question for all:
/// each waits for the dialect.
pub(super) fn columns(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    tables: &[&str],
) -> std::result::Result<Vec<Vec<String>>, DatabaseError> {
    let mut columns = vec![Vec::new(); tables.len()];
    if tables.is_empty() {
        return Ok(columns);
    }
    let names: Vec<_> = tables.iter().map(|table| Value::Text(table)).collect();
    let sql = dialect.columns_of_tables(tables.len());
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

/// Removes what a task staged, by a statement that `execute` runs. Where one writer keeps the
/// others waiting anyway, a table in which no other task has rows is emptied, which SQLite does
/// without visiting its rows; on a server that would keep others from reading it meanwhile.
pub(super) fn clear_staging(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    group: &str,
    task_id: Value<'_>,
    execute: impl FnOnce(&mut dyn Session, &str, &[Value<'_>]) -> Result<u64>,
) -> Result<()> {
    let table = dialect.quoted(group);
    let all = format!("DELETE FROM {table}");
    if dialect.has_one_writer() && !has_other_rows(session, &table, task_id)? {
        execute(session, &all, &[])?;
    } else {
        execute(session, &format!("{all} WHERE task_id = ?1"), &[task_id])?;
    }
    Ok(())
}

fn has_other_rows(session: &mut dyn Session, table: &str, task_id: Value<'_>) -> Result<bool> {
    let sql = format!("SELECT 1 FROM {table} WHERE task_id <> ?1 LIMIT 1");
    let mut found = false;
    session
        .read(&sql, &[task_id], &mut |_| {
            found = true;
            Ok(true)
        })
        .map_err(failed_to("clear staged rows"))?;
    Ok(found)
}
