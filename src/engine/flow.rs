//! A flow as data: steps by name, and which come after which.

use std::collections::BTreeMap;

use entity::JobId;
use serde_json::Value;

use crate::engine::store::{NewJob, NewStep};

/// A graph of steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    pub name: String,
    pub steps: Vec<FlowStep>,
}

/// One node of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowStep {
    pub name: String,
    pub kind: String,
    pub params: Value,
    /// Names of the steps that must have completed before.
    pub after: Vec<String>,
    /// Seconds to wait once they have.
    pub delay_s: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    #[error("flow `{flow}` has no steps")]
    Empty { flow: String },
    #[error("flow `{flow}` has two steps named `{step}`")]
    Twice { flow: String, step: String },
    #[error("step `{step}` comes after `{before}`, which the flow does not have")]
    UnknownStep { step: String, before: String },
    #[error("steps wait for each other in a circle: {}", steps.join(", "))]
    Circle { steps: Vec<String> },
}

impl Flow {
    /// Whether each step can be reached: names are unique and known, nothing goes in a circle.
    pub fn validate(&self) -> Result<(), FlowError> {
        if self.steps.is_empty() {
            return Err(FlowError::Empty {
                flow: self.name.clone(),
            });
        }
        let mut waiting = BTreeMap::new();
        for step in &self.steps {
            if waiting.insert(step.name.as_str(), step).is_some() {
                return Err(FlowError::Twice {
                    flow: self.name.clone(),
                    step: step.name.clone(),
                });
            }
        }
        for step in &self.steps {
            if let Some(before) = step
                .after
                .iter()
                .find(|name| !waiting.contains_key(name.as_str()))
            {
                return Err(FlowError::UnknownStep {
                    step: step.name.clone(),
                    before: before.clone(),
                });
            }
        }
        loop {
            let ready: Vec<&str> = waiting
                .values()
                .filter(|step| {
                    !step
                        .after
                        .iter()
                        .any(|name| waiting.contains_key(name.as_str()))
                })
                .map(|step| step.name.as_str())
                .collect();
            if ready.is_empty() {
                break;
            }
            waiting.retain(|name, _| !ready.contains(name));
        }
        if waiting.is_empty() {
            Ok(())
        } else {
            Err(FlowError::Circle {
                steps: waiting.keys().map(|name| (*name).to_owned()).collect(),
            })
        }
    }

    /// A run of this flow, to be stored.
    pub fn into_job(
        self,
        id: JobId,
        queue: String,
        request: Value,
        idempotency_key: Option<String>,
        blobs: Vec<Vec<u8>>,
    ) -> Result<NewJob, FlowError> {
        self.validate()?;
        let number_of: BTreeMap<String, i32> = self
            .steps
            .iter()
            .enumerate()
            .map(|(no, step)| (step.name.clone(), no as i32))
            .collect();
        let steps = self.steps.into_iter().map(|step| NewStep {
            after: step
                .after
                .iter()
                .filter_map(|name| number_of.get(name).copied())
                .collect(),
            name: step.name,
            kind: step.kind,
            params: step.params,
            delay_s: i64::from(step.delay_s),
        });
        let steps = steps.collect();
        Ok(NewJob {
            id,
            flow: self.name,
            queue,
            request,
            idempotency_key,
            steps,
            blobs,
            ..NewJob::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step's name and the names of those before it.
    type Named<'a> = (&'a str, &'a [&'a str]);

    fn flow(steps: &[Named<'_>]) -> Flow {
        let steps = steps.iter().map(|(name, after)| FlowStep {
            name: (*name).to_owned(),
            kind: "any".to_owned(),
            params: Value::Null,
            after: after.iter().map(|name| (*name).to_owned()).collect(),
            delay_s: 0,
        });
        Flow {
            name: "test".to_owned(),
            steps: steps.collect(),
        }
    }

    #[test]
    fn a_flow_is_a_graph_without_circles() {
        let table: [(&[Named<'_>], &str); 6] = [
            (&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"])], ""),
            (&[("b", &["a"]), ("a", &[])], ""),
            (&[], "flow `test` has no steps"),
            (
                &[("a", &[]), ("a", &[])],
                "flow `test` has two steps named `a`",
            ),
            (
                &[("a", &["x"])],
                "step `a` comes after `x`, which the flow does not have",
            ),
            (
                &[("a", &["b"]), ("b", &["a"]), ("c", &[])],
                "steps wait for each other in a circle: a, b",
            ),
        ];
        for (steps, expected) in table {
            let error = flow(steps).validate().err().map(|error| error.to_string());
            assert_eq!(error.unwrap_or_default(), expected);
        }
    }
}
