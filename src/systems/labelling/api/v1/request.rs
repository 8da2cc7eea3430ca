//! What a new job is asked to label.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::http::body::{Body, DocumentedAs, Misfit, Word, whole_number};
use crate::systems::labelling::api::rules::{COUNTDOWN_MAX_S, Rules, rules};
use crate::systems::labelling::api::words::{
    AuthorConflicts, ModelTypes, PredictTypes, RowLabelChoices,
};
use crate::systems::labelling::{LabellingRequest, PredictType, Written};

/// What to label, by which rules, and where to publish.
#[derive(Object, Deserialize)]
pub(crate) struct Labelling {
    /// The source to read, by its name on the server. Default: as set on the server.
    source: Option<String>,
    /// The table to read. Default: as set on the server.
    table: Option<String>,
    /// Where to publish, by its name on the server. Default: as set on the server.
    output: Option<String>,
    /// What the rules are. Default: `keyword_model`, or what the named `rule_set` is.
    model_type: Option<Word<ModelTypes>>,
    /// What is matched.
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
    /// regular expressions. Not together with `rule_set`. Default: the rule files of the server.
    rules: Option<Rules<BTreeMap<String, Vec<Value>>>>,
    /// A rule set of the server by its name. Not together with `rules`.
    rule_set: Option<String>,
    /// Which of the labels that match a row it gets. Default: as the rule set says.
    row_labels: Option<Word<RowLabelChoices>>,
    /// Which label an author keeps. Default: as the rule set says.
    author_conflict: Option<Word<AuthorConflicts>>,
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
        Ok(LabellingRequest {
            source: self.source,
            table: self.table,
            output: self.output,
            model_type: self.model_type.map(|word| word.0),
            predict_type: self.predict_type.map(|word| word.0),
            start_time: self.start_time.map(|moment| moment.0),
            end_time: self.end_time.map(|moment| moment.0),
            rules: rules("rules", self.rules, self.rule_set)?,
            row_labels: self.row_labels.map(|word| word.0),
            author_conflict: self.author_conflict.map(|word| word.0),
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
            (json!([]), "body: expected an object, found a list"),
        ] {
            let request = read::<Labelling>(labelling);
            let request = request.and_then(|labelling| labelling.into_request(None));
            let misfit = request.unwrap_err().to_string();
            assert!(misfit.starts_with(expected), "{misfit}");
        }
    }
}
