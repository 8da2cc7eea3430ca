//! The HTTP calls of prediction.

mod v1;
mod v2;

use crate::access::Role;
use crate::engine::audit::Recording;
use crate::http::{Api, Routes};
use crate::systems::Platform;
use crate::systems::prediction::importing::Imports;
use crate::systems::prediction::scraping::Scrapes;
use crate::systems::prediction::serving::Models;

use v1::{
    ImportsApi, MappingsApi, ModelVersionsApi, ModelsApi, PredictApi, ReadingApi, ScrapeRunsApi,
    ScrapesApi,
};
use v2::InferenceApi;

pub(super) fn apis() -> Vec<Api> {
    vec![
        Api::v1::<(MappingsApi, ReadingApi, ImportsApi)>(v1::examples)
            .with_roles(ROLES)
            // What is imported belongs to no queue, service or project.
            .showing_everything(ALL)
            .with_files(&[
                "preview_import",
                "read_cells",
                "suggest_mapping",
                "lint_file",
                "start_import",
            ])
            // They change nothing, and a page calls some of them while somebody types.
            .recorded(&[
                ("preview_import", Recording::ByHour),
                ("read_cells", Recording::ByHour),
                ("suggest_mapping", Recording::ByHour),
                ("lint_file", Recording::ByHour),
            ]),
        Api::v1::<(ScrapesApi, ScrapeRunsApi)>(v1::scrape_examples)
            .with_roles(SCRAPE_ROLES)
            .showing_everything(ALL_OF_SCRAPES),
        Api::v1::<(ModelsApi, ModelVersionsApi, PredictApi)>(v1::model_examples)
            .with_roles(MODEL_ROLES)
            // Models belong to no queue, service or project.
            .showing_everything(ALL_OF_MODELS)
            .with_files(&["add_model_version"])
            // Programs predict all day.
            .recorded(&[("predict", Recording::ByHour)]),
        v2::api(),
    ]
}

/// The same calls, to be called.
pub(super) fn routes(
    imports: &Imports,
    scrapes: &Scrapes,
    models: &Models,
    platform: &Platform,
) -> Routes {
    Routes::of((
        MappingsApi(imports.clone()),
        ReadingApi(imports.clone()),
        ImportsApi {
            imports: imports.clone(),
            flows: platform.flows.clone(),
        },
        ScrapesApi {
            scrapes: scrapes.clone(),
            flows: platform.flows.clone(),
            triggers: platform.triggers.clone(),
        },
        ScrapeRunsApi(scrapes.clone()),
        ModelsApi(models.clone()),
        ModelVersionsApi(models.clone()),
        PredictApi(models.clone()),
        InferenceApi {
            models: models.clone(),
            store: platform.store.clone(),
        },
    ))
}

/// Rows of a call that predicts, however many may be in one.
const ROWS_BYTES_MAX: usize = 64 << 20;

/// What a form has besides its file: goldens, and what stands between the parts.
const BESIDE_FILE_BYTES: usize = 36 << 20;

/// Operations whose bodies may be longer than others.
pub(super) fn longer_bodies(models: &Models) -> Vec<(&'static str, usize)> {
    let model = usize::try_from(models.limits().bytes).unwrap_or(usize::MAX);
    vec![
        ("add_model_version", model.saturating_add(BESIDE_FILE_BYTES)),
        ("predict", ROWS_BYTES_MAX),
        ("v2_infer", ROWS_BYTES_MAX),
        ("v2_infer_version", ROWS_BYTES_MAX),
    ]
}

const ROLES: &[(&str, Role)] = &[
    ("list_mappings", Role::Viewer),
    ("get_mapping", Role::Viewer),
    ("list_mapping_versions", Role::Viewer),
    ("put_mapping", Role::Operator),
    ("remove_mapping", Role::Operator),
    ("preview_import", Role::Operator),
    ("read_cells", Role::Operator),
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
    "list_mapping_versions",
    "put_mapping",
    "remove_mapping",
    "preview_import",
    "read_cells",
    "suggest_mapping",
    "lint_file",
    "start_import",
    "list_imports",
    "get_import",
    "list_import_problems",
    "remove_import",
];

const SCRAPE_ROLES: &[(&str, Role)] = &[
    ("list_scrapes", Role::Viewer),
    ("get_scrape", Role::Viewer),
    ("list_scrape_versions", Role::Viewer),
    ("put_scrape", Role::Operator),
    ("remove_scrape", Role::Operator),
    ("run_scrape", Role::Operator),
    ("test_scrape", Role::Operator),
    ("replay_scrape", Role::Operator),
    ("list_scrape_runs", Role::Viewer),
    ("get_scrape_run", Role::Viewer),
    ("get_scrape_page", Role::Viewer),
];

const ALL_OF_SCRAPES: &[&str] = &[
    "list_scrapes",
    "get_scrape",
    "list_scrape_versions",
    "put_scrape",
    "remove_scrape",
    "run_scrape",
    "test_scrape",
    "replay_scrape",
    "list_scrape_runs",
    "get_scrape_run",
    "get_scrape_page",
];

const MODEL_ROLES: &[(&str, Role)] = &[
    ("list_models", Role::Viewer),
    ("get_model", Role::Viewer),
    ("set_model_alias", Role::Operator),
    ("rollback_model_alias", Role::Operator),
    ("add_model_version", Role::Operator),
    ("list_model_versions", Role::Viewer),
    ("get_model_version", Role::Viewer),
    ("remove_model_version", Role::Admin),
    ("test_model_version", Role::Operator),
    ("predict", Role::Viewer),
];

const ALL_OF_MODELS: &[&str] = &[
    "list_models",
    "get_model",
    "set_model_alias",
    "rollback_model_alias",
    "add_model_version",
    "list_model_versions",
    "get_model_version",
    "remove_model_version",
    "test_model_version",
    "predict",
];
