//! The body of `POST /v1/jobs`: one member per flow, of which it has exactly one.

use std::sync::Arc;

use poem_openapi::Object;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::engine::Flows;
use crate::engine::seam::{AnyFlow, Composing, NewRun, Previewing, SystemError};
use crate::http::body::{Body, Misfit, queue_name};
use crate::http::error::Failure;

/// A job to be run: exactly one flow.
#[derive(Debug, Object, Deserialize)]
pub(super) struct NewJob {
    /// Jobs of one queue share a limit of how many run at once. Default: `queue1`.
    #[oai(validator(max_length = 64, min_length = 1, pattern = "^[A-Za-z0-9_.-]+$"))]
    #[serde(default, deserialize_with = "queue")]
    queue: Option<String>,
    /// Requests by the names of flows. The document gets a member for each flow that there is.
    #[oai(skip)]
    #[serde(flatten)]
    flows: Map<String, Value>,
}

impl Body for NewJob {}

#[derive(Deserialize)]
struct QueueName(#[serde(deserialize_with = "queue_name")] Option<String>);

/// `null` counts as left out.
fn queue<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = Option::<QueueName>::deserialize(deserializer)?;
    Ok(name.and_then(|name| name.0))
}

impl NewJob {
    /// Lets the flow that the body names read its request.
    pub fn compose(self, flows: &Flows, key: Option<String>) -> Result<Composing, Failure> {
        self.with_flow(flows, key, |flow, request, run| flow.compose(request, run))
    }

    /// Lets the flow that the body names say what it would do.
    pub fn preview(self, flows: &Flows) -> Result<Previewing, Failure> {
        self.with_flow(flows, None, |flow, request, run| flow.preview(request, run))
    }

    fn with_flow<T>(
        self,
        flows: &Flows,
        key: Option<String>,
        read: impl FnOnce(&Arc<dyn AnyFlow>, Value, NewRun) -> Result<T, SystemError>,
    ) -> Result<T, Failure> {
        let run = NewRun {
            id: None,
            queue: self.queue,
            idempotency_key: key,
        };
        let members: Vec<&str> = flows
            .descriptions()
            .filter_map(|flow| flow.member)
            .collect();
        let (member, request) = only_member(self.flows, &members)?;
        let flow = flows.find_by_member(&member);
        let flow = flow.ok_or_else(|| Misfit::new(&member, "is not a flow"))?;
        read(flow, request, run).map_err(|error| match error {
            SystemError::Misfit { place, reason } => {
                Misfit { place, reason }.inside(&member).into()
            }
            other => other.into(),
        })
    }
}

/// The flow that has a request, and the request.
fn only_member(given: Map<String, Value>, known: &[&str]) -> Result<(String, Value), Misfit> {
    let mut found = Vec::new();
    for (name, request) in given {
        if !known.contains(&name.as_str()) {
            let known = known.join(", ");
            let reason = format!("unknown field; known are {known}, queue");
            return Err(Misfit::new(&name, reason));
        }
        if !request.is_null() {
            found.push((name, request));
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => {
            let reason = format!("expected exactly one flow: {}", known.join(", "));
            Err(Misfit::new("", reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::read;
    use serde_json::json;

    fn flow(body: Value) -> Result<String, String> {
        let job = read::<NewJob>(body).map_err(|misfit| misfit.to_string())?;
        let only = only_member(job.flows, &["labels", "copies"]);
        only.map(|(name, _)| name)
            .map_err(|misfit| misfit.to_string())
    }

    #[test]
    fn a_job_is_exactly_one_flow() {
        for body in [
            json!({}),
            json!({ "labels": null }),
            json!({ "queue": "a" }),
            json!({ "queue": null }),
            json!({ "labels": {}, "copies": {} }),
        ] {
            let misfit = flow(body).unwrap_err();
            assert_eq!(misfit, "body: expected exactly one flow: labels, copies");
        }
        let body = json!({ "labels": {}, "copies": null, "queue": null });
        assert_eq!(flow(body).unwrap(), "labels");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (body, expected) in [
            (
                json!({ "labels": {}, "colour": 1 }),
                "colour: unknown field; known are labels, copies, queue",
            ),
            (
                json!({ "queue": 1, "labels": {} }),
                "queue: expected a string, found 1",
            ),
            (
                json!({ "queue": "a b", "labels": {} }),
                "queue: expected 1 to 64 of A-Z a-z 0-9 _ . -",
            ),
            (json!([]), "body: expected an object, found a list"),
        ] {
            assert_eq!(flow(body).unwrap_err(), expected);
        }
    }
}
