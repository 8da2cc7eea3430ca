//! Kept pages, extracted again: one batch for each run that kept them.

use entity::scrape_run;
use serde_json::json;

use super::FAILED;
use super::batch::{Phase, ScrapeBatch, progress, summary};
use super::ending::{Ended, finished, unstorable};
use crate::engine::seam::{Said, Slice, StepError};
use crate::engine::store::SliceRows;

impl ScrapeBatch {
    /// Extracts the kept pages of a run again. That one cannot be, keeps others from nothing.
    pub(super) async fn replay(&mut self, run: &str) -> Result<Slice, StepError> {
        let plan = self.plan()?;
        let store = self.step.scrapes.store();
        let kept = store.run(run).await?;
        let Some((kept, epoch)) = kept.and_then(|run| run.raw_epoch.map(|epoch| (run, epoch)))
        else {
            // It was cleared meanwhile.
            let said = Said {
                output: Some(json!({ "replay_of": run, "state": "not kept any more" })),
                ..Said::default()
            };
            return self.replayed(said, None).await;
        };
        let day = kept.day.parse().unwrap_or(self.step.params.day);
        let written = self
            .write_pages(&plan, &self.id(), day, (run, epoch))
            .await?;
        let ended = Ended::of_replay(kept, written);
        let rows = finished(self, ended).await?;
        let replay = rows.run.clone();
        let pages = replay.as_ref().map_or(0, |run| run.pages.unsigned_abs());
        let said = Said {
            progress: progress(pages as usize),
            output: replay
                .as_ref()
                .map(summary)
                .transpose()
                .map_err(unstorable)?,
            rows: Some(SliceRows::of(rows)),
            ..Said::default()
        };
        self.replayed(said, replay).await
    }

    /// The last of the batches, which run in their order, fails the job if any of them has failed: only then all
    /// that can go well has gone well.
    async fn replayed(
        &mut self,
        said: Said,
        replay: Option<scrape_run::Model>,
    ) -> Result<Slice, StepError> {
        let all = self.step.params.replay.len();
        let number = usize::try_from(self.context.batch_no).unwrap_or(0) + 1;
        if number < all {
            return Ok(Slice::Done(said));
        }
        let of_this_pass = format!("{}-r", self.pass_id());
        let store = self.step.scrapes.store();
        let mut replays = store.runs_of_job(&self.context.job.job).await?;
        replays.retain(|run| run.id.starts_with(&of_this_pass));
        replays.extend(replay);
        let failed = replays.iter().filter(|run| run.state == FAILED);
        let failed = failed.map(|run| (run.day.as_str(), run.reason.as_deref()));
        let Some(reason) = failure(failed, all) else {
            return Ok(Slice::Done(said));
        };
        Ok(Slice::More(Said {
            checkpoint: self.moves_to(Phase::Failed(reason))?.checkpoint,
            ..said
        }))
    }
}

/// Why a replay of so many runs has failed, by the days and reasons of those that have.
fn failure<'r>(
    mut failed: impl Iterator<Item = (&'r str, Option<&'r str>)>,
    all: usize,
) -> Option<String> {
    let (day, reason) = failed.next()?;
    let reason = reason.unwrap_or("no reason was recorded");
    let count = failed.count() + 1;
    Some(match all {
        1 => reason.to_owned(),
        _ => format!("{count} of {all} days failed; the first was {day}: {reason}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_fails_with_its_first_reason_and_how_much_of_it_failed() {
        let few = Some("expected at least 30 rows, found 10");
        assert_eq!(failure([].into_iter(), 3), None);
        let one = failure([("2026-11-28", few)].into_iter(), 1);
        assert_eq!(one.as_deref(), few);
        let two = [("2026-11-28", few), ("2026-11-30", None)];
        assert_eq!(
            failure(two.into_iter(), 3).as_deref(),
            Some(
                "2 of 3 days failed; the first was 2026-11-28: expected at least 30 rows, found 10"
            )
        );
    }
}
