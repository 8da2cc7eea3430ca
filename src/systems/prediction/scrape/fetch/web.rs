//! Fetches pages with manners: allowed addresses, robots.txt, turns, redirects, patience.
//!
//! ```text
//! visit ─► for each try: for each hop: allowed? ─► robots.txt ─► turn ─► request ─► page │ not modified │ redirect
//!                                                                          └─► 429, 5xx, time-out: pause, next try
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::clock::{Clock, SystemClock, micros};
use super::error::FetchError;
use super::retry::{self, is_transient};
use super::robots::{RobotsCache, Rules};
use super::secrets::RunSecrets;
use super::sent::{headers, is_home, user_agent, validators_for};
#[cfg(test)]
use super::turns::Alone;
use super::turns::{HostKey, HostLease, NoTurn, Turn, Turns};
use crate::clock::rfc3339;
use crate::fetch::AllowedHosts;
use crate::fetch::guarded::{
    BodyLimit, Dns, GuardedClient, Received, Rules as AddressRules, SystemDns, host_of,
};
use crate::systems::prediction::scrape::definition::{Scrape, product};

/// What all scrapes of a process share.
pub(crate) struct Web {
    client: GuardedClient,
    turns: Turns,
    robots: RobotsCache,
    clock: Arc<dyn Clock>,
}

/// A page that is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Visit<'v> {
    pub scrape: &'v Scrape,
    pub url: &'v Url,
    /// The headers and secrets of the request are for this URL's host only.
    pub home: &'v Url,
    pub headers: &'v [(HeaderName, HeaderValue)],
    pub secrets: &'v RunSecrets,
    /// What the site said of this page last time.
    pub validators: Option<&'v Validators>,
    /// How long somebody who looks on waits for a turn; `None`: nobody does, and it takes as long as it takes.
    pub patience: Option<Duration>,
}

/// By what a site knows whether its page has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validators {
    /// A fingerprint of where the page stood, behind redirects: the URL may hold a secret.
    pub place: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What became of a visit.
#[derive(Clone)]
pub(crate) enum Answer {
    NotModified,
    Page(Box<FetchedPage>),
}

/// A page as its site sent it, unpacked. Its URL may hold a secret, so that it cannot be printed.
#[derive(Clone)]
pub(crate) struct FetchedPage {
    /// Behind redirects.
    pub url: Url,
    pub content_type: Option<String>,
    pub validators: Validators,
    pub body: Arc<[u8]>,
    /// Microseconds since 1970.
    pub at: i64,
}

enum Hop {
    To(Url),
    Answer(Answer),
}

const REDIRECTS_MAX: usize = 5;

/// Of a page, unpacked.
const BODY_MAX: BodyLimit = BodyLimit(20 << 20);

/// A polite scrape asks for one page after the other.
const CONNECTIONS_KEPT: usize = 1;

/// Bytes of a validator that are sent back.
const VALIDATOR_MAX: usize = 1_024;

impl Web {
    /// `allowed` are the hosts of `scrape.allow`.
    pub fn new(allowed: AllowedHosts, lease: Arc<dyn HostLease>) -> Result<Self, FetchError> {
        Self::with(allowed, lease, Arc::new(SystemClock), Arc::new(SystemDns))
    }

    /// Of a process that shares its hosts with no other.
    #[cfg(test)]
    pub fn alone(allowed: AllowedHosts) -> Result<Self, FetchError> {
        Self::new(allowed, Arc::new(Alone))
    }

    pub fn with(
        allowed: AllowedHosts,
        lease: Arc<dyn HostLease>,
        clock: Arc<dyn Clock>,
        dns: Arc<dyn Dns>,
    ) -> Result<Self, FetchError> {
        let rules = AddressRules {
            allowed,
            any_port: false,
            setting: "scrape.allow",
        };
        Ok(Self {
            client: GuardedClient::new(rules, dns, BODY_MAX, CONNECTIONS_KEPT)?,
            turns: Turns::new(clock.clone(), lease),
            robots: RobotsCache::default(),
            clock,
        })
    }

    pub async fn visit(&self, visit: &Visit<'_>) -> Result<Answer, FetchError> {
        let mut failures = 0;
        loop {
            let mut asked = None;
            let error = match self.follow(visit, &mut asked).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failures += 1;
            let pause = retry::pause(&visit.scrape.retry, failures, asked);
            let Some(pause) = pause.filter(|_| error.is_transient()) else {
                return Err(error);
            };
            self.clock.sleep(pause).await;
        }
    }

    /// One try. `asked` is how long the site wants to be left alone.
    async fn follow(
        &self,
        visit: &Visit<'_>,
        asked: &mut Option<Duration>,
    ) -> Result<Answer, FetchError> {
        let mut url = visit.url.clone();
        for redirects in 0..=REDIRECTS_MAX {
            self.client.check(&url).map_err(|fault| match redirects {
                0 => FetchError::Address(fault),
                _ => FetchError::Target {
                    host: host_of(visit.url),
                    fault,
                },
            })?;
            if !is_home(&url, visit.home) && visit.secrets.are_in(url.as_str()) {
                let host = host_of(&url);
                return Err(FetchError::SecretElsewhere { host });
            }
            let delay = match visit.scrape.polite.obeys_robots {
                true => self.rules(visit, &url, asked).await?.delay(),
                false => None,
            };
            let delay = visit.scrape.polite.delay.max(delay.unwrap_or_default());
            let mut turn = self.turn(visit, &url, delay).await?;
            let headers = headers(visit, &url)?;
            let within = visit.scrape.request.timeout;
            let received = self.client.get(&url, headers, within).await?;
            if is_transient(received.status) {
                *asked = received.retry_after(self.clock.wall_micros());
                if let Some(asked) = asked {
                    let asked = (*asked).min(retry::RETRY_AFTER_MAX);
                    turn.hold_off(asked);
                    self.bear(visit, &url, asked)?;
                }
            }
            drop(turn);
            match self.hop(visit, &url, received)? {
                Hop::Answer(answer) => return Ok(answer),
                Hop::To(next) => url = next,
            }
        }
        Err(FetchError::TooManyRedirects {
            host: host_of(visit.url),
            most: REDIRECTS_MAX,
        })
    }

    /// A turn at the host of a URL.
    async fn turn(
        &self,
        visit: &Visit<'_>,
        url: &Url,
        delay: Duration,
    ) -> Result<Turn, FetchError> {
        let host = HostKey::new(url);
        let Some(patience) = visit.patience() else {
            return Ok(self.turns.take(&host, delay).await);
        };
        let taken = self.turns.take_within(&host, delay, patience).await;
        taken.map_err(|no_turn| match no_turn {
            NoTurn::Busy => FetchError::Busy {
                host: host_of(url),
                seconds: patience.as_secs(),
            },
            NoTurn::In(missing) => self.asks_to_wait(url, missing, patience),
        })
    }

    /// Whether a site that asks for so much patience gets it.
    fn bear(&self, visit: &Visit<'_>, url: &Url, asked: Duration) -> Result<(), FetchError> {
        match visit.patience() {
            Some(patience) if asked > patience => Err(self.asks_to_wait(url, asked, patience)),
            _ => Ok(()),
        }
    }

    fn asks_to_wait(&self, url: &Url, missing: Duration, patience: Duration) -> FetchError {
        let until = self.clock.wall_micros().saturating_add(micros(missing));
        FetchError::AsksToWait {
            host: host_of(url),
            until: rfc3339(until),
            seconds: patience.as_secs(),
        }
    }

    fn hop(&self, visit: &Visit<'_>, url: &Url, received: Received) -> Result<Hop, FetchError> {
        let host = || host_of(url);
        let status = received.status;
        if status == StatusCode::NOT_MODIFIED && validators_for(visit, url).is_some() {
            return Ok(Hop::Answer(Answer::NotModified));
        }
        if let Some(next) = target(url, &received)? {
            return Ok(Hop::To(next));
        }
        if !status.is_success() {
            let status = status.as_u16();
            return Err(FetchError::Status {
                host: host(),
                status,
            });
        }
        if let Some(what) = no_page(status) {
            let (host, status) = (host(), status.as_u16());
            return Err(FetchError::NoPage { host, status, what });
        }
        let validator = |name: HeaderName| {
            let value = received.header(name);
            value.filter(|value| value.len() <= VALIDATOR_MAX)
        };
        Ok(Hop::Answer(Answer::Page(Box::new(FetchedPage {
            url: url.clone(),
            content_type: received.header(header::CONTENT_TYPE),
            validators: Validators {
                place: fingerprint(url.as_str().as_bytes()),
                etag: validator(header::ETAG),
                last_modified: validator(header::LAST_MODIFIED),
            },
            body: received.body.into(),
            at: self.clock.wall_micros(),
        }))))
    }

    async fn rules(
        &self,
        visit: &Visit<'_>,
        url: &Url,
        asked: &mut Option<Duration>,
    ) -> Result<Arc<Rules>, FetchError> {
        let agent = product(&visit.scrape.polite.user_agent);
        let now = || self.clock.steady_micros();
        let rules = self.robots.rules(url, agent, now, move |file| {
            self.robots_file(visit, file, asked)
        });
        let rules = rules.await.map_err(|why| FetchError::NoRobots {
            host: host_of(url),
            why: Box::new(why),
        })?;
        match rules.allow(url) {
            true => Ok(rules),
            false => Err(FetchError::NotAllowed {
                host: host_of(url),
                path: url.path().to_owned(),
                agent: agent.to_owned(),
            }),
        }
    }

    /// `None` if the site has none.
    async fn robots_file(
        &self,
        visit: &Visit<'_>,
        file: Url,
        asked: &mut Option<Duration>,
    ) -> Result<Option<Vec<u8>>, FetchError> {
        let mut url = file;
        for _ in 0..=REDIRECTS_MAX {
            self.client.check(&url)?;
            let polite = &visit.scrape.polite;
            let mut turn = self.turn(visit, &url, polite.delay).await?;
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, user_agent(visit)?);
            let within = visit.scrape.request.timeout;
            let received = self.client.get(&url, headers, within).await?;
            let status = received.status;
            if status.is_server_error() {
                *asked = received.retry_after(self.clock.wall_micros());
                if let Some(asked) = asked {
                    let asked = (*asked).min(retry::RETRY_AFTER_MAX);
                    turn.hold_off(asked);
                    self.bear(visit, &url, asked)?;
                }
                let (host, status) = (host_of(&url), status.as_u16());
                return Err(FetchError::Status { host, status });
            }
            drop(turn);
            match target(&url, &received)? {
                Some(next) => url = next,
                None if status.is_success() => return Ok(Some(received.body)),
                None => return Ok(None),
            }
        }
        // A file that is never reached counts as none (RFC 9309, 2.3.1.2).
        Ok(None)
    }
}

impl Visit<'_> {
    /// The pause that a scrape asks for itself is waited for in any case.
    fn patience(&self) -> Option<Duration> {
        let patience = self.patience?;
        Some(patience.max(self.scrape.polite.delay))
    }
}

/// What a success is that does not bring a whole page.
fn no_page(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => Some("which is no page"),
        StatusCode::PARTIAL_CONTENT => Some("a part, without being asked for one"),
        _ => None,
    }
}

/// Where a redirect leads; what else it is, is not looked at.
fn target(url: &Url, received: &Received) -> Result<Option<Url>, FetchError> {
    let is_redirect = matches!(received.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    if !is_redirect {
        return Ok(None);
    }
    let location = received.header(header::LOCATION);
    let next = location.and_then(|location| url.join(location.trim()).ok());
    match next {
        Some(next) => Ok(Some(next)),
        None => Err(FetchError::NoTarget {
            host: host_of(url),
            status: received.status.as_u16(),
        }),
    }
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").finish_non_exhaustive()
    }
}
