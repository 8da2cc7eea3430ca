//! `file`: a file of such a name is there and does not change any more.

use std::time::Duration;

use regex_automata::PatternID;

use super::{Given, Kind, TriggerKind, TriggerScope};
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::format::{DURATION, SOME_TIME, duration};
use crate::systems::pipelines::project::names::Names;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;

const POLL: Duration = Duration::from_secs(10);
const SETTLE: Duration = Duration::from_secs(5);

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key::required(
            "file",
            Shape::Text,
            "Path whose last segment is an expression; its groups are parameters.",
        ),
        Key::optional(
            "poll",
            Shape::Formatted(&SOME_TIME),
            "How often it is looked for; 10s.",
        ),
        Key::optional(
            "settle",
            Shape::Formatted(&DURATION),
            "How long it has to stay unchanged; 5s.",
        ),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &mut TriggerScope<'_>, faults: &mut Faults) -> Option<TriggerKind> {
    let file = spot.get("file")?;
    let text = file.text()?;
    let (directory, name) = match text.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((directory, name)) => (directory, name),
        None => (".", text),
    };
    let names = Names::of_env(&scope.context.env);
    let directory = names.template_of(directory, &file, faults);
    if name.is_empty() {
        faults.value(
            &file,
            "the last segment is empty; expected an expression for file names",
        );
        return None;
    }
    let regex = match scope.patterns.whole(name) {
        Ok(regex) => regex,
        Err(problem) => {
            faults.value(&file, problem);
            return None;
        }
    };
    let groups = regex.group_info().pattern_names(PatternID::ZERO).flatten();
    let groups: Vec<String> = groups.map(str::to_owned).collect();
    for group in &groups {
        super::check_known(group, scope, &file, faults);
    }
    scope.given = Given::Only(groups);
    Some(TriggerKind::File {
        directory: directory?,
        name: name.to_owned(),
        regex: regex.clone(),
        poll: spot.text_at("poll").and_then(duration).unwrap_or(POLL),
        settle: spot.text_at("settle").and_then(duration).unwrap_or(SETTLE),
    })
}
