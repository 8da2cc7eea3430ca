//! `uses`: a flow of another system, which the job of the instance runs itself.

use serde_json::Value;

use super::{Body, Kind};
use crate::systems::pipelines::project::fault::Faults;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;
use crate::systems::pipelines::project::task::TaskScope;
use crate::yaml::Content;

/// Flows that can be used, with what they need to be given and what they may be given. Nothing for
/// the latter: the flow checks it itself.
const FLOWS: &[(&str, &[&str], &[&str])] = &[
    ("label", &[], &[]),
    ("dispatch", &["service"], &["service", "condition"]),
];

const WORDS: &[&str] = &["label", "dispatch"];

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
    let (_, needed, allowed) = FLOWS.iter().find(|(name, ..)| *name == flow)?;
    for key in *needed {
        if with.node.entry(key).is_none() {
            faults.key(&with, format!("the key `{key}` is missing"));
        }
    }
    if !allowed.is_empty() {
        for (key, below) in with.entries() {
            if !allowed.contains(&key) {
                let hint = faults.hint(key, allowed.iter().copied());
                faults.key(&below, format!("unknown key{hint}"));
            }
        }
    }
    check_texts(&with, scope, faults);
    let with: Value = with.node.clone().into_json().ok()?;
    Some(Body::Uses {
        flow: flow.to_owned(),
        with,
    })
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
