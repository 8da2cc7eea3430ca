//! A platform of a brief, slice by slice: what has ended meanwhile is stored, and what that allows is begun.

use std::time::Duration;

use async_trait::async_trait;
use entity::brief_platform;
use tokio::time::{Instant, sleep_until};

use super::changes::Changes;
use super::kind::batch_of;
use super::planning::new_row;
use super::run::Run;
use super::service::Collecting;
use crate::clock;
use crate::engine::seam::{
    Batch, BatchContext, BatchSpec, Progress, Said, Slice, StepError, StopReason, Unit,
};
use crate::engine::store::SliceRows;
use crate::systems::briefs::store::{Brief, CollectRows};

pub(super) struct CollectBatch {
    context: BatchContext,
    /// `None`: it was stopped.
    run: Option<Run>,
    /// Stored with the last slice.
    stored: Option<Changes>,
    phase: Phase,
    /// The request was changed, for which all that has ended has to be stored first.
    is_changing: bool,
    /// When the request is looked at again, and rows are counted.
    looks_at: Instant,
    /// The row of the platform, as it was stored last.
    last_row: Option<brief_platform::Model>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing is planned yet of what the request asks for.
    Begun,
    Collecting,
    /// No page is left, which is stored.
    Over,
}

/// What makes the batch go on.
enum Event {
    Arrived,
    Looks,
    Deadline,
}

const LOOK_EVERY: Duration = Duration::from_millis(500);

impl CollectBatch {
    pub async fn open(
        collecting: &Collecting,
        context: &BatchContext,
        platform: &str,
    ) -> Result<Self, StepError> {
        Ok(Self {
            run: Some(Run::load(collecting, &context.job.job, platform).await?),
            context: context.clone(),
            stored: None,
            phase: Phase::Begun,
            is_changing: false,
            looks_at: Instant::now() + LOOK_EVERY,
            last_row: None,
        })
    }
}

#[async_trait]
impl Batch for CollectBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let cancel = self.context.cancel.clone();
        let slice = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(StepError::stopped()),
            slice = self.slice() => slice,
        };
        if slice.as_ref().is_err_and(StepError::is_stopped) {
            // Dropped, requests end.
            self.run = None;
        }
        slice
    }

    async fn stop(&mut self, _: StopReason) {
        self.run = None;
    }
}

impl CollectBatch {
    async fn slice(&mut self) -> Result<Slice, StepError> {
        let run = self.run.as_mut().ok_or_else(StepError::stopped)?;
        if let Some(stored) = self.stored.take() {
            run.board.are_stored(&stored);
        }
        match self.phase {
            Phase::Begun => {
                run.plan().await?;
                self.phase = Phase::Collecting;
                let said = self.said(Some(clock::now_micros())).await?;
                return Ok(Slice::More(said));
            }
            Phase::Over => {
                let brief = current(run).await?;
                if brief.revision == run.row.revision {
                    return Ok(Slice::Done(run_said(run, None)));
                }
                self.change(brief).await?;
                return Ok(Slice::More(self.said(None).await?));
            }
            Phase::Collecting => {}
        }
        loop {
            let run = self.run.as_mut().ok_or_else(StepError::stopped)?;
            if run.board.is_stale {
                run.come_to_rest().await?;
                if !run.board.has_changes() {
                    run.make_rows_anew().await?;
                }
            }
            if run.board.has_changes() || run.board.is_over() {
                return Ok(Slice::More(self.said(None).await?));
            }
            if std::mem::take(&mut self.is_changing) {
                if let Some(said) = self.look().await? {
                    return Ok(Slice::More(said));
                }
                continue;
            }
            // Whatever else is due: once it is late, nothing more is asked for.
            if run.board.counts().open > 0 && left(run).is_zero() {
                run.be_late();
                continue;
            }
            run.ask_more();
            run.store_more();
            match self.wait().await? {
                Event::Arrived => {}
                Event::Deadline => {
                    if let Some(run) = self.run.as_mut() {
                        run.be_late();
                    }
                }
                Event::Looks => {
                    if let Some(said) = self.look().await? {
                        return Ok(Slice::More(said));
                    }
                }
            }
        }
    }

    /// Waits until something has ended, and takes in all that has.
    async fn wait(&mut self) -> Result<Event, StepError> {
        let run = self.run.as_mut().ok_or_else(StepError::stopped)?;
        let deadline = Instant::now() + left(run);
        let arrived = tokio::select! {
            biased;
            () = sleep_until(deadline), if run.board.counts().open > 0 => return Ok(Event::Deadline),
            () = sleep_until(self.looks_at) => return Ok(Event::Looks),
            arrived = run.next() => arrived,
        };
        if let Some(arrived) = arrived {
            run.take_in(arrived)?;
        }
        while let Some(arrived) = run.next_now() {
            run.take_in(arrived)?;
        }
        Ok(Event::Arrived)
    }

    /// Looks whether the request was changed, and how many rows there are.
    async fn look(&mut self) -> Result<Option<Said>, StepError> {
        self.looks_at = Instant::now() + LOOK_EVERY;
        let run = self.run.as_mut().ok_or_else(StepError::stopped)?;
        match run.count_rows().await {
            Err(error) if !error.is_transient() => return Err(error),
            // The pages wait, and so does their number.
            Ok(()) | Err(_) => {}
        }
        let brief = current(run).await?;
        if brief.revision != run.row.revision {
            self.change(brief).await?;
            return Ok(Some(self.said(None).await?));
        }
        let run = self.run.as_mut().ok_or_else(StepError::stopped)?;
        match self.last_row.as_ref() == Some(&run.row_now()) {
            true => Ok(None),
            false => Ok(Some(self.said(None).await?)),
        }
    }

    /// Plans again, for another request.
    async fn change(&mut self, brief: Brief) -> Result<(), StepError> {
        let run = self.run.as_mut().ok_or_else(StepError::stopped)?;
        run.come_to_rest().await?;
        run.row.ended_at = None;
        if run.board.has_changes() {
            self.is_changing = true;
            self.phase = Phase::Collecting;
            return Ok(());
        }
        run.take(brief)?;
        run.plan().await?;
        self.phase = Phase::Collecting;
        Ok(())
    }

    /// Everything that has changed, to be stored with the slice.
    async fn said(&mut self, begins: Option<i64>) -> Result<Said, StepError> {
        let run = self.run.as_mut().ok_or_else(StepError::stopped)?;
        let mut changes = run.board.take_changes();
        let is_over = run.board.is_over() && !run.board.is_stale;
        if is_over {
            run.count_rows().await?;
            run.row.ended_at = Some(clock::now_micros());
            self.phase = Phase::Over;
        }
        if let Some(begins) = begins {
            run.row.began_at.get_or_insert(begins);
        }
        let request = &run.brief.request;
        let deadline = i64::from(request.deadline_s) * 1_000_000;
        let others = request
            .platforms
            .iter()
            .filter(|name| **name != run.row.platform)
            .map(|name| new_row(&run.brief, name));
        let row = brief_platform::Model {
            // Whoever goes on after a crash has to make all rows anew.
            revision: match run.board.is_stale {
                true => 0,
                false => run.row.revision,
            },
            ..run.row_now()
        };
        let is_planned = begins.is_some() || run.row.revision != 1;
        let rows = CollectRows {
            others: others.filter(|_| is_planned).collect(),
            sequences: std::mem::take(&mut changes.sequences),
            pages: std::mem::take(&mut changes.pages),
            packed: std::mem::take(&mut changes.packed),
            begins: begins.map(|at| (at, at + deadline)),
            ends: is_over.then(clock::now_micros),
            ..CollectRows::of(run.job(), row.clone())
        };
        self.last_row = Some(row);
        let add = others_to_begin(run).await?;
        self.stored = Some(changes);
        Ok(Said {
            add,
            ..run_said(run, Some(rows))
        })
    }
}

/// Platforms that have ended, or not begun, with another request than that of this brief have to begin again.
async fn others_to_begin(run: &Run) -> Result<Vec<BatchSpec>, StepError> {
    if run.brief.revision == 1 {
        return Ok(Vec::new());
    }
    let known = run.collecting.store().platforms(run.job()).await?;
    let (own, stage, revision) = (&run.row.platform, run.brief.stage, run.brief.revision);
    let has_ended = known
        .iter()
        .filter(|row| row.platform != *own && row.ended_at.is_some() && row.revision < revision);
    let mut names: Vec<&str> = has_ended.map(|row| row.platform.as_str()).collect();
    let is_new = |name: &&String| **name != *own && !known.iter().any(|row| row.platform == **name);
    names.extend(
        run.brief
            .request
            .platforms
            .iter()
            .filter(is_new)
            .map(String::as_str),
    );
    Ok(names
        .into_iter()
        .map(|name| batch_of(name, stage, revision))
        .collect())
}

fn run_said(run: &Run, rows: Option<CollectRows>) -> Said {
    let counts = run.board.counts();
    Said {
        progress: Progress {
            done: counts.ended as u64,
            total: Some((counts.open + counts.fetched + counts.ended) as u64),
            unit: Unit::Pages,
            figures: run.figures(),
            ..Progress::default()
        },
        rows: rows.map(SliceRows::of),
        ..Said::default()
    }
}

async fn current(run: &Run) -> Result<Brief, StepError> {
    let brief = run.collecting.store().brief(run.job()).await?;
    brief.ok_or_else(|| StepError::retry("the brief is not there"))
}

/// How long it is until open pages fail; before the first slice is stored, as long as the request says.
fn left(run: &Run) -> Duration {
    let length = i64::from(run.brief.request.deadline_s) * 1_000_000;
    let began = run.brief.began_at.or(run.row.began_at);
    let at = began.unwrap_or_else(clock::now_micros) + length;
    let left = at.saturating_sub(clock::now_micros()).max(0);
    Duration::from_micros(left.unsigned_abs())
}
