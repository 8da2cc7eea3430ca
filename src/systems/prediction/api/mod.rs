//! The HTTP calls of prediction.

mod v1;

use crate::access::Role;
use crate::http::{Api, Routes};
use crate::systems::prediction::importing::Imports;

use v1::{ImportsApi, MappingsApi, ReadingApi};

pub(super) fn apis() -> Vec<Api> {
    vec![
        Api::v1::<(MappingsApi, ReadingApi, ImportsApi)>(v1::examples)
            .with_roles(ROLES)
            // What is imported belongs to no queue, service or project.
            .showing_everything(ALL)
            .with_files(&[
                "preview_import",
                "suggest_mapping",
                "lint_file",
                "start_import",
            ]),
    ]
}

/// The same calls, to be called.
pub(super) fn routes(imports: &Imports, flows: &crate::engine::Flows) -> Routes {
    Routes::of((
        MappingsApi(imports.clone()),
        ReadingApi(imports.clone()),
        ImportsApi {
            imports: imports.clone(),
            flows: flows.clone(),
        },
    ))
}

const ROLES: &[(&str, Role)] = &[
    ("list_mappings", Role::Viewer),
    ("get_mapping", Role::Viewer),
    ("put_mapping", Role::Operator),
    ("remove_mapping", Role::Operator),
    ("preview_import", Role::Operator),
    ("suggest_mapping", Role::Operator),
    ("lint_file", Role::Operator),
    ("start_import", Role::Operator),
    ("list_imports", Role::Viewer),
    ("get_import", Role::Viewer),
    ("list_import_problems", Role::Viewer),
    ("remove_import", Role::Admin),
];

const ALL: &[&str] = &[
    "list_mappings",
    "get_mapping",
    "put_mapping",
    "remove_mapping",
    "preview_import",
    "suggest_mapping",
    "lint_file",
    "start_import",
    "list_imports",
    "get_import",
    "list_import_problems",
    "remove_import",
];
