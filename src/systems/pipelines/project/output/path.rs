//! `path`: a file or a directory.

use super::{Form, Output};
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::format::{SIZE, size};
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::TaskScope;
use crate::systems::pipelines::values::Template;

pub(super) const FORM: Form = Form {
    keys: &[
        Key::required(
            "path",
            Shape::Text,
            "A file or a directory, relative to the project.",
        ),
        Key::optional("min_bytes", Shape::Formatted(&SIZE), "Its least size."),
        Key::optional(
            "atomic",
            Shape::Bool,
            "Whether it is made beside its place and moved there whole; true.",
        ),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Output> {
    let path = read_path(&spot.get("path")?, scope, faults)?;
    Some(Output::Path {
        path,
        min_bytes: spot.text_at("min_bytes").and_then(size).unwrap_or(0),
        atomic: spot.get("atomic").is_none_or(|below| below.is_true()),
    })
}

/// A text alone is a path.
pub(super) fn read_text(
    spot: &Spot<'_>,
    scope: &TaskScope<'_>,
    faults: &mut Faults,
) -> Option<Output> {
    let path = read_path(spot, scope, faults)?;
    Some(Output::Path {
        path,
        min_bytes: 0,
        atomic: true,
    })
}

/// A path, or an expression for several.
pub(super) fn read_path(
    spot: &Spot<'_>,
    scope: &TaskScope<'_>,
    faults: &mut Faults,
) -> Option<Template> {
    let text = spot.text()?;
    if text.is_empty() {
        faults.value(spot, "the path is empty");
    }
    // `IN_<task>` gives paths one a line.
    if text.chars().any(char::is_control) {
        faults.value(
            spot,
            "the path holds a control character; expected it on one line",
        );
    }
    // Not even a value of a variable makes this one a path inside.
    if text.split('/').any(|part| part == "..") {
        faults.value(spot, "expected a path inside of the project, without `..`");
    }
    scope.names.template(spot, faults)
}
