//! Figures of authors and members, by queries over staged and published rows: how many authors have several
//! panels, who is or would be a member, and how that differs from an earlier task.
//!
//! The rows of a task that has been labelled do not change any more, nor do published ones: no transaction
//! is needed.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::error::failed_to;
use super::publish::Groups;
use super::sessions::Sessions;
use super::{Layout, Lineage, Publication, Result, STATE_TABLE, latest, result_table, schema};
use crate::tables::{Dialect, Session, Value};

const ATTEMPTED: &str = "count members";

/// Authors among the staged rows of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthorCounts {
    /// With a panel at least.
    pub all: u64,
    /// With two or more.
    pub conflicting: u64,
}

/// Members of a task: authors, each with its panel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberCounts {
    /// In the order of the panels.
    pub of_panels: Vec<u64>,
    /// Those that are members of an earlier task, too.
    pub kept: u64,
    /// Of the earlier task.
    pub before: u64,
}

/// Whose members are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembersOf {
    /// The published rows.
    Published,
    /// The rows that publishing would choose.
    Staged,
}

pub(super) fn staged_authors(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    layout: &Layout,
) -> Result<AuthorCounts> {
    let (author, panel) = (dialect.identity("source_author"), dialect.identity("panel"));
    let mut found = AuthorCounts::default();
    for group in &layout.groups {
        if !schema::is_there(dialect, session, group)? {
            continue;
        }
        let staging = dialect.quoted(group);
        let sql = format!(
            "SELECT count(*), count(conflicting) FROM (
                 SELECT CASE WHEN min({panel}) <> max({panel}) THEN 1 END AS conflicting
                 FROM {staging} WHERE task_id = ?1 GROUP BY {author}) AS authors"
        );
        let [all, conflicting] = counts(session, &sql, &[Value::Text(task_id)])?;
        found.all += all;
        found.conflicting += conflicting;
    }
    Ok(found)
}

/// The last published task of the same rule set, source and table, but for this one.
pub(super) fn last_published(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    lineage: &Lineage,
) -> Result<Option<String>> {
    if !schema::is_there(dialect, session, latest::PUBLISHED)? {
        return Ok(None);
    }
    let published = latest::PUBLISHED;
    let sql = format!(
        "SELECT published.task_id FROM {published} AS published
         JOIN {STATE_TABLE} AS task ON task.task_id = published.task_id
         WHERE published.task_id <> ?1 AND published.rule_set = ?2 AND published.source = ?3
           AND published.source_table = ?4
         ORDER BY published.published_us DESC, published.task_id DESC LIMIT 1"
    );
    let values = [
        Value::Text(task_id),
        Value::Text(&lineage.rule_set),
        Value::Text(&lineage.source),
        Value::Text(&lineage.table),
    ];
    let mut found = None;
    session
        .read(&sql, &values, &mut |row| {
            found = row.text(0)?;
            Ok(true)
        })
        .map_err(failed_to("look for the last published task"))?;
    Ok(found)
}

/// `earlier`: a task with the groups that it had.
pub(super) fn members(
    sessions: &Sessions,
    (task_id, of): (&str, MembersOf),
    publication: &Publication,
    earlier: Option<(&str, &[String])>,
    cancel: &CancellationToken,
) -> Result<MemberCounts> {
    let groups = Groups {
        dialect: sessions.dialect(),
        task_id,
        publication,
        cancel,
    };
    sessions.with(|session| {
        if of == MembersOf::Staged && groups.dialect.has_one_writer() {
            groups.choose(session)?;
        }
        let mut found = MemberCounts {
            of_panels: vec![0; publication.panels.len()],
            ..MemberCounts::default()
        };
        let numbers: HashMap<&str, usize> = publication
            .panels
            .iter()
            .enumerate()
            .map(|(number, panel)| (panel.as_str(), number))
            .collect();
        for (group_no, group) in groups.names() {
            let members = MembersQuery::of(&groups, of, group_no, group);
            members.count_panels(&groups, session, &numbers, &mut found.of_panels)?;
            if let Some((earlier, _)) = earlier {
                found.kept += members.count_kept(&groups, session, group, earlier)?;
            }
        }
        if let Some((earlier, of_earlier)) = earlier {
            found.before = count_published(groups.dialect, session, earlier, of_earlier)?;
        }
        Ok(found)
    })
}

/// Selects `source_author` and `panel` of the members in a group.
struct MembersQuery<'a> {
    sql: String,
    values: Vec<Value<'a>>,
}

impl<'a> MembersQuery<'a> {
    fn of(groups: &'a Groups<'a>, of: MembersOf, group_no: usize, group: &str) -> Self {
        let dialect = groups.dialect;
        match of {
            MembersOf::Published => Self {
                sql: published(dialect, group, 1),
                values: vec![Value::Text(groups.task_id)],
            },
            MembersOf::Staged => {
                let staging = dialect.quoted(group);
                let (kept, values) = groups.kept(group_no, &staging);
                let number = dialect.row_number();
                let sql = format!(
                    "SELECT source_author, panel FROM {staging} JOIN ({kept}) AS kept
                     ON {staging}.{number} = kept.newest"
                );
                Self { sql, values }
            }
        }
    }

    fn count_panels(
        &self,
        groups: &Groups<'_>,
        session: &mut dyn Session,
        numbers: &HashMap<&str, usize>,
        of_panels: &mut [u64],
    ) -> Result<()> {
        let panel = groups.dialect.identity("panel");
        let sql = format!(
            "SELECT max(panel), count(*) FROM ({}) AS members GROUP BY {panel}",
            self.sql
        );
        session
            .read(&sql, &self.values, &mut |row| {
                let panel = row.text(0)?.unwrap_or_default();
                if let Some(number) = numbers.get(panel.as_str()) {
                    of_panels[*number] += unsigned(row.integer(1)?);
                }
                Ok(true)
            })
            .map(drop)
            .map_err(failed_to(ATTEMPTED))
    }

    /// A member is there once in each of the two tasks.
    fn count_kept(
        &self,
        groups: &Groups<'_>,
        session: &mut dyn Session,
        group: &str,
        earlier: &str,
    ) -> Result<u64> {
        let dialect = groups.dialect;
        let (author, panel) = (dialect.identity("source_author"), dialect.identity("panel"));
        let earlier_rows = published(dialect, group, self.values.len() + 1);
        let sql = format!(
            "SELECT count(*) FROM (
                 SELECT 1 AS one FROM ({} UNION ALL {earlier_rows}) AS members
                 GROUP BY {author}, {panel} HAVING count(*) > 1) AS kept",
            self.sql
        );
        let values = [&self.values[..], &[Value::Text(earlier)]].concat();
        let [kept] = counts(session, &sql, &values)?;
        Ok(kept)
    }
}

/// Of the task whose id is the value of this number.
fn published(dialect: &dyn Dialect, group: &str, value: usize) -> String {
    let result = dialect.quoted(&result_table(group));
    format!("SELECT source_author, panel FROM {result} WHERE task_id = ?{value}")
}

fn count_published(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    groups: &[String],
) -> Result<u64> {
    let mut rows = 0;
    for group in groups {
        let table = result_table(group);
        if schema::is_there(dialect, session, &table)? {
            let result = dialect.quoted(&table);
            let sql = format!("SELECT count(*) FROM {result} WHERE task_id = ?1");
            let [of_group] = counts(session, &sql, &[Value::Text(task_id)])?;
            rows += of_group;
        }
    }
    Ok(rows)
}

/// Of a query that selects one row of so many counts.
fn counts<const COUNTS: usize>(
    session: &mut dyn Session,
    sql: &str,
    values: &[Value<'_>],
) -> Result<[u64; COUNTS]> {
    let mut found = [0; COUNTS];
    session
        .read(sql, values, &mut |row| {
            for (place, count) in found.iter_mut().enumerate() {
                *count = unsigned(row.integer(place)?);
            }
            Ok(true)
        })
        .map_err(failed_to(ATTEMPTED))?;
    Ok(found)
}

fn unsigned(count: Option<i64>) -> u64 {
    count.unwrap_or_default().unsigned_abs()
}
