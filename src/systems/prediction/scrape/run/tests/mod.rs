mod expectations;
mod memory;
mod pages;
mod replays;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use url::Url;

use super::{Fetcher, Report, Start, Wanted, run};
use crate::systems::prediction::scrape::fetch::{
    Answer, FetchError, FetchedPage, Validators, fingerprint,
};
use crate::systems::prediction::scrape::plan::Plan;
use crate::systems::prediction::scrape::tests::support::{Kept, start};

/// A site that is a table of paths and bodies.
#[derive(Default)]
struct Site {
    pages: HashMap<String, String>,
    /// Whether it knows what has not changed.
    answers_not_modified: bool,
    asked: Mutex<Vec<String>>,
}

impl Site {
    fn new(pages: &[(&str, &str)]) -> Self {
        let pages = pages.iter();
        Self {
            pages: pages
                .map(|(path, body)| ((*path).to_owned(), (*body).to_owned()))
                .collect(),
            ..Self::default()
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().drain(..).collect()
    }
}

impl Fetcher for Site {
    async fn fetch(&self, wanted: &Wanted<'_>) -> Result<Answer, FetchError> {
        let path = wanted.url.as_str().trim_start_matches("https://h.example");
        self.asked.lock().unwrap().push(path.to_owned());
        let Some(body) = self.pages.get(path) else {
            let host = "h.example".to_owned();
            return Err(FetchError::Status { host, status: 404 });
        };
        let etag = fingerprint(body.as_bytes());
        let known = wanted
            .validators
            .and_then(|validators| validators.etag.as_ref());
        if self.answers_not_modified && known == Some(&etag) {
            return Ok(Answer::NotModified);
        }
        Ok(Answer::Page(Box::new(FetchedPage {
            url: Url::parse(wanted.url.as_str()).unwrap(),
            content_type: None,
            validators: Validators {
                place: fingerprint(wanted.url.as_str().as_bytes()),
                etag: Some(etag),
                last_modified: None,
            },
            body: Arc::from(body.as_bytes()),
            at: 1_717_200_000_000_000,
        })))
    }
}

async fn run_on(site: &Site, plan: &Arc<Plan>, start: &Start) -> (Report, Kept) {
    let mut kept = Kept::default();
    let report = run(plan, start, site, &mut kept).await;
    (report, kept)
}

async fn run_first(site: &Site, plan: &Arc<Plan>) -> (Report, Kept) {
    run_on(site, plan, &start(plan, &[], "")).await
}

/// A page with these rows.
fn page(ids: &[&str]) -> String {
    let rows: String = ids.iter().map(|id| format!("<li><b>{id}</b>")).collect();
    format!("<ul>{rows}</ul>")
}

/// A scrape of such pages.
fn scrape(url: &str, more: &str) -> String {
    format!(
        "scrape: s\nrequest: {{url: \"https://h.example{url}\"}}\n{more}\n\
        extract: {{html: {{rows: li, fields: {{id: {{css: b}}, n: {{css: i, type: integer}}}}}}}}\n\
        into: {{table: t, key: [id]}}\n"
    )
}
