//! `after`: a job of another task has ended. Its parameters are passed on.

use entity::JobState;

use super::{Given, Kind, TriggerKind, TriggerScope};
use crate::systems::pipelines::project::context::split;
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::format::TASK;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key::required("after", Shape::Formatted(&TASK), "A task, or project/task."),
        Key::optional(
            "state",
            Shape::Words(&["succeeded", "failed", "cancelled", "skipped"]),
            "How its job has ended; succeeded.",
        ),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &mut TriggerScope<'_>, faults: &mut Faults) -> Option<TriggerKind> {
    let after = spot.get("after")?;
    let text = after.text().filter(|text| (TASK.accepts)(text))?;
    let (project, task) = split(text);
    let target = scope.context.target(text, &after, faults)?;
    scope.given = match target.params() {
        Some(params) => Given::Only(params.iter().map(|(name, _)| (*name).to_owned()).collect()),
        None => Given::Any,
    };
    Some(TriggerKind::After {
        project: project.unwrap_or(scope.context.project).to_owned(),
        task: task.to_owned(),
        state: match spot.text_at("state") {
            Some("failed") => JobState::Failed,
            Some("cancelled") => JobState::Cancelled,
            Some("skipped") => JobState::Skipped,
            _ => JobState::Succeeded,
        },
    })
}
