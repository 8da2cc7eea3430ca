//! Drives a run: fetches page after page, until one is the last.

use std::collections::HashMap;
use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use http::{HeaderName, HeaderValue};
use tokio::task::spawn_blocking;
use url::Url;

use super::pass::{Origin, Pass};
use super::report::{Ended, Outcome, Remembered, Report};
use super::requests::{Next, PageEnd, PageRequest, Requests};
use super::sink::{KeptPage, RunSink};
use crate::systems::prediction::scrape::definition::Pages;
use crate::systems::prediction::scrape::extract::{ExtractError, Extracted, Page, extract};
use crate::systems::prediction::scrape::fetch::{
    Answer, FetchError, FetchedPage, RunSecrets, Validators, Visit, Web, fingerprint,
};
use crate::systems::prediction::scrape::plan::Plan;

/// A page that a run wants.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'w> {
    pub url: &'w Url,
    /// The first page: headers and secrets are for its host.
    pub home: &'w Url,
    pub headers: &'w [(HeaderName, HeaderValue)],
    pub secrets: &'w RunSecrets,
    pub validators: Option<&'w Validators>,
}

/// Gets pages.
pub(crate) trait Fetcher: Sync {
    fn fetch(&self, wanted: &Wanted<'_>)
    -> impl Future<Output = Result<Answer, FetchError>> + Send;
}

/// Gets them from their sites.
pub(crate) struct SiteFetcher<'f> {
    pub web: &'f Web,
    pub plan: &'f Plan,
    /// How long a turn is waited for; `None`: as long as it takes.
    pub patience: Option<Duration>,
}

/// What a run begins with.
pub(crate) struct Start {
    /// The day that templates mean, and the column `day`.
    pub day: NaiveDate,
    pub secrets: RunSecrets,
    /// Of the last run with the same definition that succeeded, by their requests.
    pub remembered: HashMap<String, Remembered>,
}

/// Why a run ends before its last page.
enum Stop {
    Failed { why: String, is_transient: bool },
    Sink,
}

impl Fetcher for SiteFetcher<'_> {
    async fn fetch(&self, wanted: &Wanted<'_>) -> Result<Answer, FetchError> {
        let visit = Visit {
            scrape: &self.plan.scrape,
            url: wanted.url,
            home: wanted.home,
            headers: wanted.headers,
            secrets: wanted.secrets,
            validators: wanted.validators,
            patience: self.patience,
        };
        self.web.visit(&visit).await
    }
}

/// Runs a scrape.
pub(crate) async fn run(
    plan: &Arc<Plan>,
    start: &Start,
    fetcher: &impl Fetcher,
    sink: &mut impl RunSink,
) -> Report {
    let mut drive = Drive {
        plan,
        start,
        fetcher,
        pass: Pass::new(plan, start.day, &start.secrets),
        last: None,
        unread: Vec::new(),
    };
    let driven = drive.pages(sink).await;
    let mut report = drive.pass.report;
    match driven {
        Ok(()) => {}
        Err(Stop::Sink) => report.outcome = Outcome::Stopped,
        Err(Stop::Failed { why, is_transient }) => {
            let why = start.secrets.hidden(&why);
            report.outcome = Outcome::Failed { why, is_transient };
        }
    }
    if !matches!(report.outcome, Outcome::Succeeded | Outcome::Unchanged) {
        report.remembered.clear();
    }
    report
}

struct Drive<'d, F> {
    plan: &'d Arc<Plan>,
    start: &'d Start,
    fetcher: &'d F,
    pass: Pass<'d>,
    /// The fingerprint of the last page's body.
    last: Option<String>,
    /// Pages of which the site said that they have not changed: they are fetched if another one has.
    unread: Vec<PageRequest>,
}

/// What is known of a page once it was dealt with.
struct Seen {
    rows: u64,
    next: Option<String>,
    is_repeated: bool,
}

impl<F: Fetcher> Drive<'_, F> {
    async fn pages(&mut self, sink: &mut impl RunSink) -> Result<(), Stop> {
        let begun = Requests::begin(&self.plan.scrape, self.start.day, &self.start.secrets);
        let (mut requests, mut request) = begun.map_err(|fault| failed(&fault))?;
        let home = requests.home.clone();
        loop {
            let remembered = self.start.remembered.get(&request.fingerprint());
            let seen = match self.fetch(&request, &home, remembered).await {
                Err(error) if error.is_not_found() && requests.may_be_missing(&request) => {
                    self.pass.report.ended = Some(Ended::NotFound);
                    break;
                }
                Err(error) => return Err(failed_fetch(&request, &error)),
                Ok(Answer::Page(page)) => self.page(&request, page, remembered, sink).await?,
                Ok(Answer::NotModified) => self.not_modified(&request, remembered)?,
            };
            let end = PageEnd {
                request: &request,
                rows: seen.rows,
                next: seen.next.as_deref(),
                is_repeated: seen.is_repeated,
            };
            match requests.next(&end).map_err(|fault| failed(&fault))? {
                Next::Page(next) => request = next,
                Next::End(ended) => {
                    self.pass.report.ended = Some(ended);
                    break;
                }
            }
        }
        let report = &self.pass.report;
        if report.pages > 0 && report.pages == report.unchanged_pages {
            self.pass.report.outcome = Outcome::Unchanged;
            return Ok(());
        }
        self.fetch_unread(&home, sink).await?;
        wants_more(self.pass.end(sink))?;
        self.pass.report.name_unfetched_pages();
        Ok(())
    }

    async fn fetch(
        &self,
        request: &PageRequest,
        home: &Url,
        remembered: Option<&Remembered>,
    ) -> Result<Answer, FetchError> {
        let wanted = Wanted {
            url: &request.url,
            home,
            headers: &request.headers,
            secrets: &self.start.secrets,
            validators: remembered.map(|remembered| &remembered.validators),
        };
        self.fetcher.fetch(&wanted).await
    }

    /// Keeps and reads a page.
    async fn page(
        &mut self,
        request: &PageRequest,
        page: Box<FetchedPage>,
        remembered: Option<&Remembered>,
        sink: &mut impl RunSink,
    ) -> Result<Seen, Stop> {
        let sha256 = fingerprint(&page.body);
        let is_repeated = self.last.as_ref() == Some(&sha256);
        let origin = self.keep(request, &page, sink)?;
        let is_unchanged = remembered.is_some_and(|remembered| remembered.sha256 == sha256);
        self.pass.report.unchanged_pages += u32::from(is_unchanged);
        let extracted = self.extract(request, &page).await?;
        let next = extracted
            .next
            .as_ref()
            .map(|next| self.absolute(&page.url, next));
        let seen = Seen {
            rows: extracted.count,
            next,
            is_repeated,
        };
        self.remember(request, page.validators, sha256, &seen);
        // What the site repeats has no new rows.
        if !(is_repeated && self.plan.scrape.pages.are_numbered()) {
            wants_more(self.pass.take(&origin, extracted, sink))?;
        }
        Ok(seen)
    }

    /// What was remembered of it holds.
    fn not_modified(
        &mut self,
        request: &PageRequest,
        remembered: Option<&Remembered>,
    ) -> Result<Seen, Stop> {
        let Some(remembered) = remembered else {
            return Err(failed(
                &"the site answered that a page had not changed, but was not asked",
            ));
        };
        self.pass.report.pages += 1;
        self.pass.report.unchanged_pages += 1;
        self.pass.report.remembered.push(remembered.clone());
        let is_repeated = self.last.as_ref() == Some(&remembered.sha256);
        self.last = Some(remembered.sha256.clone());
        self.unread.push(request.clone());
        Ok(Seen {
            rows: remembered.rows,
            next: remembered.next.clone(),
            is_repeated,
        })
    }

    /// Some pages have changed: the rows of the others belong to the same day, too.
    async fn fetch_unread(&mut self, home: &Url, sink: &mut impl RunSink) -> Result<(), Stop> {
        for request in std::mem::take(&mut self.unread) {
            let answer = self.fetch(&request, home, None).await;
            let page = match answer.map_err(|error| failed_fetch(&request, &error))? {
                Answer::Page(page) => page,
                Answer::NotModified => {
                    return Err(failed(&"the site does not send a page that it sent before"));
                }
            };
            self.pass.report.pages -= 1;
            let origin = self.keep(&request, &page, sink)?;
            let extracted = self.extract(&request, &page).await?;
            wants_more(self.pass.take(&origin, extracted, sink))?;
        }
        Ok(())
    }

    fn keep(
        &mut self,
        request: &PageRequest,
        page: &FetchedPage,
        sink: &mut impl RunSink,
    ) -> Result<Origin, Stop> {
        self.pass.report.pages += 1;
        self.pass.report.bytes += page.body.len() as u64;
        let url = self.start.secrets.hidden(page.url.as_str());
        wants_more(sink.page(KeptPage {
            number: request.number,
            url: url.clone(),
            content_type: page.content_type.clone(),
            at: page.at,
            body: self.pass.kept(&page.body),
        }))?;
        Ok(Origin { url, at: page.at })
    }

    async fn extract(&self, request: &PageRequest, page: &FetchedPage) -> Result<Extracted, Stop> {
        let (plan, page, number) = (self.plan.clone(), page.clone(), request.number);
        let extracted = spawn_blocking(move || {
            extract(
                &plan,
                &Page {
                    number,
                    url: &page.url,
                    content_type: page.content_type.as_deref(),
                    body: &page.body,
                },
            )
        });
        let extracted = extracted.await.unwrap_or(Err(ExtractError::ReaderFailed));
        extracted.map_err(|error| failed(&format!("page {number}: {error}")))
    }

    fn remember(
        &mut self,
        request: &PageRequest,
        validators: Validators,
        sha256: String,
        seen: &Seen,
    ) {
        self.last = Some(sha256.clone());
        // What is remembered is stored: without its secret it would lead nowhere.
        let next = seen.next.as_deref().unwrap_or_default();
        if self.start.secrets.are_in(next) {
            return;
        }
        self.pass.report.remembered.push(Remembered {
            request: request.fingerprint(),
            validators,
            sha256,
            rows: seen.rows,
            next: seen.next.clone(),
        });
    }

    /// What a page names as the next one, as a URL by itself unless it is the value of a parameter.
    fn absolute(&self, page: &Url, next: &str) -> String {
        match &self.plan.scrape.pages {
            Pages::Linked { param: None, .. } => {
                // What is no URL is reported when it is asked for.
                page.join(next.trim())
                    .map_or_else(|_| next.to_owned(), Into::into)
            }
            _ => next.to_owned(),
        }
    }
}

fn failed(why: &impl ToString) -> Stop {
    Stop::Failed {
        why: why.to_string(),
        is_transient: false,
    }
}

fn failed_fetch(request: &PageRequest, error: &FetchError) -> Stop {
    Stop::Failed {
        why: format!("page {}: {error}", request.number),
        is_transient: error.is_transient(),
    }
}

fn wants_more(flow: ControlFlow<()>) -> Result<(), Stop> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Stop::Sink),
    }
}
