//! How many articles and accounts a brief has.

use entity::JobId;

use super::accounts::account;
use super::columns::JOB_ID;
use super::{ArticleTables, table_of};
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::tables::Value;

/// What is stored of a brief on one platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub platform: String,
    pub articles: u64,
    /// Articles without one count for none.
    pub accounts: u64,
}

impl ArticleTables {
    /// Of each of these platforms, in their order.
    pub fn sums(&self, job: &JobId, platforms: &[String]) -> Result<Vec<Sums>, StoringError> {
        let nothing = platforms.iter().map(|platform| Sums {
            platform: platform.clone(),
            ..Sums::default()
        });
        let mut sums: Vec<Sums> = nothing.collect();
        if self.database()?.is_missing_file() {
            return Ok(sums);
        }
        self.with_session(|database, session| {
            let dialect = database.dialect();
            let present = self.present(dialect, session, platforms)?;
            for sums in &mut sums {
                if !present.contains(&sums.platform.as_str()) {
                    continue;
                }
                let sql = format!(
                    "SELECT COUNT(*), COUNT(DISTINCT {}) FROM {} WHERE {} = ?1",
                    account(dialect),
                    dialect.quoted(&table_of(&sums.platform)),
                    dialect.quoted(JOB_ID)
                );
                let read = session.read(&sql, &[Value::Text(job.as_str())], &mut |cells| {
                    let count = |count: Option<i64>| count.and_then(|count| count.try_into().ok());
                    sums.articles = count(cells.integer(0)?).unwrap_or_default();
                    sums.accounts = count(cells.integer(1)?).unwrap_or_default();
                    Ok(true)
                });
                read.map_err(failed_to("count articles"))?;
            }
            Ok(sums)
        })
    }

    /// The rows of a brief on one platform.
    pub fn count(&self, job: &JobId, platform: &str) -> Result<u64, StoringError> {
        if self.database()?.is_missing_file() {
            return Ok(0);
        }
        let platforms = [platform.to_owned()];
        self.with_session(|database, session| {
            let dialect = database.dialect();
            if self.present(dialect, session, &platforms)?.is_empty() {
                return Ok(0);
            }
            let table = dialect.quoted(&table_of(platform));
            let column = dialect.quoted(JOB_ID);
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} = ?1");
            let mut rows = 0;
            let read = session.read(&sql, &[Value::Text(job.as_str())], &mut |cells| {
                let count = cells.integer(0)?.unwrap_or_default();
                rows = u64::try_from(count).unwrap_or_default();
                Ok(true)
            });
            read.map_err(failed_to("count articles"))?;
            Ok(rows)
        })
    }
}
