//! Reviews of published rows: drawn, judged by people, and what follows of that.

use std::str::FromStr;

use entity::rule_review_item;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Deserialize;
use serde_json::Value;

use super::Groups;
use super::review_views::{
    GoldView, ReviewItem, ReviewItems, ReviewList, ReviewSummary, ReviewView, SaidView,
};
use crate::http::Who;
use crate::http::body::{Body, JsonBody};
use crate::http::error::Failure;
use crate::http::v1::views::{job_id, no_job};
use crate::systems::labelling::Labelling;
use crate::systems::labelling::review::{By, NewReview, Said, Verdict};

/// The operations.
pub(crate) struct ReviewsApi(pub Labelling);

/// Reviews that are listed.
const LISTED: u64 = 50;

/// Rows of a stratum.
const PER_STRATUM_MAX: u32 = 1_000;

/// Characters of a label and a note.
const LABEL_MAX: usize = 255;
const NOTE_MAX: usize = 2_000;

/// Which rows are to be judged.
#[derive(Object, Deserialize)]
struct NewReviewBody {
    /// A job that has published by a mixed model.
    job: String,
    /// `published`: rows in panels.
    of: Option<String>,
    /// What tells strata apart: `label`, `group`, `month`, `rule`. Default: `label`.
    by: Option<Vec<String>>,
    /// Rows of each stratum, 1 to 1,000. Default: 50.
    per_stratum: Option<u32>,
    /// Rows are those with the least SHA-256 of `<seed>:<id>`. Default: 1.
    seed: Option<u32>,
}

impl Body for NewReviewBody {}

/// What a person says of a row.
#[derive(Object, Deserialize)]
struct VerdictBody {
    /// `right`, `wrong` or `unsure`.
    verdict: String,
    /// The label that the row should have.
    label: Option<String>,
    note: Option<String>,
}

impl Body for VerdictBody {}

#[derive(ApiResponse)]
enum Made {
    /// The review.
    #[oai(status = 201)]
    Review(Json<ReviewView>),
}

#[OpenApi(tag = "Groups::Rules")]
impl ReviewsApi {
    /// Draw rows for people to judge
    ///
    /// Of each stratum the rows with the least SHA-256 of `<seed>:<id>`, so that anybody can draw the same. Their
    /// texts are kept with the review, whatever becomes of the source.
    #[oai(path = "/v1/reviews", method = "post", operation_id = "make_review")]
    async fn make_review(&self, who: Who, body: JsonBody<NewReviewBody>) -> poem::Result<Made> {
        let body = body.value;
        let id = job_id(&body.job)?;
        let job = self.0.store().jobs().find(&id).await;
        let job = job.map_err(Failure::from)?.filter(|job| who.sees(job));
        if job.is_none() {
            return Err(no_job(&id).into());
        }
        if let Some(of) = body.of.filter(|of| of != "published") {
            return Err(invalid("of", "published", &of).into());
        }
        let by = body.by.unwrap_or_else(|| vec!["label".to_owned()]);
        let per_stratum = body.per_stratum.unwrap_or(50);
        if !(1..=PER_STRATUM_MAX).contains(&per_stratum) {
            let found = per_stratum.to_string();
            return Err(invalid("per_stratum", "1 to 1000", &found).into());
        }
        let new = NewReview {
            job: id,
            by: strata_by(&by)?,
            per_stratum,
            seed: body.seed.unwrap_or(1),
            who: who.name().to_owned(),
        };
        let review = self.0.make_review(new).await.map_err(Failure::from)?;
        let state = self.0.review_state(&review.id).await;
        let state = state.map_err(Failure::from)?;
        Ok(Made::Review(Json(state.into())))
    }

    /// List reviews
    ///
    /// The newest 50, of all rule sets or of one.
    #[oai(path = "/v1/reviews", method = "get", operation_id = "list_reviews")]
    async fn list_reviews(
        &self,
        /// Only those of this rule set.
        rule_set: Query<Option<String>>,
    ) -> poem::Result<Json<ReviewList>> {
        let set = rule_set.0.filter(|set| !set.is_empty());
        let reviews = self.0.tables().reviews(set.as_deref(), LISTED).await;
        let reviews = reviews.map_err(Failure::from)?.into_iter();
        let reviews = reviews.map(ReviewSummary::from).collect();
        Ok(Json(ReviewList { reviews }))
    }

    /// Look at a review
    ///
    /// The precision of its labels with Wilson's interval of 95 %: strata count by their rows, a row by what most
    /// people say of it.
    #[oai(
        path = "/v1/reviews/:review",
        method = "get",
        operation_id = "get_review"
    )]
    async fn get_review(&self, review: Path<String>) -> poem::Result<Json<ReviewView>> {
        let state = self.0.review_state(&review).await;
        Ok(Json(state.map_err(Failure::from)?.into()))
    }

    /// List the rows of a review
    ///
    /// With their texts, where rules found something, and what the caller has said of them; not what others have.
    #[oai(
        path = "/v1/reviews/:review/items",
        method = "get",
        operation_id = "list_review_items"
    )]
    async fn list_review_items(
        &self,
        who: Who,
        review: Path<String>,
        /// Rows on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "500"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        #[oai(default = "zero")]
        after: Query<i32>,
    ) -> poem::Result<Json<ReviewItems>> {
        let tables = self.0.tables();
        let found = tables.review(&review).await.map_err(Failure::from)?;
        if found.is_none() {
            return Err(Failure::not_found(format!("there is no review {}", review.0)).into());
        }
        let wanted = u64::from(limit.0);
        let items = tables.review_items(&review, after.0, wanted + 1).await;
        let mut items = items.map_err(Failure::from)?;
        let has_more = items.len() as u64 > wanted;
        items.truncate(limit.0 as usize);
        let next = items.last().map(|item| item.n).filter(|_| has_more);
        let said = tables.review_verdicts(&review).await;
        let mut said = said.map_err(Failure::from)?;
        said.retain(|said| said.who == who.name());
        let items = items.into_iter().map(|item| {
            let own = said.iter().find(|said| said.n == item.n);
            let own = own.map(|own| SaidView {
                verdict: own.verdict.clone(),
                label: own.label.clone(),
                note: own.note.clone(),
            });
            shown(item, own)
        });
        let items = items.collect();
        Ok(Json(ReviewItems { items, next }))
    }

    /// Judge a row of a review
    ///
    /// Takes the place of what the same person has said before.
    #[oai(
        path = "/v1/reviews/:review/items/:n",
        method = "put",
        operation_id = "judge_review_item"
    )]
    async fn judge_review_item(
        &self,
        who: Who,
        review: Path<String>,
        n: Path<i32>,
        body: JsonBody<VerdictBody>,
    ) -> poem::Result<Json<ReviewItem>> {
        let VerdictBody {
            verdict,
            label,
            note,
        } = body.value;
        let Ok(parsed) = Verdict::from_str(&verdict) else {
            return Err(invalid("verdict", "right, wrong or unsure", &verdict).into());
        };
        expect_short("label", label.as_deref(), LABEL_MAX)?;
        expect_short("note", note.as_deref(), NOTE_MAX)?;
        let own = SaidView {
            verdict,
            label: label.clone(),
            note: note.clone(),
        };
        let said = Said {
            verdict: parsed,
            label,
            note,
            who: who.name().to_owned(),
        };
        let judged = self.0.judge_item(&review, n.0, said).await;
        judged.map_err(Failure::from)?;
        let item = self.0.review_item(&review, n.0).await;
        Ok(Json(shown(item.map_err(Failure::from)?, Some(own))))
    }

    /// Look at how a rule set does on its gold
    ///
    /// The gold are all rows of reviews of the set of which most people are sure. The active version is measured,
    /// or the one that is named.
    #[oai(
        path = "/v1/rule_sets/:name/gold",
        method = "get",
        operation_id = "get_gold"
    )]
    async fn get_gold(
        &self,
        name: Path<String>,
        /// A number, `active` or `newest`. Default: `active`.
        version: Query<Option<String>>,
    ) -> poem::Result<Json<GoldView>> {
        let version = version.0.filter(|version| !version.is_empty());
        let reference = match version {
            Some(version) => format!("{}@{version}", name.0),
            None => name.0,
        };
        let found = self.0.gold_of_version(reference).await;
        let (rules, gold) = found.map_err(Failure::from)?;
        Ok(Json(GoldView::of(rules.name, rules.version, gold)))
    }
}

fn shown(item: rule_review_item::Model, said: Option<SaidView>) -> ReviewItem {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    ReviewItem {
        n: item.n,
        fields: json(&item.fields),
        hits: json(&item.hits),
        id: item.row_id,
        group: item.row_group,
        post_time: item.post_time,
        label: item.label,
        said,
    }
}

fn strata_by(words: &[String]) -> Result<Vec<By>, Failure> {
    let mut by = Vec::new();
    for word in words {
        let found = By::from_str(word);
        let found = found.map_err(|_| invalid("by", "label, group, month or rule", word))?;
        if !by.contains(&found) {
            by.push(found);
        }
    }
    Ok(by)
}

fn invalid(member: &str, expected: &str, found: &str) -> Failure {
    let found: String = found.chars().take(80).collect();
    Failure::invalid(format!("{member}: expected {expected}, found `{found}`"))
}

fn expect_short(member: &str, text: Option<&str>, most: usize) -> Result<(), Failure> {
    match text.is_some_and(|text| text.chars().count() > most) {
        true => Err(Failure::invalid(format!(
            "{member}: expected at most {most} characters"
        ))),
        false => Ok(()),
    }
}

fn fifty() -> u32 {
    50
}

fn zero() -> i32 {
    0
}
