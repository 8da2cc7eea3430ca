//! `sql`: statements of one transaction. `:date` binds a parameter.

use super::{Body, Kind};
use crate::systems::pipelines::project::fault::{Faults, quoted};
use crate::systems::pipelines::project::shape::{Key, Mapping, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::sql;
use crate::systems::pipelines::project::task::TaskScope;

/// Unknown names of one statement that are reported.
const REPORTED_MAX: usize = 100;

pub(super) const KIND: Kind = Kind {
    keys: &[Key::required(
        "sql",
        Shape::Keys(&Mapping::of(&[
            Key::required(
                "connection",
                Shape::Text,
                "A name of `pipelines.connections`.",
            ),
            Key::required(
                "run",
                Shape::Text,
                "Statements of one transaction; :date binds.",
            ),
        ])),
        "Statements for a database.",
    )],
    read,
};

fn read(task: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Body> {
    let spot = task.get("sql")?;
    let (connection, run) = (spot.get("connection")?, spot.get("run")?);
    let name = connection.text()?;
    scope.context.check_connection(name, &connection, faults);
    check(&run, scope, faults);
    let commits = scope.context.surroundings.commits_definitions;
    if commits.is_some_and(|names| names.contains(name))
        && let Some(word) = sql::definition(run.text()?)
    {
        let problem = format!(
            "MariaDB and MySQL commit at {word}: what stands before it stays, also if a later \
             statement fails"
        );
        faults.warn(run.value_place(), problem);
    }
    Some(Body::Sql {
        connection: name.to_owned(),
        run: run.text()?.to_owned(),
    })
}

/// Whether all that a text binds are parameters of the task.
pub(in crate::systems::pipelines::project) fn check(
    spot: &Spot<'_>,
    scope: &TaskScope<'_>,
    faults: &mut Faults,
) {
    let Some(text) = spot.text() else {
        return;
    };
    if text.trim().is_empty() {
        faults.value(spot, "the text is empty; expected a statement");
    }
    let Some(params) = &scope.head.params else {
        return;
    };
    let known = || params.iter().map(|declared| declared.name.as_str());
    let mut reported = Vec::new();
    for name in sql::names(text) {
        if known().any(|known| known == name) || reported.contains(&name) {
            continue;
        }
        if reported.len() >= REPORTED_MAX {
            break;
        }
        reported.push(name);
        let hint = faults.hint(name, known());
        let name = quoted(&format!(":{name}"));
        faults.value(spot, format!("unknown parameter {name}{hint}"));
    }
}
