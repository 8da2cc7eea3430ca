//! From a request to a job: everything is looked up and checked before anything is stored.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    AuthorConflict, FLOW, LABEL_STEP, Labelling, LabellingError, LabellingRequest, ModelType,
    Moment, PUBLISH_STEP, PredictType, RulesFrom, Written, Zone,
};
use crate::clock;
use crate::engine::seam::{Composed, StepKind};
use crate::engine::store::{NewJob, blob_digest};
use crate::engine::{Flow, FlowStep};
use crate::systems::labelling::label::rules::{Allowance, Loaded, Matcher, RuleSet};
use crate::systems::labelling::label::{GroupMap, LabelKind, LabelParams};
use crate::systems::labelling::panels::{Conflict, Layout, Lineage, Sink, TaskHeader};
use crate::systems::labelling::posts::ReadSpec;
use crate::systems::labelling::publish::{PublishKind, PublishParams};

/// Used when neither the request nor the settings name a queue.
const DEFAULT_QUEUE: &str = "queue1";

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
        let composed = spawn_blocking(move || this.compose_blocking(request, turn, stop)).await;
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
        turn: Option<OwnedSemaphorePermit>,
        stop: CancellationToken,
    ) -> Result<(Composed, Destination), LabellingError> {
        let allowance = Allowance::new(self.options.rule_limits, stop.clone());
        let predict_type = request.predict_type.unwrap_or_default();
        let Loaded { mut set, warnings } = self.rules(&request, predict_type, &allowance)?;
        set.row_labels = request.row_labels.unwrap_or(set.row_labels);
        set.author_conflict = request.author_conflict.unwrap_or(set.author_conflict);
        let rules = serde_json::to_vec(&set).map_err(unstorable)?;
        let digest = blob_digest(&rules);
        // What cannot be compiled is refused now and not when the task has begun.
        self.composing.check(&digest, || {
            let room = self.composing.room_to_compile(size_of(&set));
            let _room = match turn {
                Some(turn) => Some(turn),
                None => Handle::current()
                    .block_on(stop.run_until_cancelled(room))
                    .flatten(),
            };
            // If it was stopped meanwhile, this says so.
            Matcher::compile(&set, &allowance.renewed()).map(drop)
        })?;
        let label = self.label_params(&request, predict_type, &set, digest)?;
        let publish = PublishParams {
            output: label.output.clone(),
            layout: label.layout(),
            panels: label.panels(),
            conflict: conflict(&set),
            keep_staging: self.options.keep_staging,
            hours_repeat: label.read.zone().repeats_hours(),
            lineage: Some(Lineage {
                rule_set: set.name.clone(),
                source: label.source.clone(),
                table: label.read.table.clone(),
            }),
        };
        let destination = Destination {
            output: label.output.clone(),
            sink: self.sinks.get(&label.output)?,
            layout: label.layout(),
            panels: label.panels(),
        };
        let subject = format!("{}/{}/{}", label.source, label.read.table, set.name);
        let id = request.task_id.unwrap_or_default();
        let queue = request.queue.unwrap_or_else(|| DEFAULT_QUEUE.to_owned());
        let mut understood = understood(&label, &set);
        understood["countdown"] = request.countdown_s.into();
        understood["queue"] = queue.as_str().into();
        understood["task_id"] = id.as_str().into();
        let flow = flow(&label, &publish, request.countdown_s)?;
        let key = request.idempotency_key;
        let mut job = flow.into_job(id, queue, understood, key, vec![rules])?;
        job.subject = Some(subject);
        job.title = Some(match request.rules {
            RulesFrom::Named(name) => name,
            RulesFrom::Files | RulesFrom::Path(_) | RulesFrom::Body { .. } => {
                predict_type.as_str().to_owned()
            }
        });
        let warnings = warnings.iter().map(|warning| warning.without_path());
        let warnings = warnings.chain(warning_of_end(request.end_time)).collect();
        Ok((Composed { job, warnings }, destination))
    }

    /// Looks everything up that the request names, and makes sure that its source can be used.
    fn label_params(
        &self,
        request: &LabellingRequest,
        predict_type: PredictType,
        set: &RuleSet,
        rules: String,
    ) -> Result<LabelParams, LabellingError> {
        let options = &self.options;
        let or = |asked: &Option<String>, usual: &String| asked.as_ref().unwrap_or(usual).clone();
        let source = or(&request.source, &options.default_source);
        let table = or(&request.table, &options.default_table);
        let output = or(&request.output, &options.default_output);
        let (columns, text) = (self.sources.table(&source, &table)?, predict_type.column());
        let zone = self.sources.zone(&source)?;
        let (start, end) = self.range(request, zone.unwrap_or_default())?;
        let checked = self.sources.get(&source)?.check(&table, &columns, text);
        checked.map_err(|cause| LabellingError::Source {
            name: source.clone(),
            cause: Box::new(cause),
        })?;
        GroupMap::new(&options.groups, options.unmapped)?;
        Ok(LabelParams {
            header: TaskHeader {
                model_type: set.model_type.to_string(),
                predict_type: predict_type.to_string(),
                date_range: {
                    let [start, end] = [start, end].map(|at| zone.unwrap_or_default().shown(at));
                    format!("{start} - {end}")
                },
                target_table: source.clone(),
            },
            source,
            output,
            read: ReadSpec {
                table,
                columns,
                text,
                start,
                end,
                zone,
            },
            rules,
            labels: set.labels.iter().map(|label| label.name.clone()).collect(),
            groups: options.groups.clone(),
            unmapped: options.unmapped,
        })
    }

    fn range(
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

    fn rules(
        &self,
        request: &LabellingRequest,
        predict_type: PredictType,
        allowance: &Allowance,
    ) -> Result<Loaded, LabellingError> {
        let load = |path: &PathBuf| {
            RuleSet::load_path(path, request.model_type, predict_type.as_str(), allowance)
        };
        match &request.rules {
            RulesFrom::Files => {
                expect_rules(&self.options.rules_dir, || "labelling.rules_dir".to_owned())?;
                Ok(load(&self.options.rules_dir)?)
            }
            RulesFrom::Path(path) => Ok(load(path)?),
            RulesFrom::Body { field, rules } => {
                let model_type = request.model_type.unwrap_or(ModelType::KeywordModel);
                Ok(RuleSet::from_body(field, rules, model_type, allowance)?)
            }
            RulesFrom::Named(name) => {
                let path = self.options.rule_sets.get(name).ok_or_else(|| {
                    let known = self.options.rule_sets.keys().cloned().collect::<Vec<_>>();
                    LabellingError::UnknownRuleSet {
                        name: name.clone(),
                        known: known.join(", "),
                    }
                })?;
                expect_rules(path, || format!("labelling.rule_sets.{name}"))?;
                let mut loaded = load(path)?;
                // It goes by the name that callers use, whatever its files are called.
                loaded.set.name.clone_from(name);
                Ok(loaded)
            }
        }
    }
}

/// Callers are told which setting names what is not there.
fn expect_rules(path: &Path, setting: impl FnOnce() -> String) -> Result<(), LabellingError> {
    match path.exists() {
        true => Ok(()),
        false => Err(LabellingError::NoRules { setting: setting() }),
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
fn understood(label: &LabelParams, set: &RuleSet) -> Value {
    json!({
        "model_type": set.model_type, "predict_type": label.header.predict_type,
        "start_time": label.read.zone().shown(label.read.start),
        "end_time": label.read.zone().shown(label.read.end),
        "target_schema": label.source, "target_table": label.read.table,
        "output_schema": label.output, "date_range": label.header.date_range,
        "rule_set": set.name, "rule_set_version": set.version,
        "rules": set.labels.iter().map(|label| label.rules.len()).sum::<usize>(),
        "labels": label.labels, "row_labels": set.row_labels, "exclusive": set.exclusive,
        "author_conflict": set.author_conflict,
    })
}

fn flow(
    label: &LabelParams,
    publish: &PublishParams,
    countdown_s: u32,
) -> Result<Flow, LabellingError> {
    Ok(Flow {
        name: FLOW.to_owned(),
        steps: vec![
            FlowStep {
                name: LABEL_STEP.to_owned(),
                kind: LabelKind::NAME.to_owned(),
                params: serde_json::to_value(label).map_err(unstorable)?,
                after: vec![],
                delay_s: 0,
            },
            FlowStep {
                name: PUBLISH_STEP.to_owned(),
                kind: PublishKind::NAME.to_owned(),
                params: serde_json::to_value(publish).map_err(unstorable)?,
                after: vec![LABEL_STEP.to_owned()],
                delay_s: countdown_s,
            },
        ],
    })
}

pub(super) fn label_params(job: &NewJob) -> Result<LabelParams, LabellingError> {
    let step = job.steps.iter().find(|step| step.name == LABEL_STEP);
    let params = step.map(|step| step.params.clone()).unwrap_or_default();
    serde_json::from_value(params).map_err(unstorable)
}

/// What the keywords of a set are together; patterns have no size that says what they take.
fn size_of(set: &RuleSet) -> Option<usize> {
    let rules = set.labels.iter().flat_map(|label| &label.rules);
    match set.model_type {
        ModelType::KeywordModel => Some(rules.map(|rule| rule.text().len()).sum()),
        ModelType::RuleModel => None,
    }
}

/// Author conflicts only arise in a set whose labels exclude each other.
fn conflict(set: &RuleSet) -> Conflict {
    match (set.exclusive, set.author_conflict) {
        (false, _) | (true, AuthorConflict::KeepAll) => Conflict::KeepAll,
        (true, AuthorConflict::MajorityDropTies) => Conflict::MajorityDropTies,
        (true, AuthorConflict::MajorityFirst) => Conflict::MajorityFirst,
    }
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

fn unstorable(error: serde_json::Error) -> LabellingError {
    LabellingError::Unstorable {
        reason: error.to_string(),
    }
}
