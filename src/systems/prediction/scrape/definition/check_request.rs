//! Checks how a scrape asks: URL, headers, pages, manners, patience.

use std::time::Duration;

use chrono::NaiveDate;
use http::{HeaderName, HeaderValue, header};
use url::Url;

use super::check::{ScrapeCheck, json_path};
use super::model::{NextPath, Pages, Polite, Request, Retry};
use super::path::CssPath;
use super::template::{Template, Values, Within};
use super::written::{
    Robots, WrittenExtract, WrittenPages, WrittenPolite, WrittenRequest, WrittenRetry,
};

const TIMEOUT_S: f64 = 20.0;
const TIMEOUT_MAX_S: f64 = 600.0;
const DELAY_MS: u64 = 1_000;
const DELAY_MAX_MS: u64 = 3_600_000;
const USER_AGENT: &str = "AudienceBot/1.0";
const PAGES_MAX: u32 = 1_000;
const PAGES_MOST: u32 = 100_000;
const TRIES: u32 = 5;
const TRIES_MAX: u32 = 20;
const FIRST_S: f64 = 2.0;
const LONGEST_S: f64 = 300.0;
const PAUSE_MAX_S: f64 = 86_400.0;
const STALE_MAX_H: f64 = 87_600.0;

/// Headers that the program sets, with the key that they have instead.
const OWN_HEADERS: [(HeaderName, &str); 11] = [
    (header::USER_AGENT, "expected `polite.user_agent`"),
    (header::HOST, "the URL says it"),
    (header::CONNECTION, "the program sets it"),
    (header::CONTENT_LENGTH, "the program sets it"),
    (header::TRANSFER_ENCODING, "the program sets it"),
    (header::TE, "the program sets it"),
    (header::UPGRADE, "the program sets it"),
    (header::ACCEPT_ENCODING, "the program sets it"),
    (header::IF_NONE_MATCH, "the program sets it"),
    (header::IF_MODIFIED_SINCE, "the program sets it"),
    (header::RANGE, "whole pages are fetched"),
];

impl ScrapeCheck<'_> {
    pub(super) fn request(&mut self, written: &WrittenRequest) -> Option<Request> {
        let url = self.read("request.url", &written.url, url);
        let mut headers = Vec::new();
        for (name, value) in &written.headers.0 {
            let key = format!("request.headers.{name}");
            let value = self.read(&key, value, header_value);
            let name = self.read(&key, name, header_name);
            headers.extend(name.zip(value));
        }
        let timeout_s = written.timeout_s.unwrap_or(TIMEOUT_S);
        let timeout = self.seconds("request.timeout_s", timeout_s, 0.1, TIMEOUT_MAX_S);
        Some(Request {
            url: url?,
            headers,
            timeout,
        })
    }

    pub(super) fn pages(
        &mut self,
        written: Option<&WrittenPages>,
        request: Option<&Request>,
        extract: &WrittenExtract,
    ) -> Pages {
        let counts = request.is_some_and(|request| request.url.uses_page());
        let Some(written) = written else {
            if counts {
                self.fault(
                    "request.url",
                    "has {page}; expected `pages` beside the request",
                );
            }
            return Pages::One;
        };
        let max = written.max.unwrap_or(PAGES_MAX);
        if !(1..=PAGES_MOST).contains(&max) {
            self.fault(
                "pages.max",
                format!("expected a number from 1 to {PAGES_MOST}"),
            );
        }
        if written
            .from
            .is_some_and(|from| from.checked_add(max).is_none())
        {
            self.fault("pages.from", "is too large");
        }
        match (&written.next, written.from) {
            (Some(_), Some(_)) => {
                self.fault("pages", "has `from` and `next`; expected one of them");
                Pages::One
            }
            (Some(next), None) => {
                if counts {
                    self.fault(
                        "pages.next",
                        "stands beside {page} in the URL; expected one of them",
                    );
                }
                let param = written.param.clone();
                if param.as_deref().is_some_and(str::is_empty) {
                    self.fault(
                        "pages.param",
                        "expected the name of a parameter of the query",
                    );
                }
                let next = self.next(next, extract);
                next.map_or(Pages::One, |next| Pages::Linked { next, param, max })
            }
            (None, from) => {
                if written.param.is_some() {
                    self.fault("pages.param", "is for `next`, which is missing");
                }
                if request.is_some() && !counts {
                    self.fault("pages", "expected {page} in the URL, or `next`");
                }
                let from = from.unwrap_or(1);
                Pages::Numbered { from, max }
            }
        }
    }

    fn next(&mut self, text: &str, extract: &WrittenExtract) -> Option<NextPath> {
        let is_json = text.trim_start().starts_with('$');
        match (is_json, extract.html.is_some(), extract.json.is_some()) {
            (true, _, true) => self.read("pages.next", text, json_path).map(NextPath::Json),
            (false, true, _) => self
                .read("pages.next", text, CssPath::parse)
                .map(NextPath::Css),
            (_, false, false) => {
                let problem = "is for pages of HTML or JSON; expected `from` and {page}";
                self.fault("pages.next", problem);
                None
            }
            (true, ..) => {
                self.fault(
                    "pages.next",
                    "is a JSONPath; expected a selector such as a.next@href",
                );
                None
            }
            (false, ..) => {
                self.fault(
                    "pages.next",
                    "is a selector; expected a JSONPath such as $.next",
                );
                None
            }
        }
    }

    pub(super) fn polite(&mut self, written: &WrittenPolite) -> Polite {
        let delay_ms = written.delay_ms.unwrap_or(DELAY_MS);
        if delay_ms > DELAY_MAX_MS {
            let problem = format!("expected a number from 0 to {DELAY_MAX_MS}");
            self.fault("polite.delay_ms", problem);
        }
        let user_agent = written.user_agent.as_deref().unwrap_or(USER_AGENT);
        let is_good = HeaderValue::from_str(user_agent).is_ok();
        if !is_good || product(user_agent).is_empty() {
            self.fault(
                "polite.user_agent",
                "expected a name such as AudienceBot/1.0",
            );
        }
        Polite {
            obeys_robots: written.robots != Some(Robots::Ignore),
            delay: Duration::from_millis(delay_ms),
            user_agent: user_agent.to_owned(),
        }
    }

    pub(super) fn retry(&mut self, written: &WrittenRetry) -> Retry {
        let tries = written.tries.unwrap_or(TRIES);
        if !(1..=TRIES_MAX).contains(&tries) {
            self.fault(
                "retry.tries",
                format!("expected a number from 1 to {TRIES_MAX}"),
            );
        }
        let first = written.first_s.unwrap_or(FIRST_S);
        let longest = written.longest_s.unwrap_or(LONGEST_S.max(first));
        let first = self.seconds("retry.first_s", first, 0.0, PAUSE_MAX_S);
        let longest = self.seconds("retry.longest_s", longest, 0.0, PAUSE_MAX_S);
        if first > longest {
            self.fault("retry.longest_s", "is less than `first_s`");
        }
        Retry {
            tries,
            first,
            longest,
        }
    }

    pub(super) fn hours(&mut self, key: &str, hours: Option<f64>) -> Option<Duration> {
        let hours = hours?;
        if !(hours > 0.0 && hours <= STALE_MAX_H) {
            self.fault(
                key,
                format!("expected hours, more than 0 and at most {STALE_MAX_H}"),
            );
            return None;
        }
        Some(Duration::from_secs_f64(hours * 3_600.0))
    }

    fn seconds(&mut self, key: &str, seconds: f64, least: f64, most: f64) -> Duration {
        if !(least..=most).contains(&seconds) {
            self.fault(key, format!("expected seconds from {least} to {most}"));
            return Duration::ZERO;
        }
        Duration::from_secs_f64(seconds)
    }
}

/// The name of a user agent, which is what robots.txt calls it.
pub(crate) fn product(user_agent: &str) -> &str {
    let is_part = |part: char| part.is_ascii_alphanumeric() || "-_".contains(part);
    let end = user_agent.find(|part| !is_part(part));
    &user_agent[..end.unwrap_or(user_agent.len())]
}

/// A template whose host is fixed: where secrets go, and whether it may be asked, is known before a run.
fn url(text: &str) -> Result<Template, String> {
    let expected = "expected a URL such as https://host/path?page={page}, without a user";
    let template = Template::parse(text)?;
    let beginning = template.beginning();
    let authority = beginning
        .strip_prefix("http://")
        .or_else(|| beginning.strip_prefix("https://"))
        .ok_or(expected)?;
    if template.has_places() && !authority.contains(['/', '?', '#']) {
        return Err("has a place in its host; expected the host as it is".to_owned());
    }
    let example = Values {
        day: NaiveDate::default(),
        page: 1,
        secret: &|_| Some("secret".to_owned()),
    };
    let filled = template.fill(Within::Url, &example);
    let parsed = Url::parse(&filled.map_err(|error| error.to_string())?).map_err(|_| expected)?;
    let has_user = !parsed.username().is_empty() || parsed.password().is_some();
    match has_user || parsed.host_str().is_none_or(str::is_empty) {
        true => Err(expected.to_owned()),
        false => Ok(template),
    }
}

fn header_name(text: &str) -> Result<HeaderName, String> {
    let name = HeaderName::from_bytes(text.as_bytes())
        .map_err(|_| "invalid header name; expected one such as Accept-Language".to_owned())?;
    let own = OWN_HEADERS.iter().find(|(own, _)| *own == name);
    match own {
        None => Ok(name),
        Some((_, instead)) => Err(format!("this header cannot be set: {instead}")),
    }
}

fn header_value(text: &str) -> Result<Template, String> {
    let template = Template::parse(text)?;
    match HeaderValue::from_str(text) {
        Ok(_) => Ok(template),
        Err(_) => Err("invalid header value; expected printable characters".to_owned()),
    }
}
