//! Previews for callers: so many at once, each on a thread of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::bounds::{AT_ONCE, KEPT_FOR, SECONDS_MAX};
use super::error::PreviewError;
use super::kept::KeptRows;
use super::rows_asked::{RowsAsked, SampleAsked};
use super::run::{PreviewAsked, preview};
use crate::systems::labelling::asked_rules::{AskedRules, ReadyRules};
use crate::systems::labelling::compose::unstorable;
use crate::systems::labelling::health::earlier;
use crate::systems::labelling::label::GroupMap;
use crate::systems::labelling::panels::Lineage;
use crate::systems::labelling::posts::{ReadSpec, TextColumn};
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::rules::health::Earlier;
use crate::systems::labelling::{Labelling, LabellingError, LabellingRequest, PredictType};

/// After that a source is not waited for: it has not ended a single slice in time.
const PATIENCE: Duration = Duration::from_secs(SECONDS_MAX + 10);

/// What previews share; clones share it.
#[derive(Clone)]
pub(in crate::systems::labelling) struct Previews {
    kept: KeptRows,
    places: Arc<Semaphore>,
}

/// What is to be previewed, as a caller says it.
#[derive(Debug)]
pub(in crate::systems::labelling) struct PreviewRequest {
    pub rules: AskedRules,
    /// What a set without fields looks at.
    pub predict_type: PredictType,
    /// Source, table, start and end; the rest is not looked at.
    pub range: LabellingRequest,
    pub sample: Option<SampleAsked>,
    pub examples: u32,
}

impl Default for Previews {
    fn default() -> Self {
        Self {
            kept: KeptRows::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Labelling {
    /// The answer in JSON.
    pub(in crate::systems::labelling) async fn preview_rules(
        &self,
        request: PreviewRequest,
    ) -> Result<String, PreviewError> {
        let places = Arc::clone(&self.previews.places);
        let place = places.try_acquire_owned().map_err(|_| PreviewError::Busy)?;
        let rules = self.ready_rules(request.rules, request.predict_type);
        let rules = rules.await?;
        let this = self.clone();
        let (range, sample, examples) = (request.range, request.sample, request.examples);
        let work = spawn_blocking(move || -> Result<String, PreviewError> {
            // It is given up by the thread, not by a caller who has left.
            let _place = place;
            let rows = this.preview_rows(&range, &rules, sample)?;
            let earlier = this.last_published(&rules.name, &rows);
            let asked = PreviewAsked {
                groups: this.options.layout().groups,
                set: rules.set,
                compiled: rules.compiled,
                lint: rules.lint,
                rows,
                examples,
                earlier,
            };
            let answer = preview(&asked, &this.previews.kept)?;
            Ok(serde_json::to_string(&answer).map_err(unstorable)?)
        });
        let answer = timeout(PATIENCE, work).await;
        self.forget_rows_later();
        let answer = answer.map_err(|_| PreviewError::SourceSilent)?;
        answer.map_err(|_| LabellingError::ThreadLost)?
    }

    /// The rows that a request names; blocks, as it looks at the table.
    fn preview_rows(
        &self,
        range: &LabellingRequest,
        rules: &ReadyRules,
        sample: Option<SampleAsked>,
    ) -> Result<RowsAsked, LabellingError> {
        let options = &self.options;
        let or = |asked: &Option<String>, usual: &String| asked.as_ref().unwrap_or(usual).clone();
        let source_name = or(&range.source, &options.default_source);
        let table = or(&range.table, &options.default_table);
        let columns = self.sources.table(&source_name, &table)?;
        let zone = self.sources.zone(&source_name)?;
        let (start, end) = self.range(range, zone.unwrap_or_default())?;
        let source = self.sources.get(&source_name)?;
        let fields = TextColumn::of_fields(fields_in_use(&rules.set));
        let checked = source.check(&table, &columns, &fields);
        checked.map_err(|cause| LabellingError::Source {
            name: source_name.clone(),
            cause: Box::new(cause),
        })?;
        Ok(RowsAsked {
            source_name,
            source,
            spec: ReadSpec {
                table,
                columns,
                text: fields[0],
                fields,
                start,
                end,
                zone,
            },
            sample,
            groups: GroupMap::new(&options.groups, options.unmapped)?,
        })
    }

    /// What the last job of the set has published of the table; a preview does without it while the output is
    /// away.
    fn last_published(&self, rule_set: &str, rows: &RowsAsked) -> Option<Earlier> {
        let sink = self.sinks.get(&self.options.default_output).ok()?;
        let lineage = Lineage {
            rule_set: rule_set.to_owned(),
            source: rows.source_name.clone(),
            table: rows.spec.table.clone(),
            version: None,
        };
        match sink.is_made_later() {
            true => None,
            // There is no task yet.
            false => earlier(&sink, "", &lineage).ok().flatten(),
        }
    }

    fn forget_rows_later(&self) {
        let kept = self.previews.kept.clone();
        tokio::spawn(async move {
            sleep(KEPT_FOR).await;
            kept.forget_old();
        });
    }
}
