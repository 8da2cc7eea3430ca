//! How far a brief has got: counts of its pages.

use std::collections::BTreeMap;

use entity::{JobId, brief_platform};
use sea_orm::{DbBackend, FromQueryResult, Statement};

use super::{BriefStore, PageState};
use crate::engine::store::{Result, query};

/// Of a brief, platform by platform in the order of the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct BriefProgress {
    pub platforms: Vec<PlatformProgress>,
}

/// Of one platform, or of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PlatformProgress {
    /// Empty: of all.
    pub platform: String,
    pub open: i64,
    pub fetched: i64,
    pub done: i64,
    pub failed: i64,
    /// Items of the pages that were fetched; those of dropped pages count nowhere.
    pub received: i64,
    pub kept: i64,
    pub filtered: i64,
    pub out_of_range: i64,
    pub rejected: i64,
    /// Rows in the output.
    pub stored: i64,
    pub calls: i64,
    pub retries: i64,
    pub hedges: i64,
    /// When its last page ended.
    pub ended_at: Option<i64>,
    /// Whether a limit has left something out.
    pub limited: bool,
    pub message: Option<String>,
}

impl PlatformProgress {
    /// Pages that count.
    pub fn planned(&self) -> i64 {
        self.open + self.fetched + self.done + self.failed
    }

    /// Pages that are neither done nor failed.
    pub fn left(&self) -> i64 {
        self.open + self.fetched
    }

    /// Done ÷ (done + failed); all, as long as no page has ended.
    pub fn coverage(&self) -> f64 {
        match self.done + self.failed {
            0 => 1.0,
            ended => self.done as f64 / ended as f64,
        }
    }

    /// Ended ÷ planned.
    pub fn progress(&self) -> f64 {
        match self.planned() {
            0 => 0.0,
            planned => (self.done + self.failed) as f64 / planned as f64,
        }
    }

    /// Articles that count and had been found before.
    pub fn duplicate(&self) -> i64 {
        (self.kept - self.stored).max(0)
    }

    fn add(&mut self, other: &Self) {
        self.open += other.open;
        self.fetched += other.fetched;
        self.done += other.done;
        self.failed += other.failed;
        self.received += other.received;
        self.kept += other.kept;
        self.filtered += other.filtered;
        self.out_of_range += other.out_of_range;
        self.rejected += other.rejected;
        self.stored += other.stored;
        self.calls += other.calls;
        self.retries += other.retries;
        self.hedges += other.hedges;
        self.limited |= other.limited;
    }
}

impl BriefProgress {
    /// Of these platforms, in their order: of one that has not begun nothing is known, and others do not count.
    pub fn of_platforms(mut self, names: &[String]) -> Self {
        let platforms = names.iter().map(|name| {
            let mut known = self.platforms.iter_mut();
            let known = known.find(|known| known.platform == *name);
            let progress = known.map(std::mem::take);
            PlatformProgress {
                platform: name.clone(),
                ..progress.unwrap_or_default()
            }
        });
        Self {
            platforms: platforms.collect(),
        }
    }

    pub fn total(&self) -> PlatformProgress {
        let mut total = PlatformProgress::default();
        self.platforms.iter().for_each(|one| total.add(one));
        let messages = self.platforms.iter().filter_map(|one| {
            let message = one.message.as_ref()?;
            Some(format!("{}: {message}", one.platform))
        });
        let messages: Vec<String> = messages.collect();
        total.message = (!messages.is_empty()).then(|| messages.join("; "));
        total
    }
}

#[derive(Debug, FromQueryResult)]
struct Counted {
    platform: String,
    state: String,
    pages: i64,
    received: i64,
    kept: i64,
    filtered: i64,
    out_of_range: i64,
    rejected: i64,
}

impl BriefStore {
    pub async fn progress(&self, job: &JobId) -> Result<BriefProgress> {
        let platforms = self.platforms(job).await?;
        let counted = self.counted(job).await?;
        let mut by_name: BTreeMap<String, PlatformProgress> = BTreeMap::new();
        for counted in counted {
            let of = by_name.entry(counted.platform.clone()).or_default();
            of.count(&counted);
        }
        let platforms = platforms.into_iter().map(|row| {
            let counts = by_name.remove(&row.platform).unwrap_or_default();
            counts.with(row)
        });
        Ok(BriefProgress {
            platforms: platforms.collect(),
        })
    }

    async fn counted(&self, job: &JobId) -> Result<Vec<Counted>> {
        let reader = self.0.reader();
        let backend = reader.get_database_backend();
        let (number, place) = match backend {
            DbBackend::Postgres => ("BIGINT", "$1"),
            DbBackend::MySql => ("SIGNED", "?"),
            _ => ("INTEGER", "?"),
        };
        let sum = |column: &str| format!("CAST(SUM({column}) AS {number}) AS {column}");
        let sums = ["received", "kept", "filtered", "out_of_range", "rejected"].map(sum);
        let sql = format!(
            "SELECT platform, state, CAST(COUNT(*) AS {number}) AS pages, {} FROM audience_brief_page \
             WHERE job_id = {place} GROUP BY platform, state",
            sums.join(", ")
        );
        let statement = Statement::from_sql_and_values(backend, sql, [job.as_str().into()]);
        Counted::find_by_statement(statement)
            .all(reader)
            .await
            .map_err(query("count the pages of a brief"))
    }
}

impl PlatformProgress {
    fn count(&mut self, counted: &Counted) {
        match PageState::named(&counted.state) {
            Some(PageState::Open) => self.open += counted.pages,
            Some(PageState::Fetched) => self.fetched += counted.pages,
            Some(PageState::Done) => self.done += counted.pages,
            Some(PageState::Failed) => self.failed += counted.pages,
            Some(PageState::Dropped) | None => return,
        }
        self.received += counted.received;
        self.kept += counted.kept;
        self.filtered += counted.filtered;
        self.out_of_range += counted.out_of_range;
        self.rejected += counted.rejected;
    }

    fn with(self, row: brief_platform::Model) -> Self {
        Self {
            platform: row.platform,
            stored: row.stored,
            calls: row.calls,
            retries: row.retries,
            hedges: row.hedges,
            ended_at: row.ended_at,
            limited: row.limited,
            message: row.message,
            ..self
        }
    }
}
