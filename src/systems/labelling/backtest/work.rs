//! What the steps of a backtest share while this process runs its job.

use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::kind::BacktestTools;
use super::params::{BacktestParams, StoredSet};
use super::range::Range;
use crate::engine::seam::{StepContext, StepError, blocking};
use crate::systems::labelling::label::GroupMap;
use crate::systems::labelling::posts::THE_SOURCE;
use crate::systems::labelling::rules::backtest::Comparison;
use crate::systems::labelling::rules::matching::{Allowance, CompileError, Compiled};
use crate::systems::labelling::rules::set::RuleSet;
use crate::systems::labelling::store::PartsOf;

/// One step of one job.
pub(super) struct Work {
    pub tools: BacktestTools,
    pub params: BacktestParams,
    pub groups: GroupMap,
    /// Made by the first batch that needs it.
    comparison: OnceCell<Arc<Comparison>>,
}

impl Work {
    pub fn new(tools: BacktestTools, params: BacktestParams) -> Result<Arc<Self>, StepError> {
        let groups = GroupMap::new(&params.groups, params.unmapped).map_err(StepError::refused)?;
        Ok(Arc::new(Self {
            tools,
            params,
            groups,
            comparison: OnceCell::new(),
        }))
    }

    /// Needed for rows only: the rest of the work is done by any process.
    pub fn range(&self) -> Result<Range, StepError> {
        let source = self.tools.sources.get(&self.params.source);
        Ok(Range {
            source: source.map_err(StepError::not_here)?,
            read: self.params.read.clone(),
        })
    }

    /// Names the database that is away.
    pub fn naming(&self, error: StepError) -> StepError {
        error.naming(THE_SOURCE, || format!("source `{}`", self.params.source))
    }

    pub async fn comparison(&self, stop: CancellationToken) -> Result<Arc<Comparison>, StepError> {
        let make = async || {
            let base = self.set(&self.params.base, stop.clone()).await?;
            let candidate = self.set(&self.params.candidate, stop.clone()).await?;
            // Rules are compared, which takes a while if there are many.
            blocking(move || Ok(Arc::new(Comparison::new(base, candidate)))).await
        };
        self.comparison.get_or_try_init(make).await.cloned()
    }

    /// A set that could be compiled when the job was submitted.
    async fn set(
        &self,
        stored: &StoredSet,
        stop: CancellationToken,
    ) -> Result<(Arc<RuleSet>, Arc<Compiled>), StepError> {
        let digest = &stored.digest;
        let body = self.tools.store.blobs().get(digest).await?;
        let body = body.ok_or_else(|| {
            StepError::refused(format!(
                "the rules of the job are not in the store: {digest}"
            ))
        })?;
        blocking(move || {
            let set: RuleSet = serde_json::from_slice(&body).map_err(StepError::refused)?;
            match Compiled::of_within(&set, &Allowance::until(stop)) {
                Ok(compiled) => Ok((Arc::new(set), Arc::new(compiled))),
                Err(CompileError::Stopped) => Err(StepError::stopped()),
                Err(error) => Err(StepError::refused(error)),
            }
        })
        .await
    }
}

/// Of which run of which job parts are stored.
pub(super) fn parts_of(job: &StepContext) -> PartsOf {
    PartsOf {
        job: job.job.clone(),
        generation: job.generation,
    }
}
