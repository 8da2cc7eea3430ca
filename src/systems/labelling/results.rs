//! What labelling jobs produced: their row in `state`, samples, published rows.

use std::sync::Arc;
use std::time::Duration;

use entity::{HistoryState, JobId, job};
use futures_util::future::join_all;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::warn;

use super::{FLOW, LABEL_STEP, Labelling, LabellingError, ResultStream};
use crate::engine::CallerError;
use crate::engine::seam::StepKind;
use crate::systems::labelling::label::{LabelKind, LabelParams};
use crate::systems::labelling::panels::{
    Layout, RESULT_PREFIX, ResultRow, Sink, StateRow, TaskFigures, result_table,
};
use crate::telemetry::chain;

/// A row of a result table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedRow {
    pub group: Arc<str>,
    pub row: ResultRow,
}

/// Which rows a caller wants; all of them where nothing is named.
#[derive(Clone, Debug, Default)]
pub struct WantedRows {
    /// Names of groups, or of their result tables.
    pub groups: Vec<String>,
    /// `/<label>`, or `<label>`.
    pub panels: Vec<String>,
}

/// Rows that may wait for a slow caller.
const ROWS_WAITING: usize = 64;

/// A labelling task as its users see it.
#[derive(Clone, Debug)]
pub struct TaskView {
    pub job: job::Model,
    /// As it stands in the output; `None` before it got there or if it was removed.
    pub state: Option<StateRow>,
    pub figures: Option<TaskFigures>,
    /// Whether its rows can be read; those of the run before while it runs again.
    pub published: bool,
}

/// How long one output may take to answer before it counts as away.
pub(super) const OUTPUT_PATIENCE: Duration = Duration::from_secs(3);

/// Where the rows of a task are.
pub(super) struct ResultPlace {
    /// As the settings name the output.
    pub output: String,
    pub sink: Sink,
    /// Of an adopted task those of the settings and those that it names.
    pub groups: Vec<String>,
    /// Nobody knows them of an adopted task.
    pub panels: Option<Vec<String>>,
}

/// An output that did not answer, or cannot be used.
pub(super) struct OutputAway {
    name: String,
    error: LabellingError,
}

/// What is wrong with outputs, in words for operators.
pub(super) fn reasons(away: &[OutputAway]) -> String {
    let reason = |away: &OutputAway| {
        let OutputAway { name, error } = away;
        format!("output `{name}`: {}", error.public_message())
    };
    away.iter().map(reason).collect::<Vec<_>>().join("; ")
}

/// Rows of `state`, and the outputs that are away.
type StatesFound = (Vec<StateRow>, Vec<OutputAway>);

impl Labelling {
    /// The newest rows of `state` over all outputs. Those of an output that is away are left out;
    /// fails if all are.
    pub async fn newest_states(&self, limit: u32) -> Result<Vec<StateRow>, LabellingError> {
        let mut rows = newest_first(self.look_at_outputs(limit).await?);
        let ids: Vec<JobId> = rows
            .iter()
            .filter_map(|row| row.task_id.parse().ok())
            .collect();
        let dropped = self.store.jobs().being_dropped(&ids).await?;
        rows.retain(|row| !dropped.iter().any(|id| id.as_str() == row.task_id));
        rows.truncate(limit as usize);
        Ok(rows)
    }

    /// The rows of `state` of some tasks over all outputs, newest first. Those of an output that is away
    /// are left out; fails if all are.
    pub async fn states_of(&self, tasks: Vec<JobId>) -> Result<Vec<StateRow>, LabellingError> {
        let found = self.ask_outputs(move |sink| {
            let rows = tasks.iter().map(|task| sink.state_of(task.as_str()));
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            Ok(rows.into_iter().flatten().collect())
        });
        Ok(newest_first(found.await?))
    }

    /// Rows of `state` of the outputs that answer, and the other outputs.
    pub(super) async fn look_at_outputs(&self, limit: u32) -> Result<StatesFound, LabellingError> {
        self.ask_outputs(move |sink| Ok(sink.newest_states(limit)?))
            .await
    }

    /// All outputs are asked at once; fails if all are away.
    async fn ask_outputs(
        &self,
        read: impl Fn(&Sink) -> Result<Vec<StateRow>, LabellingError> + Clone + Send + 'static,
    ) -> Result<StatesFound, LabellingError> {
        let asked = self.sinks.all().map(|(name, sink)| {
            let (name, sink, read) = (name.to_owned(), sink.clone(), read.clone());
            async move {
                let rows = on_thread(move || read(&sink));
                let rows = timeout(OUTPUT_PATIENCE, rows).await;
                let rows = rows.unwrap_or(Err(LabellingError::OutputSilent));
                rows.map_err(|error| OutputAway { name, error })
            }
        });
        let (mut rows, mut away, mut answered) = (Vec::new(), Vec::new(), 0);
        for found in join_all(asked).await {
            match found {
                Ok(found) => {
                    rows.extend(found);
                    answered += 1;
                }
                Err(one) => away.push(one),
            }
        }
        let reasons = reasons(&away);
        match away.pop() {
            Some(OutputAway { error, .. }) if answered == 0 => Err(LabellingError::NoOutput {
                reasons,
                last: Box::new(error),
            }),
            last => {
                away.extend(last);
                Ok((rows, away))
            }
        }
    }

    /// The job of a task, or `None` if there is no labelling task of that id.
    pub async fn job(&self, id: &JobId) -> Result<Option<job::Model>, LabellingError> {
        let job = self.store.jobs().find(id).await?;
        let Some(job) = job.filter(|job| job.history != HistoryState::Dropping) else {
            return Ok(None);
        };
        // A job of another flow that uses this one has its steps.
        let labels = job.flow == FLOW || {
            let steps = self.store.steps().of(id).await?;
            steps.iter().any(|step| step.kind == LabelKind::NAME)
        };
        Ok(labels.then_some(job))
    }

    /// A task, or `None` if there is no labelling task of that id.
    pub async fn view(&self, id: &JobId) -> Result<Option<TaskView>, LabellingError> {
        match self.job(id).await? {
            Some(job) => self.view_of(job).await.map(Some),
            None => Ok(None),
        }
    }

    /// Of a job that has the steps of the flow, whichever flow it is of.
    pub(super) async fn view_of(&self, job: job::Model) -> Result<TaskView, LabellingError> {
        let id = &job.id;
        let params = self.params(id).await?;
        let sink = self.sinks.get(&params.output)?;
        let task_id = id.to_string();
        let found =
            on_thread(move || Ok((sink.state_of(&task_id)?, sink.figures_of(&task_id)?))).await;
        let (state, progress) = found.map_err(|error| error.naming_output(&params.output))?;
        let published = progress
            .as_ref()
            .is_some_and(|progress| progress.has_result);
        let figures = progress.map(|progress| progress.figures);
        Ok(TaskView {
            job,
            state,
            figures,
            published,
        })
    }

    /// A uniform random sample of up to `limit` rows of each table; all tables of the task if
    /// none is named. Tables that the task does not have are left out.
    pub async fn sample(
        &self,
        id: &JobId,
        tables: &[String],
        limit: u32,
    ) -> Result<Vec<ResultRow>, LabellingError> {
        let place = self.result_place(id).await?;
        let ResultPlace {
            output,
            sink,
            groups,
            ..
        } = place;
        let wanted = |group: &String| {
            let table = result_table(group);
            tables.is_empty() || tables.iter().any(|name| *name == table || name == group)
        };
        let groups: Vec<String> = groups.into_iter().filter(wanted).collect();
        let task_id = id.to_string();
        let sampled = on_thread(move || {
            let mut rows = Vec::new();
            for group in groups {
                rows.extend(sink.sample(&task_id, &group, limit)?);
            }
            Ok(rows)
        });
        sampled.await.map_err(|error| error.naming_output(&output))
    }

    /// The published rows of a task, group by group, without holding them in memory.
    pub async fn results(
        &self,
        id: &JobId,
        wanted: WantedRows,
    ) -> Result<ResultStream, LabellingError> {
        let place = self.result_place(id).await?;
        let groups = chosen("group", place.groups, &wanted.groups, |group, name| {
            group == name || result_table(group) == name
        })?;
        let panels = match place.panels {
            Some(panels) => chosen("panel", panels, &wanted.panels, |panel, name| {
                panel == name || panel.strip_prefix('/') == Some(name)
            })?,
            None => wanted.panels.iter().map(|name| panel_of(name)).collect(),
        };
        let (output, sink) = (place.output, place.sink);
        let task_id = id.to_string();
        let (sender, mut rest) = mpsc::channel(ROWS_WAITING);
        let takes_all = wanted.panels.is_empty();
        // Ends by itself when the rows are read or the caller has gone.
        drop(spawn_blocking(move || {
            for group in groups {
                let name: Arc<str> = group.as_str().into();
                let mut gone = false;
                let read = sink.read_results(&task_id, &group, &mut |row| {
                    if !takes_all && !panels.contains(&row.panel) {
                        return true;
                    }
                    let group = Arc::clone(&name);
                    gone = sender
                        .blocking_send(Ok(PublishedRow { group, row }))
                        .is_err();
                    !gone
                });
                if let Err(error) = read {
                    let error = LabellingError::from(error).naming_output(&output);
                    sender.blocking_send(Err(error)).ok();
                    return;
                }
                if gone {
                    return;
                }
            }
        }));
        let first = rest.recv().await.transpose()?.map(Ok);
        Ok(ResultStream { first, rest })
    }

    /// The row in `state` of a task that is no job here: the original program ran it, and its output
    /// was adopted.
    pub async fn adopted(&self, id: &JobId) -> Result<Option<StateRow>, LabellingError> {
        Ok(self.adopted_in(id).await?.map(|(_, _, state)| state))
    }

    async fn adopted_in(
        &self,
        id: &JobId,
    ) -> Result<Option<(String, Sink, StateRow)>, LabellingError> {
        if self.store.jobs().find(id).await?.is_some() {
            return Ok(None);
        }
        for (name, sink) in self.sinks.all() {
            let (sink, task_id) = (sink.clone(), id.to_string());
            let found = on_thread(move || {
                let state = sink.state_of(&task_id)?;
                Ok(state.map(|state| (sink, state)))
            });
            let found = timeout(OUTPUT_PATIENCE, found).await;
            match found.unwrap_or(Err(LabellingError::OutputSilent)) {
                Ok(None) => {}
                Ok(Some((sink, state))) => return Ok(Some((name.to_owned(), sink, state))),
                Err(error) => warn!(output = name, error = chain(&error), "an output is away"),
            }
        }
        Ok(None)
    }

    pub(super) async fn result_place(&self, id: &JobId) -> Result<ResultPlace, LabellingError> {
        if let Some((output, sink, state)) = self.adopted_in(id).await? {
            let Layout { mut groups } = self.options.layout();
            for name in state.result.iter().flat_map(|names| names.split(',')) {
                let name = name.trim();
                let group = name.strip_prefix(RESULT_PREFIX).unwrap_or(name);
                if !group.is_empty() && !groups.iter().any(|known| known == group) {
                    groups.push(group.to_owned());
                }
            }
            return Ok(ResultPlace {
                output,
                sink,
                groups,
                panels: None,
            });
        }
        let params = self.params(id).await?;
        Ok(ResultPlace {
            sink: self.sinks.get(&params.output)?,
            groups: params.layout().groups,
            panels: Some(params.panels()),
            output: params.output,
        })
    }

    /// Whether the outputs of the settings can be written. Prepares all that can be, and fails if
    /// one cannot.
    pub async fn check_outputs(&self) -> Result<(), LabellingError> {
        let sinks: Vec<_> = self.sinks.all().map(|(_, sink)| sink.clone()).collect();
        on_thread(move || {
            let mut outcome = Ok(());
            for sink in sinks {
                outcome = outcome.and(sink.prepare());
            }
            Ok(outcome?)
        })
        .await
    }

    pub(super) async fn params(&self, id: &JobId) -> Result<LabelParams, LabellingError> {
        let steps = self.store.steps().of(id).await?;
        let step = steps.into_iter().find(|step| step.name == LABEL_STEP);
        let params = step.map(|step| step.params).unwrap_or_default();
        serde_json::from_str(&params).map_err(|error| LabellingError::Unstorable {
            reason: error.to_string(),
        })
    }
}

/// Those of the known that are named, in their order; all of them if none is.
pub(super) fn chosen(
    what: &'static str,
    known: Vec<String>,
    names: &[String],
    is_named: impl Fn(&str, &str) -> bool,
) -> Result<Vec<String>, LabellingError> {
    let is_known = |name: &String| known.iter().any(|known| is_named(known, name));
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        return Err(LabellingError::NotInTask {
            what,
            name: name.clone(),
            known: known.join(", "),
        });
    }
    let is_wanted =
        |known: &String| names.is_empty() || names.iter().any(|name| is_named(known, name));
    Ok(known.into_iter().filter(is_wanted).collect())
}

/// `/<label>`, from that or the label alone.
pub(super) fn panel_of(name: &str) -> String {
    match name.starts_with('/') {
        true => name.to_owned(),
        false => format!("/{name}"),
    }
}

fn newest_first((mut rows, away): StatesFound) -> Vec<StateRow> {
    for OutputAway { name, error } in away {
        warn!(output = name, error = chain(&error), "an output is away");
    }
    let key = |row: &StateRow| (row.create_time.clone(), row.task_id.clone());
    rows.sort_by_key(|row| std::cmp::Reverse(key(row)));
    // Two outputs may be the same database.
    rows.dedup_by(|one, other| one.task_id == other.task_id);
    rows
}

pub(super) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LabellingError> + Send + 'static,
) -> Result<T, LabellingError> {
    spawn_blocking(work)
        .await
        .unwrap_or(Err(LabellingError::ThreadLost))
}
