//! From a request to a job: everything is looked up and checked before anything is stored.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::label_set::{FoundModel, LabelSet, LabelledBy};
use super::{
    FLOW, GATE_STEP, LABEL_STEP, Labelling, LabellingError, LabellingRequest, Moment, PUBLISH_STEP,
    PredictType, RulesFrom, Written, Zone,
};
use crate::clock;
use crate::engine::seam::{Composed, StepKind};
use crate::engine::store::NewJob;
use crate::engine::{Flow, FlowStep};
use crate::systems::labelling::gate::{GateKind, GateParams, Thresholds};
use crate::systems::labelling::label::{GroupMap, LabelKind, LabelParams};
use crate::systems::labelling::panels::{Layout, Lineage, Sink, TaskHeader};
use crate::systems::labelling::posts::ReadSpec;
use crate::systems::labelling::publish::{PublishKind, PublishParams};
use crate::systems::labelling::versions::FoundSet;

/// Used when neither the request nor the settings name a queue.
pub(super) const DEFAULT_QUEUE: &str = "queue1";

/// How long an output may take to be made ready for a task: longer than a file that another process
/// keeps locked is waited for.
const MADE_READY_WITHIN: Duration = Duration::from_secs(8);

/// Where a task is to publish.
pub(super) struct Destination {
    /// As the settings name the output.
    output: String,
    sink: Sink,
    layout: Layout,
    panels: Vec<String>,
}

impl Labelling {
    /// Checks a request and makes a job of it. Touches the rules, the source and the output.
    pub async fn compose(&self, request: LabellingRequest) -> Result<Composed, LabellingError> {
        let (composed, destination) = self.look_up(request).await?;
        // An output that does not answer keeps nobody else waiting.
        destination
            .within_patience(Destination::make_ready)
            .await
            .map(|()| composed)
    }

    /// The same without the output, which is left to its caller.
    pub(super) async fn look_up(
        &self,
        request: LabellingRequest,
    ) -> Result<(Composed, Destination), LabellingError> {
        let model = self.found_model(&request).await?;
        let named = self.named_version(&request).await?;
        let this = self.clone();
        // The work on the rules ends when this future is dropped: its caller has gone.
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        // Those that bring patterns wait for their turn first, so that they hold no place meanwhile.
        let turn = match request.brings_patterns() {
            true => self.composing.room_to_compile(None).await,
            false => None,
        };
        // Many requests at once wait here and not with their rules in memory.
        let Ok(place) = self.composing.room.acquire().await else {
            return Err(LabellingError::ThreadLost);
        };
        let composed =
            spawn_blocking(move || this.compose_blocking(request, model, named, turn, stop)).await;
        drop(place);
        composed.map_err(|_| LabellingError::ThreadLost)?
    }

    /// Shows an accepted task in the users' `state` table, before it begins.
    pub async fn announce(&self, job: &NewJob) -> Result<(), LabellingError> {
        let params = label_params(job)?;
        let sink = self.sinks.get(&params.output)?;
        let (id, created) = (job.id.to_string(), params.clock_at(clock::now_micros()));
        let output = params.output.clone();
        let announced = spawn_blocking(move || Ok(sink.announce(&id, &params.header, &created)?));
        announced
            .await
            .unwrap_or(Err(LabellingError::ThreadLost))
            .map_err(|error| error.naming_output(&output))
    }

    fn compose_blocking(
        &self,
        request: LabellingRequest,
        model: Option<FoundModel>,
        named: Option<FoundSet>,
        turn: Option<OwnedSemaphorePermit>,
        stop: CancellationToken,
    ) -> Result<(Composed, Destination), LabellingError> {
        let predict_type = request.predict_type.unwrap_or_default();
        let set = match &model {
            Some(model) => LabelSet::of_model(model, &request)?,
            None => match self.mixed_document(&request, named)? {
                Some(found) => self.mixed_labels(found, &request, turn, &stop)?,
                None => self.rule_labels(&request, predict_type, turn, &stop)?,
            },
        };
        let mut label = self.label_params(&request, predict_type, &set)?;
        let lineage = Lineage {
            rule_set: set.lineage(),
            source: label.source.clone(),
            table: label.read.table.clone(),
            version: set.version(),
        };
        let decided = self.decide_incremental(&request, &set, &lineage, &mut label)?;
        let publish = PublishParams {
            output: label.output.clone(),
            layout: label.layout(),
            panels: label.panels(),
            conflict: set.conflict(),
            keep_staging: self.options.keep_staging,
            hours_repeat: label.read.zone().repeats_hours(),
            lineage: Some(lineage),
        };
        let destination = Destination {
            output: label.output.clone(),
            sink: self.sinks.get(&label.output)?,
            layout: label.layout(),
            panels: label.panels(),
        };
        let subject = format!("{}/{}/{}", label.source, label.read.table, set.lineage());
        let id = request.task_id.unwrap_or_default();
        let queue = request.queue.unwrap_or_else(|| DEFAULT_QUEUE.to_owned());
        let mut understood = understood(&label, &set);
        understood["countdown"] = request.countdown_s.into();
        understood["queue"] = queue.as_str().into();
        understood["task_id"] = id.as_str().into();
        if let Some(incremental) = decided.understood {
            understood["incremental"] = incremental;
        }
        let flow = flow(&label, publish, set.gate.as_ref(), request.countdown_s)?;
        let key = request.idempotency_key;
        let title = match (&set.by, request.rules) {
            (LabelledBy::Model(model), _) => model.reference(),
            (_, RulesFrom::Named(name)) => name,
            (_, RulesFrom::Files | RulesFrom::Path(_) | RulesFrom::Body { .. }) => {
                label.header.predict_type.clone()
            }
        };
        let (mut warnings, stored) = (set.warnings, set.by.stored());
        let mut job = flow.into_job(id, queue, understood, key, stored)?;
        job.subject = Some(subject);
        job.title = Some(title);
        warnings.extend(decided.warning);
        warnings.extend(warning_of_end(request.end_time));
        Ok((Composed { job, warnings }, destination))
    }

    /// Looks everything up that the request names, and makes sure that its source can be used.
    fn label_params(
        &self,
        request: &LabellingRequest,
        predict_type: PredictType,
        set: &LabelSet,
    ) -> Result<LabelParams, LabellingError> {
        let options = &self.options;
        let or = |asked: &Option<String>, usual: &String| asked.as_ref().unwrap_or(usual).clone();
        let source = or(&request.source, &options.default_source);
        let table = or(&request.table, &options.default_table);
        let output = or(&request.output, &options.default_output);
        let columns = self.sources.table(&source, &table)?;
        let (text, fields) = match &set.by {
            LabelledBy::Mixed { fields, .. } => (fields.first().copied(), fields.clone()),
            LabelledBy::Rules { .. } | LabelledBy::Model(_) => (None, Vec::new()),
        };
        let text = text.unwrap_or_else(|| predict_type.column());
        let only = [text];
        let texts = match fields.is_empty() {
            true => &only[..],
            false => &fields[..],
        };
        let zone = self.sources.zone(&source)?;
        let (start, end) = self.range(request, zone.unwrap_or_default())?;
        let checked = self.sources.get(&source)?.check(&table, &columns, texts);
        checked.map_err(|cause| LabellingError::Source {
            name: source.clone(),
            cause: Box::new(cause),
        })?;
        GroupMap::new(&options.groups, options.unmapped)?;
        let (rules, rule_set, model) = match &set.by {
            LabelledBy::Rules { digest, .. } => (Some(digest.clone()), None, None),
            LabelledBy::Mixed {
                digest, rule_set, ..
            } => (Some(digest.clone()), Some(rule_set.clone()), None),
            LabelledBy::Model(model) => (None, None, Some(model.clone())),
        };
        Ok(LabelParams {
            header: TaskHeader {
                model_type: set.model_type.as_str().to_owned(),
                predict_type: match &*fields {
                    [] => predict_type.to_string(),
                    fields => {
                        let fields = fields.iter().map(|field| PredictType::of_column(*field));
                        fields
                            .map(PredictType::as_str)
                            .collect::<Vec<_>>()
                            .join(",")
                    }
                },
                date_range: {
                    let [start, end] = [start, end].map(|at| zone.unwrap_or_default().shown(at));
                    format!("{start} - {end}")
                },
                target_table: source.clone(),
                rule_set: rule_set.as_ref().map(|set| set.name.clone()),
                rule_set_version: rule_set
                    .as_ref()
                    .and_then(|set| set.version)
                    .map(|version| version.to_string()),
            },
            source,
            output,
            read: ReadSpec {
                table,
                columns,
                text,
                fields,
                start,
                end,
                zone,
            },
            rules,
            rule_set,
            ledger: None,
            incremental: None,
            model,
            labels: set.labels.clone(),
            groups: options.groups.clone(),
            unmapped: options.unmapped,
        })
    }

    pub(super) fn range(
        &self,
        request: &LabellingRequest,
        zone: Zone,
    ) -> Result<(Moment, Moment), LabellingError> {
        let default = self.options.default_range;
        let (year_ago, now) = last_year();
        let moment = |asked: Option<Written>, default: Option<Written>, usual| {
            match asked.or(default) {
                // A time at the end of the calendar may be beyond it in UTC.
                Some(written) => written.in_zone(zone).ok_or(LabellingError::TimeOutOfRange),
                None => Ok(usual),
            }
        };
        let start = moment(
            request.start_time,
            default.map(|(start, _)| start),
            year_ago,
        )?;
        let end = moment(request.end_time, default.map(|(_, end)| end), now)?;
        if start < end {
            Ok((start, end))
        } else {
            Err(LabellingError::StartNotBeforeEnd)
        }
    }
}

impl Destination {
    /// Looks at the output, or makes it ready; it may take some time, but not longer.
    pub(super) async fn within_patience(
        self,
        work: fn(&Self) -> Result<(), LabellingError>,
    ) -> Result<(), LabellingError> {
        let output = self.output.clone();
        let done = timeout(MADE_READY_WITHIN, spawn_blocking(move || work(&self))).await;
        let done = done.map_err(|_| LabellingError::OutputSilent)?;
        let done = done.map_err(|_| LabellingError::ThreadLost)?;
        done.map_err(|error| error.naming_output(&output))
    }

    /// Finds out whether what is there is as it has to be; what is missing would be made.
    pub(super) fn look(&self) -> Result<(), LabellingError> {
        match self.sink.is_made_later() {
            true => Ok(()),
            false => Ok(self.sink.look(&self.layout)?),
        }
    }

    /// The groups that panels are published in, in their order.
    pub(super) fn groups(&self) -> &[String] {
        &self.layout.groups
    }

    /// Makes what is missing, and finds out whether the task can publish there.
    fn make_ready(&self) -> Result<(), LabellingError> {
        self.sink.prepare()?;
        Ok(self.sink.check(&self.layout, &self.panels)?)
    }
}

/// The request as it was understood, to be shown to its sender.
fn understood(label: &LabelParams, set: &LabelSet) -> Value {
    let mut members = json!({
        "model_type": set.model_type.as_str(), "predict_type": label.header.predict_type,
        "start_time": label.read.zone().shown(label.read.start),
        "end_time": label.read.zone().shown(label.read.end),
        "target_schema": label.source, "target_table": label.read.table,
        "output_schema": label.output, "date_range": label.header.date_range,
    });
    for (name, value) in set.understood() {
        members[name] = value;
    }
    if let LabelledBy::Mixed { named_fields, .. } = &set.by
        && !named_fields.is_empty()
    {
        members["in"] = json!(named_fields);
    }
    members
}

/// A gate is asked once the countdown is over, so that what it lets through is published at once.
fn flow(
    label: &LabelParams,
    publish: PublishParams,
    gate: Option<&Value>,
    countdown_s: u32,
) -> Result<Flow, LabellingError> {
    let step = |name: &str, kind: &str, params: Result<Value, _>, after: &str, delay_s| {
        let after = Some(after).filter(|after| !after.is_empty());
        Ok::<_, LabellingError>(FlowStep {
            name: name.to_owned(),
            kind: kind.to_owned(),
            params: params.map_err(unstorable)?,
            after: after.into_iter().map(str::to_owned).collect(),
            delay_s,
        })
    };
    let label = serde_json::to_value(label);
    let mut steps = vec![step(LABEL_STEP, LabelKind::NAME, label, "", 0)?];
    let (mut after, mut delay_s) = (LABEL_STEP, countdown_s);
    if let Some(gate) = gate {
        let params = GateParams {
            publish: publish.clone(),
            gate: Thresholds::read(gate).map_err(unstorable)?,
        };
        let params = serde_json::to_value(params);
        steps.push(step(GATE_STEP, GateKind::NAME, params, after, delay_s)?);
        (after, delay_s) = (GATE_STEP, 0);
    }
    let publish = serde_json::to_value(publish);
    steps.push(step(
        PUBLISH_STEP,
        PublishKind::NAME,
        publish,
        after,
        delay_s,
    )?);
    Ok(Flow {
        name: FLOW.to_owned(),
        steps,
    })
}

pub(super) fn label_params(job: &NewJob) -> Result<LabelParams, LabellingError> {
    let step = job.steps.iter().find(|step| step.name == LABEL_STEP);
    let params = step.map(|step| step.params.clone()).unwrap_or_default();
    serde_json::from_value(params).map_err(unstorable)
}

/// Many who name a day as the end mean all of it.
fn warning_of_end(end: Option<Written>) -> Option<String> {
    let day = end.filter(|end| end.is_day())?.in_zone(Zone::UTC)?;
    let day = &day.to_string()[..10];
    Some(format!(
        "the end {day} means its first moment, {day} 00:00:00; all of that day is \
         {day} 23:59:59.999999"
    ))
}

fn last_year() -> (Moment, Moment) {
    const YEAR_MICROS: i64 = 365 * 24 * 60 * 60 * 1_000_000;
    let now = clock::now_micros() / 1_000_000 * 1_000_000;
    let at = |micros| Moment::from_micros(micros).expect("today lies within the years 1 to 9999");
    (at(now - YEAR_MICROS), at(now))
}

pub(super) fn unstorable(error: serde_json::Error) -> LabellingError {
    LabellingError::Unstorable {
        reason: error.to_string(),
    }
}
