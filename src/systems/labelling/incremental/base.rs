//! Finds the job that an incremental one stands on.

use entity::JobId;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::Incremental;
use crate::systems::labelling::label::{LabelBase, LabelParams};
use crate::systems::labelling::label_set::{LabelSet, LabelledBy};
use crate::systems::labelling::panels::{BesideKind, Lineage, Sink};
use crate::systems::labelling::rules::ledger::{FullRun, MATCHER_REVISION, compare};
use crate::systems::labelling::rules::set::RuleSet;
use crate::systems::labelling::{Labelling, LabellingError, LabellingRequest, RulesFrom};

/// What was found out, to be shown to the sender of the request.
pub(in crate::systems::labelling) struct Decided {
    pub understood: Option<Value>,
    pub warning: Option<String>,
}

impl Labelling {
    /// Puts into `label` whether a ledger is kept, and the job that this one stands on; blocks its thread. An
    /// output that does not exist yet has none.
    pub(in crate::systems::labelling) fn decide_incremental(
        &self,
        request: &LabellingRequest,
        set: &LabelSet,
        lineage: &Lineage,
        label: &mut LabelParams,
    ) -> Result<Decided, LabellingError> {
        let is_named = matches!(request.rules, RulesFrom::Named(_));
        let LabelledBy::Mixed { stored, .. } = &set.by else {
            if request.ledger == Some(true) {
                return Err(LabellingError::NoLedgerOfModelType);
            }
            return decided(request.incremental, Err(vec![FullRun::ModelType]), label);
        };
        if request.ledger.unwrap_or(is_named) {
            label.ledger = Some(MATCHER_REVISION);
        }
        let known = match &request.task_id {
            Some(id) if request.incremental != Incremental::Off => {
                Handle::current().block_on(self.known_params(id))?
            }
            _ => None,
        };
        if let Some(known) = known {
            // It is submitted again, and continues as it began, whatever was published meanwhile.
            let base = known.incremental.as_ref();
            let understood = base.map(|base| json!({ "base": base.task_id }));
            label.incremental = known.incremental;
            return Ok(Decided {
                understood,
                warning: None,
            });
        }
        let found = match request.incremental {
            Incremental::Off => Err(Vec::new()),
            Incremental::Auto | Incremental::Require => self.base(lineage, stored, label)?,
        };
        decided(request.incremental, found, label)
    }

    fn base(
        &self,
        lineage: &Lineage,
        stored: &[u8],
        label: &LabelParams,
    ) -> Result<Result<LabelBase, Vec<FullRun>>, LabellingError> {
        let none = Ok(Err(vec![FullRun::NoLedger]));
        let sink = self.sinks.get(&label.output)?;
        let named = |error: LabellingError| error.naming_output(&label.output);
        let task_id = newest_ledger(&sink, lineage).map_err(named)?;
        let Some(id) = task_id.and_then(|task_id| task_id.parse::<JobId>().ok()) else {
            return none;
        };
        let (params, rules) = match Handle::current().block_on(self.base_params(&id))? {
            Some(found) => found,
            None => return none,
        };
        let mut reasons = Vec::new();
        let zone_of = |params: &LabelParams| params.read.zone;
        for (differs, reason) in [
            (params.ledger != Some(MATCHER_REVISION), FullRun::Revision),
            (
                params.groups != label.groups || params.unmapped != label.unmapped,
                FullRun::Groups,
            ),
            (zone_of(&params) != zone_of(label), FullRun::TimeZone),
        ] {
            reasons.extend(differs.then_some(reason));
        }
        let Some(digest) = params.rules.filter(|_| params.rule_set.is_some()) else {
            return Ok(Err(vec![FullRun::ModelType]));
        };
        let read = |bytes: &[u8]| serde_json::from_slice::<RuleSet>(bytes);
        let (Ok(before), Ok(set)) = (read(&rules), read(stored)) else {
            return Ok(Err(vec![FullRun::ModelType]));
        };
        reasons.extend(compare(&before, &set).err().unwrap_or_default());
        Ok(match reasons.is_empty() {
            true => Ok(LabelBase {
                task_id: id.to_string(),
                rules: digest,
            }),
            false => Err(reasons),
        })
    }

    /// How a job labels, with its rules; `None`: it is not known here any more.
    async fn base_params(
        &self,
        id: &JobId,
    ) -> Result<Option<(LabelParams, Vec<u8>)>, LabellingError> {
        let Some(params) = self.known_params(id).await? else {
            return Ok(None);
        };
        let rules = match &params.rules {
            Some(digest) => self.store.blobs().get(digest).await?,
            None => None,
        };
        Ok(rules.map(|rules| (params, rules)))
    }

    /// `None`: there is no such job, or it labels nothing.
    async fn known_params(&self, id: &JobId) -> Result<Option<LabelParams>, LabellingError> {
        match self.params(id).await {
            Ok(params) => Ok(Some(params)),
            Err(LabellingError::Unstorable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The last published task of a rule set, source and table, if it has a ledger.
fn newest_ledger(sink: &Sink, lineage: &Lineage) -> Result<Option<String>, LabellingError> {
    if sink.is_made_later() {
        return Ok(None);
    }
    // Tables of an earlier version may lack what is asked for.
    sink.prepare()?;
    // No task has this id.
    let Some(task_id) = sink.last_published("", lineage)? else {
        return Ok(None);
    };
    let mut has_ledger = false;
    sink.beside(&task_id, BesideKind::Ledger, &mut |_: &[u8]| {
        has_ledger = true;
        false
    })?;
    Ok(Some(task_id).filter(|_| has_ledger))
}

fn decided(
    asked: Incremental,
    found: Result<LabelBase, Vec<FullRun>>,
    label: &mut LabelParams,
) -> Result<Decided, LabellingError> {
    let reasons = match (asked, found) {
        (Incremental::Off, _) => {
            return Ok(Decided {
                understood: None,
                warning: None,
            });
        }
        (_, Ok(base)) => {
            let understood = json!({ "base": base.task_id });
            label.incremental = Some(base);
            return Ok(Decided {
                understood: Some(understood),
                warning: None,
            });
        }
        (_, Err(reasons)) => reasons,
    };
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    let reasons = reasons.join("; ");
    match asked {
        Incremental::Require => Err(LabellingError::NotIncremental { reasons }),
        Incremental::Auto | Incremental::Off => Ok(Decided {
            understood: Some(json!({ "full_run": reasons })),
            warning: Some(format!("incremental: all rows are labelled: {reasons}")),
        }),
    }
}
