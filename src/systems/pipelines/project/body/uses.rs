//! `uses`: a flow of another system, which the job of the instance runs itself.

use std::sync::OnceLock;

use serde_json::Value;

use super::{Body, Kind};
use crate::engine::seam::{FlowDescription, SystemError};
use crate::systems;
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::names::Names;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::TaskScope;
use crate::systems::pipelines::values::Template;
use crate::yaml::Content;

/// Flows that can be used.
const WORDS: &[&str] = &["label", "dispatch", "import", "scrape", "predict", "brief"];

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key::required("uses", Shape::Words(WORDS), "A flow of another system."),
        Key::required(
            "with",
            Shape::Json,
            "What the flow is given; texts are templates.",
        ),
    ],
    read,
};

fn read(task: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Body> {
    let flow = task.text_at("uses")?;
    let with = task.get("with")?;
    if !with.node.is_mapping() {
        faults.value(&with, "expected a mapping");
        return None;
    }
    let before = faults.count();
    check_texts(&with, scope, faults);
    let request: Value = with.node.clone().into_json().ok()?;
    if let Some(known) = known(flow) {
        let checks = [check_keys, check_required, check_request];
        for check in checks {
            // What one of them finds, the next ones would find again.
            if faults.count() == before {
                check(known, &with, scope, faults);
            }
        }
    }
    Some(Body::Uses {
        flow: flow.to_owned(),
        with: request,
    })
}

/// A flow, as it is known before anything is started.
fn known(flow: &str) -> Option<&'static FlowDescription> {
    static FLOWS: OnceLock<Vec<FlowDescription>> = OnceLock::new();
    let flows = FLOWS.get_or_init(|| systems::all().interface().flows);
    flows.iter().find(|known| known.uses == Some(flow))
}

fn check_texts(spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) {
    match &spot.node.content {
        Content::Scalar(_) => drop(scope.names.template(spot, faults)),
        Content::List(_) => {
            for below in spot.elements() {
                check_texts(&below, scope, faults);
            }
        }
        Content::Mapping(_) => {
            for (_, below) in spot.entries() {
                check_texts(&below, scope, faults);
            }
        }
    }
}

fn check_keys(flow: &FlowDescription, with: &Spot<'_>, _: &TaskScope<'_>, faults: &mut Faults) {
    let Some(properties) = flow.request["properties"].as_object() else {
        return;
    };
    for (key, below) in with.entries() {
        if !properties.contains_key(key) {
            let hint = faults.hint(key, properties.keys().map(String::as_str));
            faults.key(&below, format!("unknown key{hint}"));
        }
    }
}

fn check_required(flow: &FlowDescription, with: &Spot<'_>, _: &TaskScope<'_>, faults: &mut Faults) {
    let required = flow.request["required"].as_array().into_iter().flatten();
    for key in required.filter_map(Value::as_str) {
        if with.node.entry(key).is_none() {
            faults.key(with, format!("the key `{key}` is missing"));
        }
    }
}

/// What the flow itself says of the request, with examples of what parameters may be in its texts.
fn check_request(
    flow: &FlowDescription,
    with: &Spot<'_>,
    scope: &TaskScope<'_>,
    faults: &mut Faults,
) {
    let Ok(mut request) = with.node.clone().into_json() else {
        return;
    };
    fill_in_examples(&mut request, &scope.names);
    let members = with.entries().count();
    for _ in 0..members {
        let Err(SystemError::Misfit { place, reason }) = (flow.check)(&request) else {
            return;
        };
        let end = place.find(['.', '[']).unwrap_or(place.len());
        let member = request
            .as_object_mut()
            .and_then(|members| members.shift_remove(&place[..end]));
        if member.is_none() && request.as_object().is_some_and(|left| left.len() < members) {
            // It misses what has a fault.
            return;
        }
        report(with, &place, &reason, scope, faults);
        if member.is_none() {
            return;
        }
    }
}

fn fill_in_examples(value: &mut Value, names: &Names<'_>) {
    match value {
        Value::String(text) => {
            let template = Template::parse(text);
            if let Ok(filled) = template
                .map_err(drop)
                .and_then(|it| it.fill(names).map_err(drop))
            {
                *text = filled;
            }
        }
        Value::Array(elements) => {
            for element in elements {
                fill_in_examples(element, names);
            }
        }
        Value::Object(members) => {
            for (_, member) in members.iter_mut() {
                fill_in_examples(member, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Reports a fault of the value at this place below a spot, e.g. `rules.drugs[0]`.
fn report(spot: &Spot<'_>, place: &str, reason: &str, scope: &TaskScope<'_>, faults: &mut Faults) {
    let place = place.strip_prefix('.').unwrap_or(place);
    if place.is_empty() {
        let template = spot.text().and_then(|text| Template::parse(text).ok());
        // Other values may well be good.
        if template.is_none_or(|template| scope.names.trial(&template).is_some()) {
            faults.value(spot, reason);
        }
        return;
    }
    let index = place
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'));
    if let Some((index, rest)) = index
        && let Some(below) = index
            .parse()
            .ok()
            .and_then(|index| spot.elements().nth(index))
    {
        return report(&below, rest, reason, scope, faults);
    }
    for (key, below) in spot.entries() {
        match place.strip_prefix(key) {
            Some(rest) if rest.is_empty() || rest.starts_with(['.', '[']) => {
                return report(&below, rest, reason, scope, faults);
            }
            _ => {}
        }
    }
    faults.value(spot, format!("{place}: {reason}"));
}
