//! `exec`: a program and its arguments, without a shell.

use super::{Body, Kind};
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::output::Output;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::{TaskScope, input_name};

pub(super) const KIND: Kind = Kind {
    keys: &[Key::required(
        "exec",
        Shape::Some(&Shape::Text),
        "A program and its arguments; they may use {date}, {DATA}, {OUT} and {IN_task}.",
    )],
    read,
};

fn read(task: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Body> {
    let spot = task.get("exec")?;
    let mut names = scope.names.clone();
    for requirement in scope.requires {
        names.add(input_name(&requirement.task));
    }
    let is_made = |output: &&Output| matches!(output, Output::Path { .. } | Output::Glob { .. });
    for no in 1..=scope.outputs.iter().filter(is_made).count() {
        names.add(if no == 1 {
            "OUT".to_owned()
        } else {
            format!("OUT_{no}")
        });
    }
    let arguments = spot.elements().map(|below| {
        if below.text() == Some("") && below.node.position == spot.node.position {
            return None;
        }
        names.template(&below, faults)
    });
    let arguments: Vec<_> = arguments.collect();
    arguments.into_iter().collect::<Option<_>>().map(Body::Exec)
}
