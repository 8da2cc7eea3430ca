//! From a scrape and a day to a job.

use chrono::NaiveDate;
use serde_json::json;

use super::error::ScrapesError;
use super::kind::ScrapeKind;
use super::params::ScrapeParams;
use super::scrapes::{ChosenScrape, Scrapes};
use super::{FLOW, QUEUE};
use crate::engine::seam::{Composed, NewRun, StepKind};
use crate::engine::{Flow, FlowStep};

/// The name of the only step.
const STEP: &str = "scrape";

impl Scrapes {
    /// A job that fetches the pages of a day, by default of today.
    pub(crate) fn compose(
        &self,
        chosen: &ChosenScrape,
        day: Option<NaiveDate>,
        run: NewRun,
    ) -> Result<Composed, ScrapesError> {
        let day = day.unwrap_or_else(|| chosen.today());
        let secrets = self.secrets(&chosen.plan);
        let warnings = secrets.err().into_iter().collect();
        self.job(chosen, day, Vec::new(), warnings, run)
    }

    /// A job that extracts the kept pages of days again, those of a day included that `from` or `to` name.
    pub(crate) async fn compose_replay(
        &self,
        chosen: &ChosenScrape,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        run: NewRun,
    ) -> Result<Composed, ScrapesError> {
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(ScrapesError::Backwards);
        }
        let text = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        let (first, last) = (text(from), text(to));
        let name = &chosen.scrape.name;
        let kept = self
            .store()
            .kept_runs(name, first.as_deref(), last.as_deref());
        let runs: Vec<String> = kept.await?.into_iter().map(|run| run.id).collect();
        if runs.is_empty() {
            return Err(ScrapesError::NothingKept {
                scrape: name.clone(),
                range: match (first, last) {
                    (None, None) => "at all".to_owned(),
                    (Some(from), None) => format!("from {from} on"),
                    (None, Some(to)) => format!("up to {to}"),
                    (Some(from), Some(to)) => format!("from {from} to {to}"),
                },
            });
        }
        self.job(chosen, chosen.today(), runs, Vec::new(), run)
    }

    fn job(
        &self,
        chosen: &ChosenScrape,
        day: NaiveDate,
        replay: Vec<String>,
        warnings: Vec<String>,
        run: NewRun,
    ) -> Result<Composed, ScrapesError> {
        let scrape = &chosen.plan.scrape;
        self.shared().destination.find(scrape.output.as_deref())?;
        let mut understood = json!({
            "scrape": scrape.name, "version": chosen.scrape.version, "output": scrape.output,
        });
        match replay.len() {
            0 => understood["day"] = json!(day),
            runs => understood["replay"] = json!({ "runs": runs }),
        }
        let params = ScrapeParams {
            scrape: chosen.scrape.clone(),
            mapping: chosen.mapping.clone(),
            day,
            replay,
        };
        let flow = Flow {
            name: FLOW.to_owned(),
            steps: vec![FlowStep {
                name: STEP.to_owned(),
                kind: ScrapeKind::NAME.to_owned(),
                params: serde_json::to_value(&params)?,
                after: vec![],
                delay_s: 0,
            }],
        };
        let queue = run.queue.unwrap_or_else(|| QUEUE.to_owned());
        let id = run.id.unwrap_or_default();
        let mut job = flow.into_job(id, queue, understood, run.idempotency_key, vec![])?;
        job.title = Some(scrape.name.clone());
        job.subject = Some(scrape.name.clone());
        Ok(Composed { job, warnings })
    }
}
