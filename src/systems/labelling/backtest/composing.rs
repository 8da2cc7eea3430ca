//! From a request to a job: both sets are read and compiled, and the source is looked at, before anything is stored.

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::error::BacktestError;
use super::kind::{CompareKind, SampleKind, SettleKind};
use super::params::{BacktestParams, StoredSet};
use super::request::BacktestRequest;
use super::{COMPARE_STEP, FLOW, SAMPLE_STEP, SETTLE_STEP};
use crate::engine::seam::{Composed, NewRun, StepKind};
use crate::engine::store::blob_digest;
use crate::engine::{Flow, FlowStep};
use crate::systems::labelling::asked_rules::{AskedRules, ReadyRules};
use crate::systems::labelling::compose::{DEFAULT_QUEUE, unstorable};
use crate::systems::labelling::label::GroupMap;
use crate::systems::labelling::posts::{ReadSpec, TextColumn};
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::{Labelling, LabellingError, LabellingRequest, PredictType};

impl Labelling {
    /// A job that compares two sets.
    pub(super) async fn compose_backtest(
        &self,
        request: BacktestRequest,
        run: NewRun,
    ) -> Result<Composed, BacktestError> {
        let predict_type = request.predict_type;
        let base = self.backtest_rules("base", request.base, predict_type);
        let base = base.await?;
        let candidate = self.backtest_rules("candidate", request.candidate, predict_type);
        let candidate = candidate.await?;
        let fields = fields_in_use(&base.set).union(fields_in_use(&candidate.set));
        let columns = TextColumn::of_fields(fields);
        let (this, range) = (self.clone(), request.range);
        let looked = spawn_blocking(move || this.backtest_source(&range, columns));
        let (source, read) = looked.await.map_err(|_| LabellingError::ThreadLost)??;
        let (base, base_body) = stored(&base)?;
        let (candidate, candidate_body) = stored(&candidate)?;
        let params = BacktestParams {
            source,
            read,
            base,
            candidate,
            groups: self.options.groups.clone(),
            unmapped: self.options.unmapped,
            sample: request.sample,
        };
        let queue = run.queue.unwrap_or_else(|| DEFAULT_QUEUE.to_owned());
        let id = run.id.unwrap_or_default();
        let bodies = match params.base.digest == params.candidate.digest {
            true => vec![base_body],
            false => vec![base_body, candidate_body],
        };
        let flow = flow(&params)?;
        let mut job = flow.into_job(id, queue, understood(&params), run.idempotency_key, bodies)?;
        let (base, candidate) = (params.base.title(), params.candidate.title());
        job.title = Some(format!("{base} → {candidate}"));
        job.subject = Some(format!(
            "{}/{}/{}",
            params.source, params.read.table, params.candidate.name
        ));
        Ok(Composed {
            job,
            warnings: Vec::new(),
        })
    }

    async fn backtest_rules(
        &self,
        member: &'static str,
        asked: AskedRules,
        predict_type: PredictType,
    ) -> Result<ReadyRules, BacktestError> {
        let ready = self.ready_rules(asked, predict_type).await;
        ready.map_err(|error| BacktestError::Rules {
            member,
            error: Box::new(error),
        })
    }

    /// The source that is read, and what of it; blocks, as it looks at the table.
    fn backtest_source(
        &self,
        range: &LabellingRequest,
        fields: Vec<TextColumn>,
    ) -> Result<(String, ReadSpec), LabellingError> {
        let options = &self.options;
        let or = |asked: &Option<String>, usual: &String| asked.as_ref().unwrap_or(usual).clone();
        let name = or(&range.source, &options.default_source);
        let table = or(&range.table, &options.default_table);
        let columns = self.sources.table(&name, &table)?;
        let zone = self.sources.zone(&name)?;
        let (start, end) = self.range(range, zone.unwrap_or_default())?;
        let checked = self.sources.get(&name)?.check(&table, &columns, &fields);
        checked.map_err(|cause| LabellingError::Source {
            name: name.clone(),
            cause: Box::new(cause),
        })?;
        GroupMap::new(&options.groups, options.unmapped)?;
        let read = ReadSpec {
            table,
            columns,
            text: fields[0],
            fields,
            start,
            end,
            zone,
        };
        Ok((name, read))
    }
}

/// A set with the body that is stored beside the job.
fn stored(rules: &ReadyRules) -> Result<(StoredSet, Vec<u8>), BacktestError> {
    let body = serde_json::to_vec(&*rules.set).map_err(unstorable)?;
    let set = StoredSet {
        name: rules.name.clone(),
        version: rules.version,
        digest: blob_digest(&body),
    };
    Ok((set, body))
}

/// The request as it was understood, to be shown to its sender.
fn understood(params: &BacktestParams) -> Value {
    let read = &params.read;
    let set = |set: &StoredSet| json!({ "rule_set": set.name, "version": set.version });
    json!({
        "base": set(&params.base), "candidate": set(&params.candidate),
        "source": params.source, "table": read.table,
        "start_time": read.zone().shown(read.start), "end_time": read.zone().shown(read.end),
        "sample": params.sample,
    })
}

fn flow(params: &BacktestParams) -> Result<Flow, LabellingError> {
    let params = serde_json::to_value(params).map_err(unstorable)?;
    let step = |name: &str, kind: &str, after: &[&str]| FlowStep {
        name: name.to_owned(),
        kind: kind.to_owned(),
        params: params.clone(),
        after: after.iter().map(|name| (*name).to_owned()).collect(),
        delay_s: 0,
    };
    let mut steps = Vec::new();
    let mut before: &[&str] = &[];
    if !params["sample"].is_null() {
        steps.push(step(SAMPLE_STEP, SampleKind::NAME, before));
        before = &[SAMPLE_STEP];
    }
    steps.push(step(COMPARE_STEP, CompareKind::NAME, before));
    steps.push(step(SETTLE_STEP, SettleKind::NAME, &[COMPARE_STEP]));
    Ok(Flow {
        name: FLOW.to_owned(),
        steps,
    })
}
