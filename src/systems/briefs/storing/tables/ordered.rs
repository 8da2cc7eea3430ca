//! All rows of a brief in order, in bounded memory.

use std::mem;

use entity::JobId;

use super::articles::{Found, read_found};
use super::columns::{ARTICLE_ID, INTERRACTION, JOB_ID, POST_TIME};
use super::{ArticleTables, table_of};
use crate::systems::briefs::exporting::StoredArticle;
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::tables::{ColumnType, Dialect, Value};

/// Rows that are read together once their order is known.
const ROWS_AT_ONCE: usize = 1_000;

impl ArticleTables {
    /// Gives `take` the articles of these platforms: most interraction first, those of which nothing is known last;
    /// the newer first among equals. `take` returns whether it wants more.
    ///
    /// Only ids are sorted; the rows are read a thousand at a time through a second connection.
    pub fn ordered(
        &self,
        job: &JobId,
        platforms: &[String],
        mut take: impl FnMut(StoredArticle) -> bool,
    ) -> Result<(), StoringError> {
        let database = self.database()?;
        if database.is_missing_file() {
            return Ok(());
        }
        let dialect = database.dialect();
        let mut sorting = database.take().map_err(StoringError::Open)?;
        let platforms = self.present(dialect, &mut *sorting, platforms)?;
        if platforms.is_empty() {
            database.keep(sorting);
            return Ok(());
        }
        let mut reading = database.take().map_err(StoringError::Open)?;
        let mut pass_on = |found: &mut Vec<Found>| -> Result<bool, StoringError> {
            let found = mem::take(found);
            for stored in read_found(dialect, &mut *reading, job, &platforms, &found)? {
                if !take(stored) {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let mut found = Vec::new();
        let mut failed = None;
        let sql = sorted(dialect, &platforms);
        let all = sorting.read(&sql, &[Value::Text(job.as_str())], &mut |cells| {
            found.extend(Found::read(cells)?);
            if found.len() < ROWS_AT_ONCE {
                return Ok(true);
            }
            match pass_on(&mut found) {
                Ok(more) => Ok(more),
                Err(error) => {
                    failed = Some(error);
                    Ok(false)
                }
            }
        });
        let all = all.map_err(failed_to("sort articles"))?;
        if let Some(error) = failed {
            return Err(error);
        }
        if all {
            pass_on(&mut found)?;
            database.keep(sorting);
            database.keep(reading);
        }
        Ok(())
    }
}

/// Selects the place of the platform and the id of each article.
fn sorted(dialect: &dyn Dialect, platforms: &[&str]) -> String {
    let [job, id, interraction, time] =
        [JOB_ID, ARTICLE_ID, INTERRACTION, POST_TIME].map(|name| dialect.quoted(name));
    let parts = platforms.iter().enumerate().map(|(place, platform)| {
        let place = dialect.converted(&place.to_string(), ColumnType::Integer);
        let table = dialect.quoted(&table_of(platform));
        format!(
            "SELECT {place} AS place, {id} AS id, {interraction} AS amount, {time} AS posted
             FROM {table} WHERE {job} = ?1"
        )
    });
    let parts = parts.collect::<Vec<_>>().join(" UNION ALL ");
    format!(
        "SELECT place, id FROM ({parts}) AS found
         ORDER BY CASE WHEN amount IS NULL THEN 1 ELSE 0 END, amount DESC, posted DESC, id, place"
    )
}
