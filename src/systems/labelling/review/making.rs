//! Makes a review: draws published rows, fetches their texts, and stores both.

use std::sync::Arc;

use entity::{JobId, rule_review, rule_review_item};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::task::spawn_blocking;

use super::error::{ITEMS_MAX, ReviewError};
use super::{By, Draw, Drawn, RowFacts};
use crate::clock;
use crate::engine::store::notifications;
use crate::systems::labelling::asked_rules::ReadyRules;
use crate::systems::labelling::explaining::WantedTexts;
use crate::systems::labelling::rules::explain::Explainer;
use crate::systems::labelling::rules::preview::PreviewRow;
use crate::systems::labelling::rules::set::Field;
use crate::systems::labelling::{Labelling, LabellingError, PublishedRow, WantedRows};

/// Rows that are taken from the output at once.
const ROWS_AT_ONCE: usize = 1_000;

/// What is to be reviewed.
#[derive(Clone, Debug)]
pub(in crate::systems::labelling) struct NewReview {
    pub job: JobId,
    pub by: Vec<By>,
    pub per_stratum: u32,
    pub seed: u32,
    pub who: String,
}

/// A stratum, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredStratum {
    pub values: Vec<String>,
    pub rows: u64,
}

/// What is kept of a published row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct KeptRow {
    group: Arc<str>,
    label: String,
    time: String,
}

impl Labelling {
    pub(in crate::systems::labelling) async fn make_review(
        &self,
        new: NewReview,
    ) -> Result<rule_review::Model, ReviewError> {
        let Some(view) = self.view(&new.job).await? else {
            return Err(ReviewError::NoJob(new.job.to_string()));
        };
        if !view.published {
            return Err(ReviewError::NotPublished(new.job.to_string()));
        }
        let draw = self.draw_published(&new).await?;
        let strata = draw.finish();
        let found: usize = strata.iter().map(|stratum| stratum.drawn.len()).sum();
        if found > ITEMS_MAX {
            let strata = strata.len();
            return Err(ReviewError::TooMany { strata, found });
        }
        let stored: Vec<StoredStratum> = strata
            .iter()
            .map(|stratum| StoredStratum {
                values: stratum.values.clone(),
                rows: stratum.rows,
            })
            .collect();
        let rows = strata.into_iter().zip(0_i32..);
        let rows: Vec<(i32, Drawn<KeptRow>)> = rows
            .flat_map(|(stratum, number)| stratum.drawn.into_iter().map(move |row| (number, row)))
            .collect();
        let wanted = rows.iter().map(|(_, drawn)| WantedTexts {
            id: drawn.id.clone(),
            time: drawn.row.time.clone(),
        });
        let texts = self.texts_of(&new.job, wanted.collect()).await?;
        let id = notifications::new_id();
        let (name, version) = (texts.rules.name.clone(), texts.rules.version);
        let review_id = id.clone();
        let made = spawn_blocking(move || items(&review_id, &texts.rules, rows, &texts.rows));
        let items = made.await.map_err(|_| LabellingError::ThreadLost)?;
        let review = rule_review::Model {
            id,
            job_id: new.job,
            rule_set: name,
            version,
            subject: "published".to_owned(),
            strata_by: joined(&new.by),
            per_stratum: i32::try_from(new.per_stratum).unwrap_or(i32::MAX),
            seed: new.seed.into(),
            strata: json!(stored).to_string(),
            items: i32::try_from(items.len()).unwrap_or(i32::MAX),
            created_at: clock::now_micros(),
            created_by: new.who,
        };
        self.tables().add_review(review.clone(), items).await?;
        Ok(review)
    }

    async fn draw_published(&self, new: &NewReview) -> Result<Draw<KeptRow>, ReviewError> {
        let mut draw = Draw::new(
            new.by.clone(),
            new.per_stratum as usize,
            u64::from(new.seed),
        );
        let mut stream = self.results(&new.job, WantedRows::default()).await?;
        let mut rows = Vec::new();
        while stream.recv_many(&mut rows, ROWS_AT_ONCE).await > 0 {
            for row in rows.drain(..) {
                take(&mut draw, &new.by, &row?);
            }
        }
        Ok(draw)
    }
}

fn take(draw: &mut Draw<KeptRow>, by: &[By], published: &PublishedRow) {
    let PublishedRow { group, row } = published;
    let label = row.panel.strip_prefix('/').unwrap_or(&row.panel);
    // Only who asks for rules pays for reading them.
    let rule = match by.contains(&By::Rule) {
        true => rule_of(&row.match_meta),
        false => String::new(),
    };
    let facts = RowFacts {
        id: &row.id,
        group,
        label,
        rule: &rule,
        time: &row.create_time,
    };
    draw.take(facts, || KeptRow {
        group: Arc::clone(group),
        label: label.to_owned(),
        time: row.create_time.clone(),
    });
}

/// The id of the rule that is the reason.
fn rule_of(meta: &str) -> String {
    let meta: Value = serde_json::from_str(meta).unwrap_or_default();
    let rule = meta["id"].as_str().or_else(|| meta["rule"].as_str());
    rule.unwrap_or_default().to_owned()
}

/// Rows that the source does not have any more are left out.
fn items(
    review: &str,
    rules: &ReadyRules,
    drawn: Vec<(i32, Drawn<KeptRow>)>,
    texts: &[Option<Arc<PreviewRow>>],
) -> Vec<rule_review_item::Model> {
    let explainer = Explainer::new(&rules.set, &rules.compiled);
    let found = drawn.into_iter().zip(texts);
    let found = found.filter_map(|((stratum, drawn), text)| Some((stratum, drawn, text.as_ref()?)));
    let items = found.zip(1..).map(|((stratum, drawn, text), n)| {
        let row = text.fields();
        let fields: Map<String, Value> = Field::ALL
            .into_iter()
            .filter_map(|field| Some((field.as_str().to_owned(), row.text(field)?.into())))
            .collect();
        let explained = explainer.explain_labels(row);
        let hits: Vec<Value> = explained
            .labels
            .iter()
            .filter(|label| label.label == drawn.row.label)
            .flat_map(|label| label.rules.iter().map(|hit| json!(hit)))
            .collect();
        rule_review_item::Model {
            review_id: review.to_owned(),
            n,
            stratum,
            row_id: drawn.id,
            row_group: drawn.row.group.to_string(),
            post_time: drawn.row.time,
            label: Some(drawn.row.label),
            fields: Value::Object(fields).to_string(),
            hits: Value::Array(hits).to_string(),
        }
    });
    items.collect()
}

fn joined(by: &[By]) -> String {
    let words: Vec<&'static str> = by.iter().map(|by| (*by).into()).collect();
    words.join(",")
}
