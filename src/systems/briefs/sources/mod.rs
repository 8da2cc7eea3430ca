//! How the pages of a platform are got: one way for each kind of adapter.

mod file;
mod http;
mod kafka;
mod push;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono_tz::Tz;
use entity::JobId;
use serde_json::Value;

use self::file::FileSource;
use self::http::{HttpSource, client_for};
pub(crate) use self::kafka::KafkaIntake;
use self::kafka::KafkaSource;
use self::push::PushSource;
pub(crate) use self::push::{Pushed, read_pushed};
use super::adapter::{Kind, Next};
use super::article::Article;
use super::platforms::Platform;
use super::settings::BriefsSection;
use super::upstream::CallFault;
use crate::engine::seam::StepError;
use crate::fetch::AllowedHosts;
use crate::fetch::guarded::{GuardedClient, GuardedFault};

/// A page that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PageAsk {
    pub job: JobId,
    /// Empty where the source is asked once for all keywords.
    pub query: String,
    /// From 1.
    pub number: u32,
    /// What the page before it led to.
    pub cursors: BTreeMap<String, Value>,
    /// The range, or a window of it; microseconds since 1970.
    pub from: i64,
    pub to: i64,
}

/// A page as it was answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PageAnswer {
    pub articles: Vec<Article>,
    /// Rejected ones included.
    pub received: u64,
    pub rejected: u64,
    /// Where the first rejected item has nothing that can be read, and why.
    pub first_rejected: Option<String>,
    pub next: Next,
    /// Microseconds since 1970.
    pub answered_at: i64,
}

/// What sequences a source has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequences {
    /// One for each query of each keyword, and for each window.
    OfQueries {
        /// Whether it is asked for the range: then a changed range means other pages.
        sends_range: bool,
        windows: Option<Duration>,
    },
    /// One: the keywords are looked for in what comes, and `max_pages` does not count.
    One,
}

/// Asks for pages.
#[async_trait]
pub(crate) trait PageSource: Send + Sync {
    fn sequences(&self) -> Sequences;

    /// Whether pages come newest first, so that one that is wholly older than the range is the last.
    fn is_newest_first(&self) -> bool {
        false
    }

    /// Whether pages are asked for by calls that may fail, be slow, and cost something. If not, `ask` waits for as
    /// long as it takes, and is dropped at the deadline.
    fn is_called(&self) -> bool;

    /// Asks once. What [`Next::Unknown`] leads to is the page with the next number, unless this one is empty.
    async fn ask(&self, page: &PageAsk) -> Result<PageAnswer, CallFault>;
}

/// A page that was asked for once, without a brief.
pub(crate) struct Trial {
    /// As they came.
    pub items: Vec<Value>,
    pub answer: Result<PageAnswer, CallFault>,
}

/// Asks once for the first page of a platform. `Err`: why there was no answer.
pub(crate) async fn try_out(
    platform: &Arc<Platform>,
    section: &BriefsSection,
    page: &PageAsk,
) -> Result<Trial, CallFault> {
    let fault = |text: String| CallFault::Final(text);
    match &platform.adapter.kind {
        Kind::Http(http) => {
            let hosts = AllowedHosts::read(&section.private_hosts).unwrap_or_default();
            let client = client_for(hosts).map_err(|error| fault(error.to_string()))?;
            let client = Arc::new(client);
            let source = HttpSource::new(platform.clone(), http.clone(), client, section.zone());
            source.try_out(page).await
        }
        Kind::File { path, format } => {
            let folder = section.files.as_ref();
            let folder = folder.ok_or_else(|| fault("`briefs.files` is not set".to_owned()))?;
            let file = (path.as_str(), *format);
            let source = FileSource::new(platform.clone(), file, folder, section.zone());
            source.try_out().await
        }
        Kind::Push | Kind::Kafka { .. } => Err(fault(
            "its articles are sent by others; expected an adapter of the kind http or file"
                .to_owned(),
        )),
    }
}

/// Makes the sources of platforms; all share their connections.
pub(crate) struct Sources {
    client: Arc<GuardedClient>,
    /// `briefs.files`
    files: Option<PathBuf>,
    pushed: Pushed,
    zone: Tz,
}

impl Sources {
    pub fn new(section: &BriefsSection, pushed: Pushed) -> Result<Self, GuardedFault> {
        // The list was read when settings were checked.
        let hosts = AllowedHosts::read(&section.private_hosts).unwrap_or_default();
        Ok(Self {
            client: Arc::new(client_for(hosts)?),
            files: section.files.clone(),
            pushed,
            zone: section.zone(),
        })
    }

    pub fn of(&self, platform: &Arc<Platform>) -> Result<Arc<dyn PageSource>, StepError> {
        match &platform.adapter.kind {
            Kind::Http(http) => Ok(Arc::new(HttpSource::new(
                platform.clone(),
                http.clone(),
                self.client.clone(),
                self.zone,
            ))),
            Kind::File { path, format } => {
                let folder = self.files.as_ref().ok_or_else(|| {
                    let name = &platform.adapter.platform;
                    StepError::not_here(format!(
                        "the platform `{name}` reads files, and `briefs.files` is not set"
                    ))
                })?;
                let file = (path.as_str(), *format);
                Ok(Arc::new(FileSource::new(
                    platform.clone(),
                    file,
                    folder,
                    self.zone,
                )))
            }
            Kind::Push => {
                let name = &platform.adapter.platform;
                Ok(Arc::new(PushSource::new(self.pushed.clone(), name)))
            }
            Kind::Kafka { idle, .. } => {
                let name = &platform.adapter.platform;
                Ok(Arc::new(KafkaSource::new(self.pushed.clone(), name, *idle)))
            }
        }
    }
}
