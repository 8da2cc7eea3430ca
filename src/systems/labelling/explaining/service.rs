//! Explanations for callers: so many at once, each on a thread of its own.

use std::sync::Arc;

use entity::JobId;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::error::{AT_ONCE, ExplainError, ROW_BYTES};
use super::person::Person;
use super::rows_read::{NamedSource, ROWS_MAX};
use super::shape::{PersonAnswer, RowAnswer, SetName};
use crate::systems::labelling::asked_rules::{AskedRules, ReadyRules, RulesError};
use crate::systems::labelling::compose::unstorable;
use crate::systems::labelling::incremental::LedgerOf;
use crate::systems::labelling::label::{GroupMap, LabelParams, Place};
use crate::systems::labelling::panels::Sink;
use crate::systems::labelling::results::panel_of;
use crate::systems::labelling::rules::explain::Explainer;
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::set::Field;
use crate::systems::labelling::{Labelling, LabellingError, PredictType};

/// Clones share it.
#[derive(Clone)]
pub(in crate::systems::labelling) struct Explaining {
    places: Arc<Semaphore>,
}

/// What is to be explained.
#[derive(Debug)]
pub(in crate::systems::labelling) enum ExplainRequest {
    Texts(TextsAsked),
    Published(PublishedAsked),
    Person(PersonAsked),
}

/// A row that a caller brings, by rules that it names or brings.
#[derive(Debug)]
pub(in crate::systems::labelling) struct TextsAsked {
    pub rules: AskedRules,
    /// By field.
    pub texts: [Option<String>; Field::COUNT],
}

#[derive(Clone, Debug)]
pub(in crate::systems::labelling) struct PublishedAsked {
    pub job: JobId,
    pub group: String,
    pub id: String,
    /// `/<label>`, or the label.
    pub panel: String,
}

#[derive(Clone, Debug)]
pub(in crate::systems::labelling) struct PersonAsked {
    pub job: JobId,
    pub s_id: String,
    pub author: String,
    /// `/<label>`, or the label.
    pub panel: Option<String>,
}

/// What a job labels by, from where, and to where.
pub(super) struct OfJob {
    pub params: LabelParams,
    pub rules: ReadyRules,
    pub source: NamedSource,
    sink: Sink,
}

impl Default for Explaining {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Labelling {
    /// The answer in JSON.
    pub(in crate::systems::labelling) async fn explain(
        &self,
        request: ExplainRequest,
    ) -> Result<String, ExplainError> {
        let places = Arc::clone(&self.explaining.places);
        let place = places.try_acquire_owned().map_err(|_| ExplainError::Busy)?;
        match request {
            ExplainRequest::Texts(asked) => self.explain_texts(asked, place).await,
            ExplainRequest::Published(asked) => {
                let of_job = self.explained_job(&asked.job).await?;
                on_thread(place, move || of_job.published(&asked)).await
            }
            ExplainRequest::Person(asked) => {
                let of_job = self.explained_job(&asked.job).await?;
                let person = (asked.s_id.as_str(), asked.author.as_str());
                let ledger = self.ledger_rows(&asked.job, person, ROWS_MAX).await?;
                on_thread(place, move || of_job.person(asked, ledger)).await
            }
        }
    }

    async fn explain_texts(
        &self,
        asked: TextsAsked,
        place: OwnedSemaphorePermit,
    ) -> Result<String, ExplainError> {
        let TextsAsked { rules, texts } = asked;
        let found: usize = texts.iter().flatten().map(String::len).sum();
        if found > ROW_BYTES {
            return Err(ExplainError::TooLarge { found });
        }
        // A set without fields looks at the first text that is there.
        let predict_type = match texts {
            [Some(_), ..] => PredictType::AuthorName,
            [_, Some(_), ..] => PredictType::Title,
            [_, _, Some(_), _] => PredictType::Content,
            _ => PredictType::SAreaId,
        };
        let rules = self.ready_rules(rules, predict_type).await?;
        let explain = move || {
            let row = Field::ALL.into_iter().fold(Row::default(), |row, field| {
                row.with(field, texts[field.index()].as_deref())
            });
            row_answer(&rules, row)
        };
        on_thread(place, explain).await
    }

    pub(super) async fn explained_job(&self, id: &JobId) -> Result<OfJob, ExplainError> {
        if self.job(id).await?.is_none() {
            return Err(ExplainError::NoJob(id.to_string()));
        }
        let params = self.params(id).await?;
        let rules = self.rules_of_job(&params).await?;
        let source = NamedSource {
            source: self
                .sources
                .get(&params.source)
                .map_err(LabellingError::from)?,
            name: params.source.clone(),
        };
        let sink = self.sinks.get(&params.output);
        Ok(OfJob {
            sink: sink.map_err(LabellingError::from)?,
            params,
            rules,
            source,
        })
    }

    /// The rules that were stored with a job.
    async fn rules_of_job(&self, params: &LabelParams) -> Result<ReadyRules, ExplainError> {
        let Some(digest) = params.rules.as_deref().filter(|_| params.is_mixed()) else {
            return Err(RulesError::NotMixed.into());
        };
        let version = params.rule_set.as_ref().and_then(|set| set.version);
        let key = format!("job {digest} {}", version.unwrap_or_default());
        if let Some(ready) = self.ready_sets.get(&key) {
            return Ok(ready);
        }
        let stored = self.store.blobs().get(digest).await;
        let stored = stored.map_err(LabellingError::from)?.ok_or_else(|| {
            let reason = format!("the rules of the job are not in the store: {digest}");
            LabellingError::Unstorable { reason }
        })?;
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        let turn = self.composing.room_to_compile(None).await;
        let work = spawn_blocking(move || {
            let _turn = turn;
            let set = serde_json::from_slice(&stored).map_err(unstorable)?;
            ReadyRules::of_job(set, version, stop)
        });
        let rules = work.await.map_err(|_| LabellingError::ThreadLost)??;
        self.ready_sets.keep(key, &rules);
        Ok(rules)
    }
}

fn row_answer(rules: &ReadyRules, row: Row<'_>) -> Result<RowAnswer, ExplainError> {
    let explained = Explainer::new(&rules.set, &rules.compiled).explain(row);
    Ok(RowAnswer {
        set: SetName {
            name: rules.name.clone(),
            version: rules.version,
        },
        row: explained.map_err(RulesError::from)?,
    })
}

impl OfJob {
    fn published(&self, asked: &PublishedAsked) -> Result<RowAnswer, ExplainError> {
        let groups = self.params.layout().groups;
        if !groups.contains(&asked.group) {
            return Err(ExplainError::NoGroup {
                name: asked.group.clone(),
                known: groups.join(", "),
            });
        }
        let panel = panel_of(&asked.panel);
        self.label(&asked.panel)?;
        let task = asked.job.to_string();
        let rows = self.sink.published_row((&task, &asked.group), &asked.id);
        let rows = rows.map_err(|error| self.of_output(error.into()))?;
        let published = rows.into_iter().find(|row| row.panel == panel);
        let published = published.ok_or_else(|| ExplainError::NotPublished {
            id: asked.id.clone(),
            panel,
        })?;
        let spec = &self.params.read;
        let row = self.source.row(spec, &asked.id, &published.create_time)?;
        let row = row.ok_or_else(|| ExplainError::NotInSource(asked.id.clone()))?;
        row_answer(&self.rules, row.fields())
    }

    fn person(
        &self,
        asked: PersonAsked,
        ledger: Option<LedgerOf>,
    ) -> Result<PersonAnswer, ExplainError> {
        let label = asked.panel.as_deref();
        let label = label.map(|panel| self.label(panel)).transpose()?;
        let task = asked.job.to_string();
        let progress = self.sink.figures_of(&task);
        let progress = progress.map_err(|error| self.of_output(error.into()))?;
        let mut person = Person {
            s_id: asked.s_id,
            author: asked.author.trim().to_owned(),
            label,
            has_result: progress.is_some_and(|progress| progress.has_result),
            published: Vec::new(),
        };
        if let Some(group) = self.group_of(&person.s_id)? {
            let author = person.source_author();
            let rows = self.sink.published_author((&task, &group), &author);
            person.published = rows.map_err(|error| self.of_output(error.into()))?;
        }
        person.explain(&self.rules, &self.source, &self.params.read, ledger)
    }

    /// The number of the label that a panel is named after.
    fn label(&self, panel: &str) -> Result<u16, ExplainError> {
        let name = panel.strip_prefix('/').unwrap_or(panel);
        let mut labels = self.params.labels.iter();
        let number = labels.position(|label| label == name);
        // There are no more labels than 16 bits can number.
        number
            .map(|number| number as u16)
            .ok_or_else(|| ExplainError::NoPanel {
                name: panel.to_owned(),
                known: self.params.panels().join(", "),
            })
    }

    fn group_of(&self, s_id: &str) -> Result<Option<String>, ExplainError> {
        let groups = GroupMap::new(&self.params.groups, self.params.unmapped);
        Ok(match groups.map_err(LabellingError::from)?.place(s_id) {
            Place::Group(group) | Place::Other(group) => {
                self.params.layout().groups.into_iter().nth(group.into())
            }
            Place::Skipped | Place::Refused => None,
        })
    }

    fn of_output(&self, error: LabellingError) -> LabellingError {
        error.naming_output(&self.params.output)
    }
}

/// An explanation in JSON, made where nobody else waits for the thread.
async fn on_thread<T: Serialize>(
    place: OwnedSemaphorePermit,
    explain: impl FnOnce() -> Result<T, ExplainError> + Send + 'static,
) -> Result<String, ExplainError> {
    let work = spawn_blocking(move || -> Result<String, ExplainError> {
        let _place = place;
        let explained = explain()?;
        Ok(serde_json::to_string(&explained).map_err(unstorable)?)
    });
    work.await.map_err(|_| LabellingError::ThreadLost)?
}
