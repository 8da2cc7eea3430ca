//! Which page comes next.

use std::collections::HashMap;

use chrono::NaiveDate;
use http::{HeaderName, HeaderValue};
use url::Url;

use super::report::Ended;
use crate::systems::prediction::scrape::definition::{
    FillError, Pages, Request, Scrape, Values, Within,
};
use crate::systems::prediction::scrape::fetch::{RunSecrets, fingerprint};

/// A page that is to be fetched. Its URL may hold a secret, so that it cannot be printed.
#[derive(Clone)]
pub(super) struct PageRequest {
    /// From 1, in the order of the run.
    pub number: u32,
    pub url: Url,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Goes from page to page.
pub(super) struct Requests<'r> {
    scrape: &'r Scrape,
    day: NaiveDate,
    secrets: &'r RunSecrets,
    /// The URL of the first page: secrets are for its host.
    pub home: Url,
    /// By the fingerprint of what was asked for: the number of the page.
    asked: HashMap<String, u32>,
}

/// What a page says about the next one.
pub(super) struct PageEnd<'e> {
    pub request: &'e PageRequest,
    /// All rows, those that were left out included.
    pub rows: u64,
    /// An absolute URL, or the value of the parameter.
    pub next: Option<&'e str>,
    /// Whether its body is that of the page before.
    pub is_repeated: bool,
}

/// Why there is no request. A sentence for people; secrets in it are to be hidden.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestFault {
    #[error(transparent)]
    Fill(#[from] FillError),
    #[error("the URL of page {page} is not valid")]
    NotAUrl { page: u32 },
    #[error("the header {name} has a value that cannot be sent; expected printable characters")]
    Header { name: HeaderName },
    #[error(
        "page {page} names a next page that was fetched already, as page {earlier}: this would never end"
    )]
    Circle { page: u32, earlier: u32 },
}

pub(super) enum Next {
    Page(PageRequest),
    End(Ended),
}

impl<'r> Requests<'r> {
    /// Begins with the first page.
    pub fn begin(
        scrape: &'r Scrape,
        day: NaiveDate,
        secrets: &'r RunSecrets,
    ) -> Result<(Self, PageRequest), RequestFault> {
        let count = match scrape.pages {
            Pages::Numbered { from, .. } => from,
            Pages::One | Pages::Linked { .. } => 1,
        };
        let first = filled(&scrape.request, 1, count, day, secrets)?;
        let mut requests = Self {
            scrape,
            day,
            secrets,
            home: first.url.clone(),
            asked: HashMap::new(),
        };
        requests.asked.insert(first.fingerprint(), 1);
        Ok((requests, first))
    }

    pub fn next(&mut self, end: &PageEnd<'_>) -> Result<Next, RequestFault> {
        let number = end.request.number + 1;
        match &self.scrape.pages {
            Pages::One => Ok(Next::End(Ended::OnePage)),
            Pages::Numbered { max, .. } if end.rows == 0 => {
                Ok(Next::End(match (end.request.number, *max) {
                    (1, 1) => Ended::Max,
                    (1, _) => Ended::FirstEmpty,
                    _ => Ended::NoRows,
                }))
            }
            Pages::Numbered { .. } if end.is_repeated => Ok(Next::End(Ended::Repeated)),
            Pages::Numbered { max, .. } if number > *max => Ok(Next::End(Ended::Max)),
            Pages::Numbered { from, .. } => {
                let count = from.saturating_add(number - 1);
                let request = &self.scrape.request;
                filled(request, number, count, self.day, self.secrets).map(Next::Page)
            }
            Pages::Linked { param, max, .. } => {
                let Some(next) = end.next else {
                    return Ok(Next::End(Ended::NoNext));
                };
                let url = match param {
                    Some(param) => with_param(&end.request.url, param, next),
                    None => Url::parse(next).map_err(|_| RequestFault::NotAUrl { page: number })?,
                };
                let request = PageRequest {
                    number,
                    url: without_fragment(url),
                    headers: end.request.headers.clone(),
                };
                if let Some(earlier) = self.asked.insert(request.fingerprint(), number) {
                    let page = end.request.number;
                    return Err(RequestFault::Circle { page, earlier });
                }
                match number > *max {
                    true => Ok(Next::End(Ended::Max)),
                    false => Ok(Next::Page(request)),
                }
            }
        }
    }

    /// Whether a page that the site does not have is the end of them and not a failure.
    pub fn may_be_missing(&self, request: &PageRequest) -> bool {
        self.scrape.pages.are_numbered() && request.number > 1
    }
}

impl PageRequest {
    /// What is asked for, without what it is.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.url.as_str().as_bytes())
    }
}

fn filled(
    request: &Request,
    number: u32,
    page: u32,
    day: NaiveDate,
    secrets: &RunSecrets,
) -> Result<PageRequest, RequestFault> {
    let secret = |name: &str| secrets.get(name);
    let values = Values {
        day,
        page,
        secret: &secret,
    };
    let url = request.url.fill(Within::Url, &values)?;
    let url = Url::parse(&url).map_err(|_| RequestFault::NotAUrl { page: number })?;
    let mut headers = Vec::with_capacity(request.headers.len());
    for (name, template) in &request.headers {
        let text = template.fill(Within::Header, &values)?;
        let fault = |_| RequestFault::Header { name: name.clone() };
        let mut value = HeaderValue::from_str(text.trim()).map_err(fault)?;
        value.set_sensitive(true);
        headers.push((name.clone(), value));
    }
    Ok(PageRequest {
        number,
        url: without_fragment(url),
        headers,
    })
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

/// A URL with another value of a parameter. The others stay as they are written.
fn with_param(url: &Url, name: &str, value: &str) -> Url {
    let mut url = url.clone();
    let encoded = |name: &str, value: &str| {
        let mut pair = url::form_urlencoded::Serializer::new(String::new());
        pair.append_pair(name, value).finish()
    };
    let is_other = |pair: &&str| {
        let mut parsed = url::form_urlencoded::parse(pair.as_bytes());
        parsed.next().is_some_and(|(known, _)| known != name)
    };
    let query = url.query().unwrap_or_default();
    let mut pairs: Vec<&str> = query.split('&').filter(is_other).collect();
    let own = encoded(name, value);
    pairs.push(&own);
    let query = pairs.join("&");
    url.set_query(Some(&query));
    url
}
