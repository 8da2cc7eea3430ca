//! `run`: scripts for the shell of the task. Nothing in them is replaced.

use super::{Body, Kind};
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::TaskScope;

pub(super) const KIND: Kind = Kind {
    keys: &[Key::required(
        "run",
        Shape::Any(&[Shape::Text, Shape::Some(&Shape::Text)]),
        "A script, or several that run one after the other. Parameters are variables, $date.",
    )],
    read,
};

fn read(task: &Spot<'_>, _: &TaskScope<'_>, faults: &mut Faults) -> Option<Body> {
    let spot = task.get("run")?;
    let mut scripts = Vec::new();
    for below in spot.one_or_more() {
        let text = below.text()?;
        if text.trim().is_empty() {
            faults.value(&below, "the script is empty; expected commands");
        }
        if text.contains('\0') {
            faults.value(&below, "the script holds a NUL; expected a text");
        }
        scripts.push(text.to_owned());
    }
    Some(Body::Run(scripts))
}
