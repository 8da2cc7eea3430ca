//! Variables of the environment.

use super::fault::Faults;
use super::names::Names;
use super::spot::Spot;
use crate::systems::pipelines::values::Template;

/// Each attempt has its own of these.
const OF_ATTEMPTS: &[&str] = &[
    "OUT",
    "TMPDIR",
    "AUDIENCE_PROJECT",
    "AUDIENCE_RUN",
    "AUDIENCE_JOB",
    "AUDIENCE_ATTEMPT",
    "AUDIENCE_COMMIT",
];

/// A variable may use those above it, which are added to the names.
pub(super) fn read(
    spot: &Spot<'_>,
    names: &mut Names<'_>,
    faults: &mut Faults,
) -> Vec<(String, Template)> {
    let mut env: Vec<(String, Template)> = Vec::new();
    for (name, below) in spot.entries() {
        if OF_ATTEMPTS.contains(&name) || is_numbered_output(name) {
            faults.key(&below, "is set for each attempt; expected another name");
        }
        env.extend(
            names
                .template(&below, faults)
                .map(|template| (name.to_owned(), template)),
        );
        names.add(name);
    }
    env
}

fn is_numbered_output(name: &str) -> bool {
    let number = name.strip_prefix("OUT_");
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}
