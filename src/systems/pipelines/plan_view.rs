//! A plan as callers read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::planning::Plan;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlanView {
    /// Identities of what was asked for.
    pub targets: Vec<String>,
    /// How many instances there are of each action.
    pub counts: BTreeMap<String, usize>,
    pub instances: Vec<InstanceView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InstanceView {
    pub id: String,
    pub task: String,
    pub params: BTreeMap<String, String>,
    pub action: String,
    pub reason: Option<String>,
    /// Identities of what it needs.
    pub needs: Vec<String>,
}

impl PlanView {
    pub(crate) fn of(plan: &Plan) -> Self {
        let names: Vec<String> = plan
            .instances
            .iter()
            .map(|instance| plan.name(instance))
            .collect();
        let counts = plan
            .counts
            .by_action()
            .into_iter()
            .filter(|(_, count)| *count > 0);
        let instances = plan
            .instances
            .iter()
            .zip(&names)
            .map(|(instance, name)| InstanceView {
                id: name.clone(),
                task: plan.task(instance).name.clone(),
                params: plan
                    .params(instance)
                    .map(|(name, value)| (name.to_owned(), value.to_string()))
                    .collect(),
                action: instance.action.as_str().to_owned(),
                reason: plan.reason(instance),
                needs: instance
                    .needs
                    .iter()
                    .map(|need| names[need.on as usize].clone())
                    .collect(),
            });
        Self {
            targets: plan
                .targets
                .iter()
                .map(|place| names[*place as usize].clone())
                .collect(),
            counts: counts
                .map(|(action, count)| (action.as_str().to_owned(), count))
                .collect(),
            instances: instances.collect(),
        }
    }
}
