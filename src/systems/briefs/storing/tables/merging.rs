//! Merges the articles of pages into the rows that are there.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use entity::JobId;

use super::columns::{ARTICLE_ID, JOB_ID};
use super::rows::{ReadRow, TimedRow, cells_of, selected};
use super::{ArticleTables, locking, staging, table_of};
use crate::clock;
use crate::systems::briefs::article::Row;
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::systems::briefs::storing::page::{BriefWords, FetchedPage};
use crate::tables::{Dialect, Durability, Session, Transaction, Value};

/// Ids of one query. The last query of several has the next greater power of two, so that there are few different
/// statements.
const IDS_AT_ONCE: usize = 256;

/// Articles of one brief on one platform, each once.
struct Group<'p> {
    platform: &'p str,
    job: &'p JobId,
    words: &'p BriefWords,
    rows: BTreeMap<&'p str, Row>,
}

impl ArticleTables {
    /// Stores pages in one transaction, which is durable when this returns. The order of pages, and how often they
    /// are stored, makes no difference to the rows.
    pub fn merge(&self, pages: &[FetchedPage]) -> Result<(), StoringError> {
        let groups = grouped(pages);
        if groups.is_empty() {
            return Ok(());
        }
        let database = self.database()?;
        let dialect = database.dialect();
        let mut session = match database.is_missing_file() {
            true => database.create(),
            false => database.take(),
        }
        .map_err(StoringError::Open)?;
        let mut platforms: Vec<&str> = groups.iter().map(|group| group.platform).collect();
        platforms.dedup();
        self.make(database, &mut *session, &platforms)?;
        let merged = write(dialect, &mut *session, &groups);
        if let Err(StoringError::Statement { .. }) = &merged {
            // Its tables may have been dropped meanwhile: the next group looks again.
            self.known().clear();
        }
        merged?;
        database.keep(session);
        Ok(())
    }
}

/// In the order in which briefs are locked.
fn grouped(pages: &[FetchedPage]) -> Vec<Group<'_>> {
    let mut pages: Vec<&FetchedPage> = pages.iter().filter(|page| !page.rows.is_empty()).collect();
    pages.sort_by_key(|page| (&page.platform, &page.job));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for page in pages {
        // The numbers of keywords mean something within one brief, as it was at one time.
        let same = groups.last_mut().filter(|group| {
            group.platform == page.platform
                && *group.job == page.job
                && group.words.keywords() == page.words.keywords()
        });
        let rows = match same {
            Some(group) => &mut group.rows,
            None => {
                groups.push(Group {
                    platform: &page.platform,
                    job: &page.job,
                    words: &page.words,
                    rows: BTreeMap::new(),
                });
                let last = groups.len() - 1;
                &mut groups[last].rows
            }
        };
        for row in &page.rows {
            match rows.entry(row.article.id.as_str()) {
                Entry::Vacant(place) => drop(place.insert(row.clone())),
                Entry::Occupied(mut known) => known.get_mut().merge(row.clone()),
            }
        }
    }
    groups
}

fn write(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    groups: &[Group<'_>],
) -> Result<(), StoringError> {
    staging::prepare(dialect, session)?;
    let transaction = Transaction {
        durability: Durability::Full,
        owner: None,
    };
    let begun = session.begin(transaction);
    begun.map_err(failed_to("begin a transaction"))?;
    let now = clock::now_micros();
    for group in groups {
        locking::lock(dialect, session, group.platform, group.job)?;
        let changed = merged(dialect, session, group, now)?;
        let cells = changed.iter();
        let cells = cells.map(|timed| cells_of(group.job.as_str(), timed, group.words));
        staging::write(dialect, session, group.platform, cells.collect())?;
    }
    let committed = session.commit();
    committed.map_err(failed_to("commit articles"))?;
    staging::clear(dialect, session)
}

/// The rows of a group that are new, or not as they stand in the table.
fn merged(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    group: &Group<'_>,
    now: i64,
) -> Result<Vec<TimedRow>, StoringError> {
    let ids: Vec<&str> = group.rows.keys().copied().collect();
    let mut known = BTreeMap::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        for read in read_rows(dialect, session, group.platform, group.job, ids)? {
            let timed = read.into_row(group.platform, group.words)?;
            known.insert(timed.row.article.id.clone(), timed);
        }
    }
    let mut changed = Vec::new();
    for (id, row) in &group.rows {
        match known.remove(*id) {
            None => changed.push(TimedRow {
                row: row.clone(),
                created_at: now,
            }),
            Some(TimedRow {
                row: before,
                created_at,
            }) => {
                let mut after = before.clone();
                after.merge(row.clone());
                if after != before {
                    changed.push(TimedRow {
                        row: after,
                        created_at,
                    });
                }
            }
        }
    }
    Ok(changed)
}

/// The rows that have these ids, in no order.
pub(super) fn read_rows(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    platform: &str,
    job: &JobId,
    ids: &[&str],
) -> Result<Vec<ReadRow>, StoringError> {
    let Some(last) = ids.last() else {
        return Ok(Vec::new());
    };
    let count = ids.len().next_power_of_two();
    let places: Vec<String> = (0..count).map(|no| format!("?{}", no + 2)).collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE {} = ?1 AND {} IN ({})",
        selected(dialect),
        dialect.quoted(&table_of(platform)),
        dialect.quoted(JOB_ID),
        dialect.quoted(ARTICLE_ID),
        places.join(", ")
    );
    let mut values = vec![Value::Text(job.as_str())];
    values.extend(ids.iter().map(|id| Value::Text(id)));
    values.resize(count + 1, Value::Text(last));
    let mut rows = Vec::new();
    let read = session.read(&sql, &values, &mut |cells| {
        rows.push(ReadRow::read(cells, 0)?);
        Ok(true)
    });
    read.map_err(failed_to("read articles"))?;
    Ok(rows)
}
