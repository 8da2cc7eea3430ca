//! Platforms that answer over HTTP: a request is made of templates, and an answer judged and read.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use chrono_tz::Tz;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use url::Url;

use super::{PageAnswer, PageAsk, PageSource, Sequences, Trial};
use crate::clock;
use crate::fetch::AllowedHosts;
use crate::fetch::guarded::{
    Asking, BodyLimit, GuardedClient, GuardedFault, Received, Rules, SystemDns,
};
use crate::systems::briefs::adapter::{
    AnswerFault, Body, Encoding, Http, Means, Paging, Places, Template, raw_items, read_answer,
};
use crate::systems::briefs::platforms::Platform;
use crate::systems::briefs::upstream::CallFault;

/// Of an answer, unpacked.
const BODY_MAX: BodyLimit = BodyLimit(8 << 20);

/// Connections to a host that are kept for the next calls.
const CONNECTIONS_KEPT: usize = 60;

const REDIRECTS_MAX: usize = 5;

/// The time-out of calls is kept by those who make them; this is what ends them in any case.
const LONGER: Duration = Duration::from_secs(1);

const AGENT: &str = concat!("audience/", env!("CARGO_PKG_VERSION"));

/// The client of all platforms of a process. `private_hosts` may be asked though their addresses are not public.
pub(crate) fn client_for(private_hosts: AllowedHosts) -> Result<GuardedClient, GuardedFault> {
    let rules = Rules {
        allowed: private_hosts,
        any_port: true,
        setting: "briefs.private_hosts",
    };
    GuardedClient::new(rules, Arc::new(SystemDns), BODY_MAX, CONNECTIONS_KEPT)
}

/// A platform.
pub(crate) struct HttpSource {
    platform: Arc<Platform>,
    http: Box<Http>,
    client: Arc<GuardedClient>,
    /// Of times without one.
    zone: Tz,
}

/// A request that is ready to be sent.
struct Ready {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl HttpSource {
    pub fn new(
        platform: Arc<Platform>,
        http: Box<Http>,
        client: Arc<GuardedClient>,
        zone: Tz,
    ) -> Self {
        Self {
            platform,
            http,
            client,
            zone,
        }
    }

    /// Asks once for a page, and returns the items of the answer as they came, too.
    pub async fn try_out(&self, page: &PageAsk) -> Result<Trial, CallFault> {
        let received = self.exchange(page).await?;
        Ok(Trial {
            items: raw_items(&self.http, &received.body),
            answer: self.judge(&received),
        })
    }

    /// Sends the request of a page, and follows where its answer leads.
    async fn exchange(&self, page: &PageAsk) -> Result<Received, CallFault> {
        let mut ready = self.request(page).map_err(CallFault::Final)?;
        for _ in 0..=REDIRECTS_MAX {
            let asking = Asking {
                method: ready.method.clone(),
                url: &ready.url,
                headers: ready.headers.clone(),
                body: ready.body.clone(),
                within: self.platform.adapter.retry.timeout + LONGER,
                reads_all: true,
            };
            let received = self.client.ask(asking).await.map_err(|fault| {
                let text = fault.to_string();
                // A body that cannot be read is a bad answer, and the next one may be a good one.
                let is_bad = matches!(fault, GuardedFault::Body { .. });
                match is_bad || fault.is_transient() {
                    true => CallFault::Transient(text),
                    false => CallFault::Final(text),
                }
            })?;
            match self.target(&ready.url, &received)? {
                None => return Ok(received),
                Some(next) => ready = ready.led_on(next, received.status),
            }
        }
        let problem = format!("the platform leads on more than {REDIRECTS_MAX} times");
        Err(CallFault::Final(problem))
    }

    fn request(&self, page: &PageAsk) -> Result<Ready, String> {
        let http = &self.http;
        let (first, size) = match &http.paging {
            Paging::Numbered { first, size, .. } => (*first, *size),
            Paging::Cursor { .. } => (1, 0),
        };
        let before = page.number.saturating_sub(1);
        let places = Places {
            keyword: &page.query,
            page: first.saturating_add(before),
            offset: u64::from(before) * u64::from(size),
            size,
            cursors: &page.cursors,
            from: page.from,
            to: page.to,
            zone: self.zone,
            secrets: &self.platform.secrets,
        };
        let mut url = http.base.clone();
        let below = url.path().trim_end_matches('/').to_owned();
        let path = http.path.fill(&places, Encoding::Path);
        url.set_path(&format!("{below}/{}", path.trim_start_matches('/')));
        let query = filled(&http.query, &places);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let (body, content_type) = body(&http.body, &places)?;
        Ok(Ready {
            method: http.method.clone(),
            url,
            headers: self.headers(&places, content_type)?,
            body,
        })
    }

    fn headers(
        &self,
        places: &Places<'_>,
        content_type: Option<&'static str>,
    ) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, template) in &self.http.headers {
            let value = template.fill(places, Encoding::Plain);
            let mut value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| format!("the header {name} has a value that cannot be sent"))?;
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        Ok(headers)
    }

    /// Where an answer leads on to, which is not beyond the origin of the platform.
    fn target(&self, url: &Url, received: &Received) -> Result<Option<Url>, CallFault> {
        if !matches!(received.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let location = received.header(LOCATION);
        let next = location.and_then(|location| url.join(location.trim()).ok());
        match next {
            Some(next) if next.origin() == self.http.base.origin() => Ok(Some(next)),
            _ => {
                let status = received.status.as_u16();
                let problem = format!("the platform answered {status} and leads on to elsewhere");
                Err(CallFault::Final(problem))
            }
        }
    }

    fn judge(&self, received: &Received) -> Result<PageAnswer, CallFault> {
        let now = clock::now_micros();
        let answered_at = received.header(DATE).and_then(|date| {
            let date = DateTime::parse_from_rfc2822(date.trim()).ok()?;
            Some(date.timestamp_micros())
        });
        let answered_at = answered_at.unwrap_or(now);
        let adapter = &self.platform.adapter;
        let read = read_answer(adapter, &self.http, &received.body, answered_at, self.zone);
        let status = received.status;
        match read {
            Err(AnswerFault::Means { means, path, found }) => {
                let text = self.hidden(format!("{path} is {found}"));
                Err(match means {
                    Means::Transient => CallFault::Transient(text),
                    Means::RateLimited => CallFault::RateLimited(received.retry_after(now)),
                    Means::Auth => CallFault::Auth(text),
                    Means::Quota => CallFault::Quota(text),
                    Means::Gone => CallFault::Final(text),
                })
            }
            _ if !status.is_success() => Err(refusal(status, received.retry_after(now))),
            Err(fault) => Err(CallFault::Transient(self.hidden(fault.to_string()))),
            Ok(answer) => Ok(PageAnswer {
                articles: answer.articles,
                received: answer.received,
                rejected: answer.rejected,
                first_rejected: answer.first_rejected.map(|rejected| rejected.to_string()),
                next: answer.next,
                answered_at,
            }),
        }
    }

    /// A platform may say a secret in its answer.
    fn hidden(&self, text: String) -> String {
        let secrets = self.platform.secrets.values();
        secrets.fold(text, |text, secret| {
            text.replace(secret.expose_secret(), "***")
        })
    }
}

#[async_trait]
impl PageSource for HttpSource {
    fn sequences(&self) -> Sequences {
        let http = &self.http;
        let mut templates: Vec<&Template> = vec![&http.path];
        templates.extend(http.query.iter().map(|(_, template)| template));
        templates.extend(http.headers.iter().map(|(_, template)| template));
        match &http.body {
            Body::None => {}
            Body::Json(json) => templates.extend(json.templates()),
            Body::Form(fields) => templates.extend(fields.iter().map(|(_, template)| template)),
        }
        let sends_range = templates.iter().any(|template| {
            let (from, to) = template.range();
            from || to
        });
        Sequences::OfQueries {
            sends_range,
            windows: http.windows,
        }
    }

    fn is_newest_first(&self) -> bool {
        self.http.newest_first
    }

    fn is_called(&self) -> bool {
        true
    }

    async fn ask(&self, page: &PageAsk) -> Result<PageAnswer, CallFault> {
        let received = self.exchange(page).await?;
        self.judge(&received)
    }
}

impl Ready {
    /// The request that follows a redirect.
    fn led_on(self, url: Url, status: StatusCode) -> Self {
        let stays = matches!(status.as_u16(), 307 | 308) || self.method == Method::GET;
        if stays {
            return Self { url, ..self };
        }
        let mut headers = self.headers;
        headers.remove(CONTENT_TYPE);
        Self {
            method: Method::GET,
            url,
            headers,
            body: None,
        }
    }
}

/// Pairs, without those whose cursor is empty, as it is before the first page.
fn filled(pairs: &[(String, Template)], places: &Places<'_>) -> Vec<(String, String)> {
    let filled = pairs.iter().filter_map(|(name, template)| {
        let value = template.fill(places, Encoding::Plain);
        let is_left_out = value.is_empty() && template.cursors().next().is_some();
        (!is_left_out).then(|| (name.clone(), value))
    });
    filled.collect()
}

/// A body, and what it is.
type Written = (Option<Vec<u8>>, Option<&'static str>);

fn body(body: &Body, places: &Places<'_>) -> Result<Written, String> {
    match body {
        Body::None => Ok((None, None)),
        Body::Json(json) => {
            let value = json.fill(places).unwrap_or_default();
            let text = serde_json::to_vec(&value).map_err(|error| error.to_string())?;
            Ok((Some(text), Some("application/json")))
        }
        Body::Form(fields) => {
            let fields = filled(fields, places);
            let text = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish();
            Ok((
                Some(text.into_bytes()),
                Some("application/x-www-form-urlencoded"),
            ))
        }
    }
}

/// What a status means that is no success.
fn refusal(status: StatusCode, retry_after: Option<Duration>) -> CallFault {
    let text = format!("the platform answered {}", status.as_u16());
    match status.as_u16() {
        429 => CallFault::RateLimited(retry_after),
        408 | 425 | 500..=599 => CallFault::Transient(text),
        401 => CallFault::Auth(text),
        _ => CallFault::Final(text),
    }
}

#[cfg(test)]
mod tests;
