//! Follows the branches of projects whose files come from git, and removes checkouts that are old.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until};
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::systems::pipelines::commits::Commits;
use crate::systems::pipelines::git::Keep;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::projects::Projects;
use crate::systems::pipelines::store::PipelineStore;
use crate::telemetry::chain;
use crate::webhooks::CommitId;

const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(2),
    longest: Duration::from_secs(300),
};

const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// Checkouts are made again when they are asked for.
const KEEP: Keep = Keep {
    newest: 30,
    age: Duration::from_secs(14 * 86_400),
};

/// The service.
pub(crate) struct GitWatch {
    pub store: PipelineStore,
    pub projects: Arc<Projects>,
    pub commits: Commits,
}

/// When a project is looked at next, and of which file that is true.
#[derive(Clone)]
struct Next {
    given: String,
    at: Option<Instant>,
    failures: u32,
}

#[async_trait]
impl Service for GitWatch {
    fn name(&self) -> &'static str {
        "git_watch"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut next: BTreeMap<String, Next> = BTreeMap::new();
        let mut sweep_at = Instant::now() + SWEEP_EVERY;
        while !with.stop.is_cancelled() {
            let known = self.projects.all();
            let sourced: Vec<_> = known
                .into_iter()
                .filter(|known| known.project.source.is_some())
                .collect();
            next.retain(|name, _| sourced.iter().any(|known| known.project.name == *name));
            for known in &sourced {
                let due = next.get(&known.project.name);
                let due = due.filter(|due| due.given == known.given);
                let is_due = due.is_none_or(|due| due.at.is_some_and(|at| at <= Instant::now()));
                if is_due {
                    let failures = due.map_or(0, |due| due.failures);
                    let looked = tokio::select! {
                        () = with.stop.cancelled() => return Ok(()),
                        looked = self.look(known, failures) => looked,
                    };
                    next.insert(known.project.name.clone(), looked);
                }
            }
            if sweep_at <= Instant::now() {
                sweep_at = Instant::now() + SWEEP_EVERY;
                self.sweep(&sourced).await?;
            }
            let due = next.values().filter_map(|next| next.at);
            // Without such projects there is nothing to do until a file is read.
            let until = match sourced.is_empty() {
                true => None,
                false => due.chain([sweep_at]).min(),
            };
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = self.projects.given() => {}
                () = sleep_or_wait(until) => {}
            }
        }
        Ok(())
    }
}

impl GitWatch {
    async fn look(&self, known: &Arc<KnownProject>, failures: u32) -> Next {
        let poll = known.project.source.as_ref().and_then(|source| source.poll);
        let (pause, failures) = match self.commits.follow(known).await {
            Ok(_) => (poll, 0),
            Err(error) => {
                let failures = failures + 1;
                warn!(
                    project = known.project.name,
                    error = chain(&error),
                    "the repository of a project cannot be followed"
                );
                (Some(BACKOFF.pause(failures, 0)), failures)
            }
        };
        Next {
            given: known.given.clone(),
            at: pause.map(|pause| Instant::now() + pause),
            failures,
        }
    }

    async fn sweep(&self, sourced: &[Arc<KnownProject>]) -> Result<(), StepError> {
        let open = match self.store.open_runs().await {
            Ok(open) => open,
            // At the next time.
            Err(error) if error.is_transient() => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let in_use = open.iter().filter_map(|run| run.commit_id.as_deref());
        let of_projects = sourced
            .iter()
            .filter_map(|known| known.project.commit.clone());
        let in_use: HashSet<CommitId> = in_use
            .filter_map(CommitId::parse)
            .chain(of_projects)
            .collect();
        for known in sourced {
            let Some(source) = &known.project.source else {
                continue;
            };
            let repositories = self.commits.repositories();
            match repositories.sweep(&source.git, &in_use, KEEP).await {
                Ok(0) => {}
                Ok(removed) => info!(
                    project = known.project.name,
                    checkouts = removed,
                    "old checkouts were removed"
                ),
                Err(error) => warn!(
                    project = known.project.name,
                    error = chain(&error),
                    "old checkouts cannot be removed"
                ),
            }
        }
        Ok(())
    }
}

/// `None`: until something else happens.
async fn sleep_or_wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
