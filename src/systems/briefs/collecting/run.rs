//! A platform of a brief while this process collects it: its board, and what of it is on its way.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use entity::{JobId, brief_platform};
use serde_json::Value;
use tokio::task::{AbortHandle, JoinError, JoinSet};

use super::board::Board;
use super::judge::Judge;
use super::limits::Shared;
use super::planning::new_row;
use super::sequence::EndRules;
use super::service::Collecting;
use super::storing_pages::Storing;
use super::trouble::Trouble;
use crate::clock;
use crate::engine::seam::StepError;
use crate::systems::briefs::article::PageId;
use crate::systems::briefs::sources::{PageAnswer, PageSource, Sequences};
use crate::systems::briefs::store::{Brief, PageState};
use crate::systems::briefs::storing::BriefWords;
use crate::systems::briefs::upstream::{Answered, Lane, LaneCounts, PageFault};
use crate::telemetry::metrics::metrics;

/// Pages that wait for their turn, for each that can be on its way.
const AHEAD: usize = 2;

/// Pages that are on their way to the output at once.
const STORING_MAX: usize = 200;

/// Why pages fail that are open when the time of a brief is over.
const DEADLINE: &str = "deadline";

/// Pages of a source that is not called that are waited for at once.
const LOCAL_MAX: usize = 4;

pub(super) struct Run {
    pub collecting: Collecting,
    pub brief: Brief,
    pub board: Board,
    pub row: brief_platform::Model,
    pub shared: Arc<Shared>,
    pub judge: Arc<Judge>,
    pub words: Arc<BriefWords>,
    pub source: Arc<dyn PageSource>,
    /// `None`: the source is not called.
    pub(super) lane: Option<Lane>,
    /// What the platform has cost before this process began with it.
    before: LaneCounts,
    pub(super) at_once: usize,
    pub(super) asking: JoinSet<(PageId, Answered<PageAnswer>)>,
    pub(super) asked: HashMap<PageId, Asked>,
    pub(super) storing: JoinSet<(PageId, Result<(), StepError>)>,
    /// Why pages wait to be stored.
    storing_trouble: Trouble,
}

/// A page that is asked for.
pub(super) struct Asked {
    pub task: AbortHandle,
    pub trouble: Trouble,
}

/// Something on its way has ended.
pub(super) enum Arrived {
    Asked(PageId, Answered<PageAnswer>),
    Stored(PageId, Result<(), StepError>),
}

impl Run {
    /// Goes on where the brief is, with what is stored of the platform.
    pub async fn load(
        collecting: &Collecting,
        job: &JobId,
        platform: &str,
    ) -> Result<Self, StepError> {
        let store = collecting.store();
        let brief = store.brief(job).await?;
        let brief = brief.ok_or_else(|| StepError::retry("the brief is not there"))?;
        let found = collecting.platform(platform)?;
        let source = collecting.source(&found)?;
        let (lane, at_once) = match source.is_called() {
            false => (None, LOCAL_MAX),
            true => {
                let upstream = collecting.upstream(&found);
                let most = upstream.state().concurrency as usize * AHEAD;
                (Some(upstream.lane()), most)
            }
        };
        let rows = store.platforms(job).await?;
        let row = rows.into_iter().find(|row| row.platform == platform);
        let row = row.unwrap_or_else(|| new_row(&brief, platform));
        let shared = collecting.shared(job);
        let judge = Judge::new(&brief.request).map_err(StepError::refused)?;
        let mut board = Board::new(job.clone(), platform, judge.clone(), shared.pages(platform));
        board.end_rules = match source.sequences() {
            Sequences::OfQueries { .. } => EndRules::Queries {
                is_newest_first: source.is_newest_first(),
            },
            Sequences::One => EndRules::Source,
        };
        board.load(
            store.sequences(job, platform).await?,
            store.pages(job, platform).await?,
        );
        let words = BriefWords::new(judge.keywords());
        Ok(Self {
            collecting: collecting.clone(),
            brief,
            board,
            before: LaneCounts {
                calls: row.calls.unsigned_abs(),
                retries: row.retries.unsigned_abs(),
                hedges: row.hedges.unsigned_abs(),
            },
            row,
            shared,
            judge: Arc::new(judge),
            words: Arc::new(words),
            source,
            lane,
            at_once,
            asking: JoinSet::new(),
            asked: HashMap::new(),
            storing: JoinSet::new(),
            storing_trouble: Trouble::default(),
        })
    }

    /// The job of the brief.
    pub fn job(&self) -> &JobId {
        &self.board.job
    }

    pub fn store_more(&mut self) {
        let room = STORING_MAX.saturating_sub(self.storing.len());
        for id in self.board.to_store(room) {
            let Some(sequence) = self.board.sequences.get(&id.sequence) else {
                continue;
            };
            let found_for = self.judge.number(&sequence.row.keyword);
            let Some(page) = self.board.page_mut(id) else {
                continue;
            };
            page.is_busy = true;
            let storing = Storing {
                attempt: page.row.attempt,
                articles: page.articles.take(),
                collecting: self.collecting.clone(),
                job: self.board.job.clone(),
                platform: self.board.platform.clone(),
                page: id,
                found_for,
                judge: self.judge.clone(),
                words: self.words.clone(),
                trouble: self.storing_trouble.clone(),
            };
            self.storing
                .spawn(async move { (id, storing.store().await) });
        }
    }

    /// Waits for the next thing that ends; for ever, if nothing is on its way.
    pub async fn next(&mut self) -> Option<Arrived> {
        tokio::select! {
            Some(stored) = self.storing.join_next(), if !self.storing.is_empty() => {
                joined(stored).map(|(id, stored)| Arrived::Stored(id, stored))
            }
            Some(asked) = self.asking.join_next(), if !self.asking.is_empty() => {
                joined(asked).map(|(id, answered)| Arrived::Asked(id, answered))
            }
            else => std::future::pending().await,
        }
    }

    /// What has ended already.
    pub fn next_now(&mut self) -> Option<Arrived> {
        if let Some(stored) = self.storing.try_join_next() {
            return joined(stored).map(|(id, stored)| Arrived::Stored(id, stored));
        }
        let asked = self.asking.try_join_next()?;
        joined(asked).map(|(id, answered)| Arrived::Asked(id, answered))
    }

    pub fn take_in(&mut self, arrived: Arrived) -> Result<(), StepError> {
        let now = clock::now_micros();
        match arrived {
            Arrived::Stored(id, stored) => {
                stored?;
                self.board.stored(id, now);
                self.count_page("done");
            }
            Arrived::Asked(id, answered) => {
                self.asked.remove(&id);
                let cost = (answered.tries, answered.calls);
                match answered.outcome {
                    Ok(answer) => self.board.answered(id, answer, cost, now),
                    Err(PageFault::Failed(reason)) => {
                        self.board.failed(id, &reason, cost, now);
                        self.count_page("failed");
                    }
                    Err(PageFault::Stopped(reason)) => {
                        self.board.failed(id, &reason, cost, now);
                        self.stop_asking(&reason);
                    }
                }
                self.hang_up();
            }
        }
        Ok(())
    }

    /// All open pages fail.
    pub fn stop_asking(&mut self, reason: &str) {
        self.row.message.get_or_insert_with(|| reason.to_owned());
        self.board
            .fail_open(|_| reason.to_owned(), clock::now_micros());
        self.hang_up();
    }

    /// The deadline has come: all open pages fail, and say what has kept them.
    pub fn be_late(&mut self) {
        let causes = self.asked.iter();
        let causes = causes.filter_map(|(id, asked)| Some((*id, asked.trouble.now()?)));
        let causes: BTreeMap<PageId, String> = causes.collect();
        let said = |cause: Option<&String>| match cause {
            Some(cause) => format!("{DEADLINE}: {cause}"),
            None => DEADLINE.to_owned(),
        };
        let message = said(causes.values().next());
        self.row.message.get_or_insert(message);
        self.board
            .fail_open(|id| said(causes.get(&id)), clock::now_micros());
        self.hang_up();
    }

    /// Drops requests for pages that are not open any more.
    pub(super) fn hang_up(&mut self) {
        let board = &mut self.board;
        self.asked.retain(|id, asked| {
            let page = board.page_mut(*id);
            if page
                .as_ref()
                .is_some_and(|page| page.state == PageState::Open)
            {
                return true;
            }
            asked.task.abort();
            if let Some(page) = page {
                page.is_busy = false;
            }
            false
        });
    }

    /// Lets what is on its way to the output arrive. Requests stay on their way.
    pub async fn come_to_rest(&mut self) -> Result<(), StepError> {
        while let Some(stored) = self.storing.join_next().await {
            if let Some((id, stored)) = joined(stored) {
                self.take_in(Arrived::Stored(id, stored))?;
            }
        }
        Ok(())
    }

    /// The row of the platform as it is now.
    pub fn row_now(&self) -> brief_platform::Model {
        let now = self.lane.as_ref().map(Lane::counts).unwrap_or_default();
        let sum = |before: u64, now: u64| i64::try_from(before + now).unwrap_or(i64::MAX);
        brief_platform::Model {
            calls: sum(self.before.calls, now.calls),
            retries: sum(self.before.retries, now.retries),
            hedges: sum(self.before.hedges, now.hedges),
            limited: self.row.limited || self.board.is_limited,
            message: self.row.message.clone().or_else(|| {
                let why = self.storing_trouble.now()?;
                Some(format!("articles wait to be stored: {why}"))
            }),
            ..self.row.clone()
        }
    }

    /// Counts the rows of the platform; says that nothing more is asked for if the brief has as many as it may.
    pub async fn count_rows(&mut self) -> Result<(), StepError> {
        let articles = self.collecting.articles();
        let rows = articles
            .count(&self.board.job, &self.board.platform)
            .await?;
        let stored = i64::try_from(rows).unwrap_or(i64::MAX);
        let new = u64::try_from(stored - self.row.stored).unwrap_or_default();
        let labels = [("platform", self.board.platform.as_str())];
        metrics().brief_articles.add(new, &labels);
        self.row.stored = stored;
        if !self.shared.note_articles(&self.board.platform, rows)
            && !self.board.in_state(PageState::Open).is_empty()
        {
            let most = self.shared.articles_max();
            self.row.limited = true;
            self.stop_asking(&format!(
                "the brief has {most} articles, which is the limit"
            ));
        }
        Ok(())
    }

    /// For those who look at the batch.
    pub fn figures(&self) -> Value {
        let row = self.row_now();
        serde_json::json!({
            "platform": row.platform, "calls": row.calls, "retries": row.retries, "hedges": row.hedges,
            "stored": row.stored,
        })
    }

    fn count_page(&self, state: &str) {
        let labels = [("platform", self.board.platform.as_str()), ("state", state)];
        metrics().brief_pages.add(1, &labels);
    }
}

/// `None`: it was dropped. A panic goes on here.
fn joined<T>(ended: Result<T, JoinError>) -> Option<T> {
    match ended {
        Ok(value) => Some(value),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}
