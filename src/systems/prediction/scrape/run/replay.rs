//! Extracts kept pages again.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use url::Url;

use super::pass::{Origin, Pass};
use super::report::{Outcome, Report};
use super::sink::{KeptPage, RunSink};
use crate::systems::prediction::scrape::extract::{Page, extract};
use crate::systems::prediction::scrape::fetch::{RunSecrets, fingerprint};
use crate::systems::prediction::scrape::plan::Plan;

/// Does what a run did once its pages had been fetched, without keeping them again. It blocks.
pub(crate) fn replay(
    plan: &Plan,
    day: NaiveDate,
    pages: impl IntoIterator<Item = KeptPage>,
    sink: &mut impl RunSink,
) -> Report {
    // They were hidden when the pages were kept.
    let secrets = RunSecrets::default();
    let mut pass = Pass::new(plan, day, &secrets);
    let outcome = replay_pages(&mut pass, plan, pages, sink);
    if let Some(outcome) = outcome {
        pass.report.outcome = outcome;
    }
    pass.report
}

/// `None`: as the pass found.
fn replay_pages(
    pass: &mut Pass<'_>,
    plan: &Plan,
    pages: impl IntoIterator<Item = KeptPage>,
    sink: &mut impl RunSink,
) -> Option<Outcome> {
    let failed = |why: String| {
        Some(Outcome::Failed {
            why,
            is_transient: false,
        })
    };
    let mut last = None;
    for kept in pages {
        pass.report.pages += 1;
        pass.report.bytes += kept.body.len() as u64;
        let number = kept.number;
        let Ok(url) = Url::parse(&kept.url) else {
            return failed(format!("page {number}: its URL is not valid"));
        };
        let sha256 = fingerprint(&kept.body);
        let is_repeated = last.as_ref() == Some(&sha256);
        last = Some(sha256);
        // The run saw that the site repeated itself, and took no rows of it.
        if is_repeated && plan.scrape.pages.are_numbered() {
            continue;
        }
        let page = Page {
            number,
            url: &url,
            content_type: kept.content_type.as_deref(),
            body: &kept.body,
        };
        let extracted = match extract(plan, &page) {
            Ok(extracted) => extracted,
            Err(error) => return failed(format!("page {number}: {error}")),
        };
        let origin = Origin {
            url: kept.url,
            at: kept.at,
        };
        if let ControlFlow::Break(()) = pass.take(&origin, extracted, sink) {
            return Some(Outcome::Stopped);
        }
    }
    match pass.end(sink) {
        ControlFlow::Continue(()) => None,
        ControlFlow::Break(()) => Some(Outcome::Stopped),
    }
}
