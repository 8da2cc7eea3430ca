//! Paths below `/v2`: the Open Inference Protocol, which the clients of Triton, KServe and MLServer speak.

mod calls;
mod documents;
mod examples;
mod tensors;

use crate::access::Role;
use crate::engine::audit::Recording;
use crate::http::{About, Api, Surface};

pub(super) use calls::InferenceApi;

/// As they are documented.
pub(super) fn api() -> Api {
    Api::compat::<InferenceApi>(about)
        .with_roles(ROLES)
        .open_to_anybody(&["v2_server_live", "v2_server_ready"])
        // Models belong to no queue, service or project.
        .showing_everything(ALL)
        // Nothing is changed, and programs call it all day.
        .recorded(&[
            ("v2_infer", Recording::ByHour),
            ("v2_infer_version", Recording::ByHour),
        ])
}

fn about() -> About {
    About {
        name: "inference",
        label: "inference (v2)",
        help: "The one of the Open Inference Protocol",
        title: "Audience inference",
        description: "The models of this server by the Open Inference Protocol, version 2, which the clients of \
            Triton (`tritonclient`), KServe and MLServer speak, with the extension `binary_tensor_data`. An error \
            answers `error`, a sentence, beside its HTTP status. Bodies are not compressed. Members, parameters of \
            requests and queries that are not known are passed over.",
        surface: Surface::Errors,
        spelled: str::to_owned,
        guarded: "/v2",
        examples: examples::examples(),
    }
}

const ROLES: &[(&str, Role)] = &[
    ("v2_server", Role::Viewer),
    ("v2_server_live", Role::Viewer),
    ("v2_server_ready", Role::Viewer),
    ("v2_model", Role::Viewer),
    ("v2_model_version", Role::Viewer),
    ("v2_model_ready", Role::Viewer),
    ("v2_model_version_ready", Role::Viewer),
    ("v2_infer", Role::Viewer),
    ("v2_infer_version", Role::Viewer),
    ("v2_repository_index", Role::Viewer),
];

const ALL: &[&str] = &[
    "v2_server",
    "v2_model",
    "v2_model_version",
    "v2_model_ready",
    "v2_model_version_ready",
    "v2_infer",
    "v2_infer_version",
    "v2_repository_index",
];
