//! Sends states of commits to their forges, when runs start and when they end.
//!
//! What is to be sent stands in the row of the run, so that another process, or this one after a restart,
//! sends what was not. A run does not wait for it and does not fail with it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use entity::pipeline_run;
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::backoff::Backoff;
use crate::clock;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::fetch::{Post, PostError};
use crate::secrets::Secrets;
use crate::systems::pipelines::commit_status;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::project::StatusCall;
use crate::systems::pipelines::projects::Projects;
use crate::systems::pipelines::store::{PipelineStore, StatusSent};
use crate::telemetry::chain;

/// Runs may start and end in other processes.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What is read of the store at once.
const AT_ONCE: u64 = 50;

/// How long a forge may take to answer.
const WITHIN: Duration = Duration::from_secs(10);

const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(300),
};

/// Failures after which the start of a run that has ended is not sent any more.
const STARTS_MAX: i32 = 5;

/// A forge that refuses is asked a few times more: a token may just have been renewed.
const REFUSALS_MAX: i32 = 5;

/// About a day.
const TRIES_MAX: i32 = 300;

/// The service; clones share everything.
#[derive(Clone)]
pub(crate) struct Statuses {
    pub store: PipelineStore,
    pub projects: Arc<Projects>,
    pub secrets: Arc<Secrets>,
    pub post: Post,
    /// Where people reach this program from outside.
    pub public_url: Option<String>,
    /// A run has started or ended in this process.
    pub changed: Arc<Notify>,
}

/// What became of a sending.
enum Outcome {
    Sent,
    Failed {
        reason: String,
        is_refusal: bool,
    },
    /// There is nothing to be told, or nobody.
    Dropped(&'static str),
}

#[async_trait]
impl Service for Statuses {
    fn name(&self) -> &'static str {
        "commit_statuses"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        while !with.stop.is_cancelled() {
            let pause = match self.send_all().await {
                Ok(pause) => pause,
                Err(error) if error.is_transient() => {
                    let health = self.store.engine().health();
                    health.warn(&error, "states of commits cannot be sent");
                    LOOK_EVERY
                }
                Err(error) => return Err(error.into()),
            };
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(pause) => {}
                () = self.changed.notified() => {}
            }
        }
        Ok(())
    }
}

impl Statuses {
    /// Sends what is due; the time until the next look.
    async fn send_all(&self) -> Result<Duration, StoreError> {
        let is_wanted = |known: &Arc<_>| status_of(known).is_some();
        if !self.projects.all().iter().any(is_wanted) {
            return Ok(LOOK_EVERY);
        }
        let mut pause = LOOK_EVERY;
        for run in self.store.statuses(AT_ONCE).await? {
            let now = clock::now_micros();
            match run.status_due.map(|due| due.saturating_sub(now)) {
                Some(left) if left > 0 => {
                    pause = pause.min(Duration::from_micros(left.unsigned_abs()));
                }
                _ => {
                    self.send(&run).await?;
                    pause = Duration::ZERO;
                }
            }
        }
        Ok(pause)
    }

    async fn send(&self, run: &pipeline_run::Model) -> Result<(), StoreError> {
        let Some(known) = self.projects.find(&run.project) else {
            // It may be the project of another process.
            return self.later(run, run.status_tries, BACKOFF.longest).await;
        };
        // Others leave it alone meanwhile.
        let taken = clock::now_micros() + micros(2 * WITHIN);
        if !self.store.move_status(run, taken, run.status_tries).await? {
            return Ok(());
        }
        let run = &pipeline_run::Model {
            status_due: Some(taken),
            ..run.clone()
        };
        let sent = match run.status_sent.as_deref() {
            None => StatusSent::Started,
            Some(_) => StatusSent::Ended,
        };
        let tries = run.status_tries + 1;
        match self.deliver(run, status_of(&known), sent).await {
            Outcome::Sent => self.store.status_sent(&run.id, sent).await,
            Outcome::Dropped(reason) => {
                debug!(run.id = %run.id, "a commit's state is not sent: {reason}");
                self.store.status_sent(&run.id, StatusSent::Ended).await
            }
            Outcome::Failed { reason, is_refusal } => {
                warn!(
                    run.id = %run.id,
                    project = run.project,
                    error = reason,
                    "the state of a commit cannot be sent"
                );
                let is_late = sent == StatusSent::Started && run.ended_at.is_some();
                let most = match (is_refusal, is_late) {
                    (true, _) => REFUSALS_MAX,
                    (false, true) => STARTS_MAX,
                    (false, false) => TRIES_MAX,
                };
                match tries >= most {
                    true => self.store.status_sent(&run.id, sent).await,
                    false => {
                        let failures = tries.unsigned_abs();
                        let pause = BACKOFF.pause(failures, run.created_at.unsigned_abs());
                        self.later(run, tries, pause).await
                    }
                }
            }
        }
    }

    async fn later(
        &self,
        run: &pipeline_run::Model,
        tries: i32,
        pause: Duration,
    ) -> Result<(), StoreError> {
        let due = clock::now_micros() + micros(pause);
        self.store.move_status(run, due, tries).await.map(drop)
    }

    async fn deliver(
        &self,
        run: &pipeline_run::Model,
        status: Option<StatusCall>,
        sent: StatusSent,
    ) -> Outcome {
        if sent == StatusSent::Ended && run.ended_at.is_none() {
            return Outcome::Failed {
                reason: "the run has not ended".to_owned(),
                is_refusal: false,
            };
        }
        let (Some(status), Some(commit)) = (status, &run.commit_id) else {
            return Outcome::Dropped("its project names no forge any more");
        };
        let Some(token) = self.secrets.get(&status.token) else {
            return Outcome::Failed {
                reason: format!("secret {} has no value on this server", status.token),
                is_refusal: true,
            };
        };
        let page = self.public_url.as_ref();
        let page = page.map(|url| format!("{url}/v1/runs/{}", run.id));
        let posted = commit_status::call(&status, token, run, commit, (sent, page));
        match self.post.send(&posted, WITHIN).await {
            Ok(code) if (200..300).contains(&code) => Outcome::Sent,
            Ok(code) => Outcome::Failed {
                reason: format!("the forge answered {code}"),
                is_refusal: (400..500).contains(&code) && ![408, 429].contains(&code),
            },
            Err(error @ PostError::NotAUrl) => Outcome::Failed {
                reason: error.to_string(),
                is_refusal: true,
            },
            Err(error) => Outcome::Failed {
                reason: chain(&error),
                is_refusal: false,
            },
        }
    }
}

fn status_of(known: &KnownProject) -> Option<StatusCall> {
    known.project.source.as_ref()?.status.clone()
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
