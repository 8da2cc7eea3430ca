//! robots.txt (RFC 9309): what a site allows, and how far apart it wants requests.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use texting_robots::Robot;
use tokio::sync::Mutex as Queue;
use url::Url;

use super::clock::micros;
use super::error::FetchError;

/// What a site's file says to one user agent.
pub(crate) struct Rules {
    robot: Option<Robot>,
    allows_all: bool,
    delay: Option<Duration>,
}

/// Files of sites, for a day at most.
#[derive(Default)]
pub(super) struct RobotsCache {
    sites: Mutex<HashMap<String, Arc<Queue<Site>>>>,
}

#[derive(Default)]
struct Site {
    /// By the steady clock; `None`: the file was not asked for yet.
    read_at: Option<i64>,
    /// `None`: there is no file.
    text: Option<Vec<u8>>,
    by_agent: HashMap<String, Arc<Rules>>,
}

/// Of a larger file, the beginning counts.
const BYTES_MAX: usize = 500 << 10;

const KEPT: Duration = Duration::from_secs(86_400);

/// A file that asks for a longer pause does not mean it.
const DELAY_MAX: Duration = Duration::from_secs(3_600);

/// Sites that are kept; then all are forgotten.
const SITES_MAX: usize = 4_096;

impl Rules {
    /// `text` is the file; `None`: there is none. `agent` is the name of the user agent without a version.
    pub fn read(agent: &str, text: Option<&[u8]>) -> Self {
        let Some(text) = text else {
            return Self {
                robot: None,
                allows_all: true,
                delay: None,
            };
        };
        let text = &text[..text.len().min(BYTES_MAX)];
        // What a site sends must not end a run with anything but a sentence.
        let robot = catch_unwind(|| Robot::new(agent, text).ok()).ok().flatten();
        let delay = robot.as_ref().and_then(|robot| robot.delay);
        let delay = delay.filter(|seconds| *seconds > 0.0);
        let delay = delay.map(|seconds| {
            Duration::try_from_secs_f32(seconds).map_or(DELAY_MAX, |delay| delay.min(DELAY_MAX))
        });
        Self {
            robot,
            allows_all: false,
            delay,
        }
    }

    pub fn allow(&self, url: &Url) -> bool {
        match &self.robot {
            Some(robot) => robot.allowed(url.as_str()),
            // A file that cannot be understood allows nothing.
            None => self.allows_all,
        }
    }

    /// Between two requests.
    pub const fn delay(&self) -> Option<Duration> {
        self.delay
    }
}

impl RobotsCache {
    /// The rules of a URL's site for an agent. `fetch` gets the file; nothing is kept of its failures.
    pub async fn rules<F>(
        &self,
        url: &Url,
        agent: &str,
        now: impl Fn() -> i64,
        fetch: impl FnOnce(Url) -> F,
    ) -> Result<Arc<Rules>, FetchError>
    where
        F: Future<Output = Result<Option<Vec<u8>>, FetchError>>,
    {
        let site = self.site(url);
        // Others wait here for the same file.
        let mut site = site.lock().await;
        let is_fresh = |read_at: i64| now().saturating_sub(read_at) < micros(KEPT);
        if !site.read_at.is_some_and(is_fresh) {
            let text = fetch(file_of(url)).await?;
            *site = Site {
                read_at: Some(now()),
                text,
                by_agent: HashMap::new(),
            };
        }
        if let Some(rules) = site.by_agent.get(agent) {
            return Ok(rules.clone());
        }
        let rules = Arc::new(Rules::read(agent, site.text.as_deref()));
        site.by_agent.insert(agent.to_owned(), rules.clone());
        Ok(rules)
    }

    fn site(&self, url: &Url) -> Arc<Queue<Site>> {
        let origin = url.origin().ascii_serialization();
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if sites.len() >= SITES_MAX && !sites.contains_key(&origin) {
            sites.clear();
        }
        sites.entry(origin).or_default().clone()
    }
}

/// Where the file of a site stands.
fn file_of(url: &Url) -> Url {
    let mut file = url.clone();
    file.set_path("/robots.txt");
    file.set_query(None);
    file.set_fragment(None);
    file
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("allows_all", &self.allows_all)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
