//! The body of `POST /v1/jobs`.

use poem_openapi::Object;
use serde::Deserialize;

use crate::http::body::{Body, Misfit, queue_name};
use crate::systems::labelling::LabellingRequest;
use crate::systems::labelling::api::v1::request::Labelling;

/// A job to be run: exactly one flow.
#[derive(Object, Deserialize)]
pub(super) struct NewJob {
    /// Label a table of posts and publish panels.
    labelling: Option<Labelling>,
    /// Jobs of one queue share a limit of how many run at once. Default: `queue1`.
    #[oai(validator(max_length = 64, min_length = 1, pattern = "^[A-Za-z0-9_.-]+$"))]
    #[serde(default, deserialize_with = "queue_name")]
    queue: Option<String>,
}

impl Body for NewJob {}

impl NewJob {
    pub fn into_request(self) -> Result<LabellingRequest, Misfit> {
        let Some(labelling) = self.labelling else {
            return Err(Misfit::new("", "expected exactly one flow: labelling"));
        };
        let request = labelling.into_request(self.queue);
        request.map_err(|misfit| misfit.inside("labelling"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::read;
    use serde_json::{Value, json};

    fn request(body: Value) -> Result<LabellingRequest, Misfit> {
        read::<NewJob>(body)?.into_request()
    }

    #[test]
    fn a_job_is_exactly_one_flow() {
        for body in [
            json!({}),
            json!({ "labelling": null }),
            json!({ "queue": "a" }),
        ] {
            let misfit = request(body).unwrap_err().to_string();
            assert_eq!(misfit, "body: expected exactly one flow: labelling");
        }
        request(json!({ "labelling": {} })).unwrap();
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (labelling, expected) in [
            (
                json!({ "row_labels": "some" }),
                "labelling.row_labels: expected first or all, found `some`",
            ),
            (
                json!({ "author_conflict": 1 }),
                "labelling.author_conflict: expected a string",
            ),
            (
                json!({ "queue": "a" }),
                "labelling.queue: unknown field; known are source",
            ),
            (
                json!({ "rules": {}, "rule_set": "a" }),
                "labelling.rules: cannot be given together",
            ),
            (
                json!({ "start_time": "soon" }),
                "labelling.start_time: `soon` is not a time",
            ),
            (json!([]), "labelling: expected an object, found a list"),
        ] {
            let misfit = request(json!({ "labelling": labelling })).unwrap_err();
            let misfit = misfit.to_string();
            assert!(misfit.starts_with(expected), "{misfit}");
        }
    }
}
