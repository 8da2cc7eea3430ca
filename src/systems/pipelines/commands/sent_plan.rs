//! A plan that a server has sent, drawn as one that was made here.

use std::collections::{BTreeMap, HashMap};

use crate::printable::printable;
use crate::systems::pipelines::plan_view::PlanView;
use crate::systems::pipelines::planning::{Drawn, in_words};

pub(super) struct SentPlan {
    view: PlanView,
    targets: Vec<u32>,
    needs: Vec<Vec<u32>>,
}

impl SentPlan {
    pub(super) fn of(view: PlanView) -> Self {
        let places: HashMap<&str, u32> = view
            .instances
            .iter()
            .zip(0..)
            .map(|(instance, place)| (instance.id.as_str(), place))
            .collect();
        let found = |ids: &[String]| -> Vec<u32> {
            let places = ids.iter().map(|id| places.get(id.as_str()).copied());
            places.flatten().collect()
        };
        let needs = view.instances.iter();
        Self {
            targets: found(&view.targets),
            needs: needs.map(|instance| found(&instance.needs)).collect(),
            view,
        }
    }
}

impl Drawn for SentPlan {
    fn instances(&self) -> usize {
        self.view.instances.len()
    }

    fn targets(&self) -> &[u32] {
        &self.targets
    }

    fn needs(&self, place: u32) -> Vec<u32> {
        self.needs[place as usize].clone()
    }

    fn action(&self, place: u32) -> &str {
        &self.view.instances[place as usize].action
    }

    fn reason(&self, place: u32) -> Option<String> {
        let reason = self.view.instances[place as usize].reason.as_deref();
        reason.map(|reason| printable(reason).into_owned())
    }

    fn name(&self, place: u32) -> String {
        printable(&self.view.instances[place as usize].id).into_owned()
    }

    fn task(&self, place: u32) -> String {
        let instance = &self.view.instances[place as usize];
        let name = instance.id.split('(').next().unwrap_or_default();
        printable(name).into_owned()
    }

    fn counts(&self) -> String {
        counts_in_words(&self.view.counts)
    }

    fn left_out(&self) -> usize {
        0
    }
}

/// Counts by the words of actions.
pub(super) fn counts_in_words(counts: &BTreeMap<String, usize>) -> String {
    in_words(|action| counts.get(action.as_str()).copied().unwrap_or(0))
}
