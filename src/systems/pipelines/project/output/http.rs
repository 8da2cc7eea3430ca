//! `http`: an address answers with this status.

use super::{Form, Output};
use crate::systems::pipelines::project::fault::{Faults, quoted};
use crate::systems::pipelines::project::names::has_values;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::TaskScope;
use crate::systems::pipelines::values::{Piece, Template};

pub(super) const FORM: Form = Form {
    keys: &[
        Key::required(
            "http",
            Shape::Text,
            "An address of a host of `pipelines.http_allow`.",
        ),
        Key::optional(
            "status",
            Shape::Whole(100, 599),
            "What it has to answer; 200.",
        ),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Output> {
    let http = spot.get("http")?;
    let url = scope.names.template(&http, faults)?;
    check(&url, &http, scope, faults);
    Some(Output::Http {
        url,
        status: spot
            .get("status")
            .and_then(|below| below.number())
            .unwrap_or(200),
    })
}

fn check(template: &Template, spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) {
    // Where the host is a variable, it is checked when the output is asked.
    let Some(Piece::Text(beginning)) = template.pieces.first() else {
        return;
    };
    let mut schemes = ["http://", "https://"].into_iter();
    let Some((scheme, rest)) =
        schemes.find_map(|scheme| Some((scheme, beginning.strip_prefix(scheme)?)))
    else {
        let found = quoted(beginning);
        return faults.value(spot, format!("found {found}; expected http:// or https://"));
    };
    let end = rest.find(['/', '?', '#']);
    if end.is_none() && has_values(template) {
        return;
    }
    let host = &rest[..end.unwrap_or(rest.len())];
    if host.is_empty() || host.contains(['@', ' ']) {
        return faults.value(spot, "expected an address with a host");
    }
    let is_allowed = scope.context.surroundings.is_allowed;
    if is_allowed.is_some_and(|is_allowed| !is_allowed(&format!("{scheme}{host}/"))) {
        let host = quoted(host);
        let problem = format!("the host {host} is not one of `pipelines.http_allow`");
        faults.value(spot, problem);
    }
}
