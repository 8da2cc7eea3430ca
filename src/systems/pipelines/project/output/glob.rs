//! `glob`: at least so many files match.

use glob::Pattern;

use super::path::read_path;
use super::{Form, Output};
use crate::systems::pipelines::project::fault::{Faults, quoted};
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::TaskScope;

pub(super) const FORM: Form = Form {
    keys: &[
        Key::required(
            "glob",
            Shape::Text,
            "Files with *, ? and [a-z] in their names.",
        ),
        Key::optional(
            "min",
            Shape::Whole(1, i64::MAX),
            "How many have to match; 1.",
        ),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Output> {
    let glob = spot.get("glob")?;
    let template = read_path(&glob, scope, faults)?;
    // Values stand for themselves.
    if let Ok(sample) = template.fill(&scope.names)
        && let Err(error) = Pattern::new(&sample)
    {
        let text = quoted(glob.text()?);
        faults.value(&glob, format!("invalid pattern {text}: {}", error.msg));
    }
    Some(Output::Glob {
        glob: template,
        min: spot
            .get("min")
            .and_then(|below| below.number())
            .unwrap_or(1),
    })
}
