//! `marker: true`: this instance succeeded here once.

use super::{Form, Output};
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::TaskScope;

pub(super) const FORM: Form = Form {
    keys: &[Key::required(
        "marker",
        Shape::Bool,
        "This instance succeeded once; true.",
    )],
    read,
};

fn read(spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Output> {
    let marker = spot.get("marker")?;
    if matches!(marker.text(), Some("false" | "False" | "FALSE")) {
        faults.value(&marker, "expected true, or another form of output");
    }
    if !scope.has_body {
        faults.value(
            &marker,
            "only tasks with a body leave a marker; expected a body",
        );
    }
    Some(Output::Marker)
}
