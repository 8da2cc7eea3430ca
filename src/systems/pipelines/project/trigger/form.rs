//! `form`: a person fills in parameters and starts it.

use super::{Given, Kind, TriggerKind, TriggerScope};
use crate::systems::pipelines::project::fault::{Faults, quoted};
use crate::systems::pipelines::project::format::NAME;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::texts;

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key::required(
            "form",
            Shape::List(&Shape::Formatted(&NAME)),
            "Parameters that it shows.",
        ),
        Key::optional(
            "allow",
            Shape::List(&Shape::Text),
            "Names of tokens that may start it.",
        ),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &mut TriggerScope<'_>, faults: &mut Faults) -> Option<TriggerKind> {
    let form = spot.get("form")?;
    let mut params: Vec<String> = Vec::new();
    for below in form.elements() {
        let name = below.text()?;
        super::check_known(name, scope, &below, faults);
        if params.iter().any(|known| known == name) {
            faults.value(&below, format!("{} is given twice", quoted(name)));
        } else {
            params.push(name.to_owned());
        }
    }
    scope.given = Given::Only(params.clone());
    Some(TriggerKind::Form {
        params,
        allow: spot
            .get("allow")
            .map(|below| texts(&below))
            .unwrap_or_default(),
    })
}
