//! What an earlier job found of its rows, read back for a job whose rules differ a little.

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::StepError;
use super::params::LabelBase;
use crate::systems::labelling::panels::{BesideKind, Sink};
use crate::systems::labelling::rules::ledger::{Earlier, KnownRows, LedgerFault, compare};
use crate::systems::labelling::rules::matching::{Allowance, CompileError, Compiled};
use crate::systems::labelling::rules::set::RuleSet;
use crate::telemetry::chain;

/// Where a ledger is, and the set that it is of.
pub(super) struct Base<'b> {
    pub(super) sink: &'b Sink,
    pub(super) base: &'b LabelBase,
    pub(super) set: &'b RuleSet,
}

impl Base<'_> {
    /// `None`: all rows have to be labelled, which brings about the same.
    pub(super) fn earlier(
        &self,
        set: &RuleSet,
        stop: CancellationToken,
    ) -> Result<Option<Earlier>, StepError> {
        // It was possible when the job was submitted.
        let Ok(changes) = compare(self.set, set) else {
            return Ok(None);
        };
        let looked_for = Compiled::of_within(&changes.looked_for, &Allowance::until(stop));
        let looked_for = match looked_for {
            Ok(looked_for) => looked_for,
            Err(CompileError::Stopped) => return Err(StepError::stopped()),
            Err(error) => {
                warn!(error = chain(&error), "all rows are labelled anew");
                return Ok(None);
            }
        };
        Ok(self.known()?.map(|known| Earlier {
            changes,
            looked_for,
            known,
        }))
    }

    /// What is missing because the job was removed meanwhile is labelled anew.
    fn known(&self) -> Result<Option<KnownRows>, StepError> {
        let mut known = KnownRows::default();
        let mut added = Ok::<_, LedgerFault>(true);
        let task_id = &self.base.task_id;
        self.sink
            .beside(task_id, BesideKind::Ledger, &mut |body: &[u8]| {
                added = known.add(body);
                added == Ok(true)
            })?;
        match added {
            Ok(true) => {
                known.finish();
                Ok(Some(known).filter(|known| !known.is_empty()))
            }
            Ok(false) => {
                info!("the ledger has too many rows: all rows are labelled anew");
                Ok(None)
            }
            Err(fault) => {
                warn!(error = chain(&fault), "all rows are labelled anew");
                Ok(None)
            }
        }
    }
}
