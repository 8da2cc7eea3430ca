//! Reviews as they stand: what people have said, the precision that follows, and the gold of a rule set.

use std::collections::{BTreeMap, HashMap};

use entity::{JobId, rule_review, rule_review_item, rule_review_verdict};
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::error::{ITEMS_MAX, ReviewError};
use super::making::StoredStratum;
use super::{Gold, GoldExample, JudgedStratum, Precision, Verdict, majority};
use crate::clock;
use crate::systems::labelling::asked_rules::{AskedRules, ReadyRules};
use crate::systems::labelling::explaining::WantedTexts;
use crate::systems::labelling::gate::{Reviewed, Thresholds};
use crate::systems::labelling::rules::set::Field;
use crate::systems::labelling::{Labelling, LabellingError, PredictType};

/// Reviews of a set whose verdicts are its gold, the newest ones.
const REVIEWS_OF_GOLD: u64 = 100;

/// A review, and how far people are with it.
pub(in crate::systems::labelling) struct ReviewState {
    pub review: rule_review::Model,
    pub strata: Vec<StratumState>,
    /// Rows of which most people say something.
    pub judged: u64,
    pub precision: Option<Precision>,
    /// By label, where strata are told apart by it.
    pub labels: Vec<(String, Precision)>,
}

/// A stratum: its values, and what most people say of its rows.
pub(in crate::systems::labelling) struct StratumState {
    pub values: Vec<String>,
    pub rows: u64,
    pub right: u64,
    pub wrong: u64,
    pub unsure: u64,
}

/// What a person says of a row.
pub(in crate::systems::labelling) struct Said {
    pub verdict: Verdict,
    pub label: Option<String>,
    pub note: Option<String>,
    pub who: String,
}

impl Labelling {
    pub(in crate::systems::labelling) async fn review_state(
        &self,
        id: &str,
    ) -> Result<ReviewState, ReviewError> {
        let review = self.tables().review(id).await?;
        let review = review.ok_or_else(|| ReviewError::NoReview(id.chars().take(80).collect()))?;
        self.state_of_review(review).await
    }

    async fn state_of_review(
        &self,
        review: rule_review::Model,
    ) -> Result<ReviewState, ReviewError> {
        let tables = self.tables();
        let items = tables.review_items(&review.id, 0, ITEMS_MAX as u64).await?;
        let verdicts = by_item(&tables.review_verdicts(&review.id).await?);
        let stored: Vec<StoredStratum> = serde_json::from_str(&review.strata).unwrap_or_default();
        let mut strata: Vec<StratumState> = stored
            .into_iter()
            .map(|stratum| StratumState {
                values: stratum.values,
                rows: stratum.rows,
                right: 0,
                wrong: 0,
                unsure: 0,
            })
            .collect();
        let mut judged = 0;
        for item in &items {
            let said = verdicts.get(&item.n).and_then(|said| said.majority);
            let stratum = usize::try_from(item.stratum).unwrap_or_default();
            let (Some(said), Some(stratum)) = (said, strata.get_mut(stratum)) else {
                continue;
            };
            judged += 1;
            match said {
                Verdict::Right => stratum.right += 1,
                Verdict::Wrong => stratum.wrong += 1,
                Verdict::Unsure => stratum.unsure += 1,
            }
        }
        let all: Vec<JudgedStratum> = strata.iter().map(StratumState::judged).collect();
        Ok(ReviewState {
            precision: Precision::of(&all),
            labels: of_labels(&review, &strata),
            review,
            strata,
            judged,
        })
    }

    /// Stores what a person says of a row, instead of what they said before.
    pub(in crate::systems::labelling) async fn judge_item(
        &self,
        review: &str,
        n: i32,
        said: Said,
    ) -> Result<(), ReviewError> {
        self.review_item(review, n).await?;
        let verdict: &'static str = said.verdict.into();
        let row = rule_review_verdict::Model {
            review_id: review.to_owned(),
            n,
            who: said.who,
            verdict: verdict.to_owned(),
            label: said.label,
            note: said.note,
            said_at: clock::now_micros(),
        };
        Ok(self.tables().say_verdict(row).await?)
    }

    pub(in crate::systems::labelling) async fn review_item(
        &self,
        review: &str,
        n: i32,
    ) -> Result<rule_review_item::Model, ReviewError> {
        let behind = n.saturating_sub(1);
        let found = self.tables().review_items(review, behind, 1).await?;
        let found = found.into_iter().find(|item| item.n == n);
        found.ok_or_else(|| ReviewError::NoItem {
            review: review.chars().take(80).collect(),
            n,
        })
    }

    /// The examples of a rule set of which most people are sure.
    async fn gold_examples(&self, set: &str) -> Result<Vec<GoldExample>, ReviewError> {
        let tables = self.tables();
        let mut examples = Vec::new();
        for review in tables.reviews(Some(set), REVIEWS_OF_GOLD).await? {
            let verdicts = by_item(&tables.review_verdicts(&review.id).await?);
            let items = tables.review_items(&review.id, 0, ITEMS_MAX as u64).await?;
            for item in items {
                let Some(said) = verdicts.get(&item.n) else {
                    continue;
                };
                if let Some(verdict @ (Verdict::Right | Verdict::Wrong)) = said.majority {
                    examples.push(GoldExample {
                        texts: texts(&item.fields),
                        label: item.label,
                        better: said.better.clone(),
                        verdict,
                    });
                }
            }
        }
        Ok(examples)
    }

    /// A version of a rule set (`NAME`, or `NAME@VERSION`), and how it does on the gold of the set.
    pub(in crate::systems::labelling) async fn gold_of_version(
        &self,
        reference: String,
    ) -> Result<(ReadyRules, Gold), ReviewError> {
        let name = reference.split('@').next().unwrap_or_default();
        let examples = self.gold_examples(name).await?;
        // A set that names no fields looks at what its jobs have looked at.
        let predict_type = examples.first().map(|example| match &example.texts {
            [Some(_), ..] => PredictType::AuthorName,
            [_, Some(_), ..] => PredictType::Title,
            [_, _, Some(_), _] => PredictType::Content,
            _ => PredictType::SAreaId,
        });
        let asked = AskedRules::Named(reference);
        let rules = self.ready_rules(asked, predict_type.unwrap_or_default());
        let rules = rules.await?;
        let gold = measured(rules.clone(), examples).await?;
        Ok((rules, gold))
    }

    /// How rules do on the gold of their set.
    pub(in crate::systems::labelling) async fn gold_of(
        &self,
        rules: ReadyRules,
    ) -> Result<Gold, ReviewError> {
        let examples = self.gold_examples(&rules.name).await?;
        measured(rules, examples).await
    }

    /// What people have said, as far as a gate asks for it.
    pub(in crate::systems::labelling) async fn reviewed(
        &self,
        job: &JobId,
        set: &str,
        thresholds: &Thresholds,
    ) -> Result<Reviewed, ReviewError> {
        let mut reviewed = Reviewed::default();
        if thresholds.gold_min.is_some() {
            let rules = self.texts_of(job, Vec::<WantedTexts>::new()).await?.rules;
            reviewed.gold = self.gold_of(rules).await?.share.map(|share| share.0);
        }
        if thresholds.precision_min.is_empty() {
            return Ok(reviewed);
        }
        // Of each label the newest review in which it was judged.
        let mut lower = BTreeMap::new();
        for review in self.tables().reviews(Some(set), REVIEWS_OF_GOLD).await? {
            for (label, precision) in self.state_of_review(review).await?.labels {
                lower.entry(label).or_insert(precision.lower);
            }
        }
        reviewed.precision = lower;
        Ok(reviewed)
    }
}

async fn measured(rules: ReadyRules, examples: Vec<GoldExample>) -> Result<Gold, ReviewError> {
    let work = spawn_blocking(move || Gold::of(&rules.set, &rules.compiled, &examples));
    work.await.map_err(|_| LabellingError::ThreadLost.into())
}

impl StratumState {
    fn judged(&self) -> JudgedStratum {
        JudgedStratum {
            rows: self.rows,
            right: self.right,
            wrong: self.wrong,
        }
    }
}

/// What people say of a row together.
struct SaidOfItem {
    majority: Option<Verdict>,
    /// The label that most of those name who name one; of several the first in the alphabet.
    better: Option<String>,
}

fn by_item(verdicts: &[rule_review_verdict::Model]) -> HashMap<i32, SaidOfItem> {
    let mut of_items: HashMap<i32, Vec<&rule_review_verdict::Model>> = HashMap::new();
    for verdict in verdicts {
        of_items.entry(verdict.n).or_default().push(verdict);
    }
    let of_items = of_items.into_iter();
    of_items.map(|(n, said)| (n, together(&said))).collect()
}

fn together(said: &[&rule_review_verdict::Model]) -> SaidOfItem {
    let verdicts = said.iter().filter_map(|said| said.verdict.parse().ok());
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for label in said.iter().filter_map(|said| said.label.as_deref()) {
        *named.entry(label).or_default() += 1;
    }
    let most = named.values().copied().max();
    let better = named.into_iter().find(|(_, count)| Some(*count) == most);
    SaidOfItem {
        majority: majority(verdicts),
        better: better.map(|(label, _)| label.to_owned()),
    }
}

fn of_labels(review: &rule_review::Model, strata: &[StratumState]) -> Vec<(String, Precision)> {
    let mut by = review.strata_by.split(',');
    let Some(place) = by.position(|by| by == "label") else {
        return Vec::new();
    };
    let mut labels: BTreeMap<&str, Vec<JudgedStratum>> = BTreeMap::new();
    for stratum in strata {
        if let Some(label) = stratum.values.get(place) {
            labels.entry(label).or_default().push(stratum.judged());
        }
    }
    let labels = labels.into_iter();
    let labels = labels.filter_map(|(label, strata)| {
        let precision = Precision::of(&strata)?;
        Some((label.to_owned(), precision))
    });
    labels.collect()
}

fn texts(fields: &str) -> [Option<String>; Field::COUNT] {
    let fields: Map<String, Value> = serde_json::from_str(fields).unwrap_or_default();
    Field::ALL.map(|field| Some(fields.get(field.as_str())?.as_str()?.to_owned()))
}
