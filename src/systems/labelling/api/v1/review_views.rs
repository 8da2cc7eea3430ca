//! Reviews, as the document describes them.

use std::collections::HashMap;

use poem_openapi::Object;
use serde_json::Value;

use crate::clock;
use crate::systems::labelling::review::{Gold, Precision, ReviewState};

/// A review in a list.
#[derive(Object)]
pub(super) struct ReviewSummary {
    pub id: String,
    pub job: String,
    pub rule_set: String,
    /// Null: the set came with the request of the job.
    pub version: Option<i32>,
    pub of: String,
    pub by: Vec<String>,
    pub per_stratum: i32,
    pub seed: i64,
    /// Rows to be judged.
    pub items: i32,
    pub created_at: String,
    pub created_by: String,
}

/// A review, with what people have said so far.
#[derive(Object)]
pub(super) struct ReviewView {
    #[oai(flatten)]
    pub review: ReviewSummary,
    /// Rows of which people have said something.
    pub judged: u64,
    /// Null: nothing is judged.
    pub precision: Option<PrecisionView>,
    /// By label, where strata are told apart by it.
    pub labels: HashMap<String, PrecisionView>,
    pub strata: Vec<StratumView>,
}

/// How many labels are right, estimated from those that were judged.
#[derive(Object)]
pub(super) struct PrecisionView {
    pub precision: f64,
    /// The lower end of Wilson's interval of 95 %.
    pub lower: f64,
    pub upper: f64,
    /// Of all rows the share in strata of which nothing was judged.
    pub not_judged: f64,
}

/// Rows that are alike, and what most people say of those that were drawn.
#[derive(Object)]
pub(super) struct StratumView {
    /// One for each member of `by`.
    pub values: Vec<String>,
    /// All of its rows, drawn or not.
    pub rows: u64,
    pub right: u64,
    pub wrong: u64,
    pub unsure: u64,
}

/// A row to be judged.
#[derive(Object)]
pub(super) struct ReviewItem {
    pub n: i32,
    pub id: String,
    pub group: String,
    pub post_time: String,
    /// The label that is judged; null: it has none.
    pub label: Option<String>,
    /// Texts by field.
    pub fields: Value,
    /// Where rules of the label found something.
    pub hits: Value,
    /// What the caller has said; others are not shown.
    pub said: Option<SaidView>,
}

/// What a person says of a row.
#[derive(Object)]
pub(super) struct SaidView {
    /// `right`, `wrong` or `unsure`.
    pub verdict: String,
    /// The label that it should have.
    pub label: Option<String>,
    pub note: Option<String>,
}

#[derive(Object)]
pub(super) struct ReviewList {
    pub reviews: Vec<ReviewSummary>,
}

#[derive(Object)]
pub(super) struct ReviewItems {
    pub items: Vec<ReviewItem>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<i32>,
}

/// How a version of a rule set does on the rows that people have judged.
#[derive(Object)]
pub(super) struct GoldView {
    pub rule_set: String,
    pub version: Option<i32>,
    /// Right before, and still.
    pub kept: u64,
    /// Right before, and not any more.
    pub lost: u64,
    /// Wrong before, and not any more.
    pub mended: u64,
    pub still_wrong: u64,
    /// Kept and mended ÷ all; null: nothing was judged.
    pub share: Option<f64>,
}

impl From<entity::rule_review::Model> for ReviewSummary {
    fn from(review: entity::rule_review::Model) -> Self {
        let by = review.strata_by.split(',').filter(|by| !by.is_empty());
        Self {
            by: by.map(str::to_owned).collect(),
            id: review.id,
            job: review.job_id.to_string(),
            rule_set: review.rule_set,
            version: review.version,
            of: review.subject,
            per_stratum: review.per_stratum,
            seed: review.seed,
            items: review.items,
            created_at: clock::rfc3339(review.created_at),
            created_by: review.created_by,
        }
    }
}

impl From<Precision> for PrecisionView {
    fn from(precision: Precision) -> Self {
        let rounded = |figure: f64| (figure * 1e6).round() / 1e6;
        Self {
            precision: rounded(precision.precision),
            lower: rounded(precision.lower),
            upper: rounded(precision.upper),
            not_judged: rounded(precision.not_judged),
        }
    }
}

impl From<ReviewState> for ReviewView {
    fn from(state: ReviewState) -> Self {
        let labels = state.labels.into_iter();
        let strata = state.strata.into_iter();
        Self {
            review: state.review.into(),
            judged: state.judged,
            precision: state.precision.map(PrecisionView::from),
            labels: labels
                .map(|(label, precision)| (label, precision.into()))
                .collect(),
            strata: strata
                .map(|stratum| StratumView {
                    values: stratum.values,
                    rows: stratum.rows,
                    right: stratum.right,
                    wrong: stratum.wrong,
                    unsure: stratum.unsure,
                })
                .collect(),
        }
    }
}

impl GoldView {
    pub fn of(rule_set: String, version: Option<i32>, gold: Gold) -> Self {
        Self {
            rule_set,
            version,
            kept: gold.kept,
            lost: gold.lost,
            mended: gold.mended,
            still_wrong: gold.still_wrong,
            share: gold.share.map(|share| share.rounded()),
        }
    }
}
