//! What a new job is asked to label.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::http::body::{Body, DocumentedAs, Misfit, Word, whole_number};
use crate::systems::labelling::api::rules::{COUNTDOWN_MAX_S, Rules, asked_model, rules};
use crate::systems::labelling::api::words::{
    AuthorConflicts, IncrementalChoices, ModelTypes, PredictTypes, RowLabelChoices,
};
use crate::systems::labelling::{LabellingRequest, ModelType, PredictType, Written};

/// What to label, by which rules, and where to publish.
#[derive(Object, Deserialize)]
pub(crate) struct Labelling {
    /// The source to read, by its name on the server. Default: as set on the server.
    source: Option<String>,
    /// The table to read. Default: as set on the server.
    table: Option<String>,
    /// Where to publish, by its name on the server. Default: as set on the server.
    output: Option<String>,
    /// What labels: rules of one of the three kinds, or a `model`. Default: `keyword_model`, or what the named
    /// `rule_set` is, or `text_model` with a `model`.
    model_type: Option<Word<ModelTypes>>,
    /// What is matched. Left out where a `mixed_model` names its fields (`in`).
    #[oai(default = "author_name")]
    predict_type: Option<Word<PredictTypes>>,
    /// First moment of the range: `YYYY-MM-DD HH:MM:SS`, ISO 8601, or a date. Default: as set on
    /// the server, usually a year before now.
    start_time: Option<DocumentedAs<Written, String>>,
    /// Last moment of the range, written like `start_time`. Default: as set on the server,
    /// usually now.
    end_time: Option<DocumentedAs<Written, String>>,
    /// Rules: `{label: [[text, match_type], …]}` for keywords, where a match type is
    /// `partially`, `start`, `end`, `absolutely` or `exactly`; `{label: [pattern, …]}` for
    /// regular expressions; for a `mixed_model` a document, as rule sets are written in JSON. Not together
    /// with `rule_set`. Default: the rule files of the server.
    rules: Option<Rules<BTreeMap<String, Value>>>,
    /// A rule set by its name: `NAME` is the active version when the job is submitted, `NAME@8` that version,
    /// `NAME@newest` the newest one; the version is fixed then. Not together with `rules`.
    rule_set: Option<String>,
    /// A model of texts that labels instead of rules: `NAME`, `NAME@ALIAS` or `NAME:VERSION`; without either its
    /// alias `champion`. Its labels become panels. The version is fixed when the task is submitted.
    model: Option<String>,
    /// With `model`: what the score of a label has to be at least. Default: any score is enough.
    min_score: Option<f64>,
    /// Which of the labels that match a row it gets: with a `model`, the best one, or all with enough score.
    /// Default: as the rule set says, else `first`.
    row_labels: Option<Word<RowLabelChoices>>,
    /// Which label an author keeps. Default: as the rule set says.
    author_conflict: Option<Word<AuthorConflicts>>,
    /// With a `mixed_model`: whether what its rules find is kept, so that a later job can be incremental. Default:
    /// for named rule sets.
    ledger: Option<bool>,
    /// With a `mixed_model`: `auto` labels only the rows that changed rules touch and takes the others from the
    /// ledger of the newest published job of the same rule set, source and table, or says in `warnings` why all
    /// rows are labelled; `require` refuses then with 409. The result is the same. Default: `off`.
    incremental: Option<Word<IncrementalChoices>>,
    /// Seconds between labelling and publishing.
    #[oai(default, validator(minimum(value = "0"), maximum(value = "604800")))]
    #[serde(default, deserialize_with = "whole_number::<0, COUNTDOWN_MAX_S, _>")]
    countdown_s: u32,
}

fn author_name() -> Option<Word<PredictTypes>> {
    Some(Word(PredictType::AuthorName))
}

impl Body for Labelling {}

impl Labelling {
    /// The request as the system knows it.
    pub fn into_request(self, queue: Option<String>) -> Result<LabellingRequest, Misfit> {
        let model_type = self.model_type.map(|word| word.0);
        let model = asked_model(model_type, self.model, self.min_score)?;
        Ok(LabellingRequest {
            source: self.source,
            table: self.table,
            output: self.output,
            rule_kind: model_type.and_then(ModelType::of_rules),
            is_mixed: model_type == Some(ModelType::MixedModel),
            predict_type: self.predict_type.map(|word| word.0),
            start_time: self.start_time.map(|moment| moment.0),
            end_time: self.end_time.map(|moment| moment.0),
            rules: rules("rules", self.rules, self.rule_set, model.as_ref())?,
            model,
            row_labels: self.row_labels.map(|word| word.0),
            author_conflict: self.author_conflict.map(|word| word.0),
            ledger: self.ledger,
            incremental: self.incremental.map(|word| word.0).unwrap_or_default(),
            countdown_s: self.countdown_s,
            queue,
            ..LabellingRequest::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::read;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (labelling, expected) in [
            (
                json!({ "row_labels": "some" }),
                "row_labels: expected first or all, found `some`",
            ),
            (
                json!({ "author_conflict": 1 }),
                "author_conflict: expected a string",
            ),
            (
                json!({ "queue": "a" }),
                "queue: unknown field; known are source",
            ),
            (
                json!({ "rules": {}, "rule_set": "a" }),
                "rules: cannot be given together",
            ),
            (
                json!({ "start_time": "soon" }),
                "start_time: `soon` is not a time",
            ),
            (
                json!({ "model_type": "text_model" }),
                "model: is missing; expected NAME",
            ),
            (
                json!({ "model_type": "rule_model", "model": "sentiment" }),
                "model: cannot be given together with model_type rule_model",
            ),
            (
                json!({ "model": "sentiment", "rule_set": "a" }),
                "rule_set: cannot be given together with model",
            ),
            (
                json!({ "model": "sentiment", "min_score": "0.5" }),
                "min_score: expected a number, found",
            ),
            (
                json!({ "min_score": 0.5 }),
                "min_score: cannot be given without a model",
            ),
            (json!([]), "body: expected an object, found a list"),
        ] {
            let request = read::<Labelling>(labelling);
            let request = request.and_then(|labelling| labelling.into_request(None));
            let misfit = request.unwrap_err().to_string();
            assert!(misfit.starts_with(expected), "{misfit}");
        }
    }

    #[test]
    fn a_model_labels_instead_of_rules() {
        let labelling =
            json!({ "model": "sentiment@b", "min_score": 1, "model_type": "text_model" });
        let request = read::<Labelling>(labelling).unwrap();
        let request = request.into_request(None).unwrap();
        let asked = request.model.unwrap();
        assert_eq!(
            (asked.name.as_str(), asked.min_score),
            ("sentiment@b", Some(1.0))
        );
        assert_eq!(request.rule_kind, None);
    }
}
