//! Models by name: what they take, who answers for them, what was moved.

use std::collections::HashMap;

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::Groups;
use super::model_views::{
    AliasMoveView, ModelAliasView, ModelList, ModelShadowView, ModelSummary, ModelVersionView,
    ModelView,
};
use crate::clock;
use crate::http::Who;
use crate::http::body::{Body, JsonBody};
use crate::http::error::Failure;
use crate::systems::prediction::serving::{CHAMPION, Models, SetAlias};
use crate::systems::prediction::store::REFUSED;

/// Versions, and moves, that are shown with a model.
const SHOWN: u64 = 50;

/// The operations.
pub(crate) struct ModelsApi(pub Models);

/// Where an alias is to point to.
#[derive(Object, Deserialize)]
struct ModelAliasBody {
    version: i32,
    /// Whether a version without goldens is taken.
    #[serde(default)]
    #[oai(default)]
    unproved: bool,
}

impl Body for ModelAliasBody {}

#[OpenApi(tag = "Groups::Models")]
impl ModelsApi {
    /// List models
    ///
    /// By name, with where their aliases point to.
    #[oai(path = "/v1/models", method = "get", operation_id = "list_models")]
    async fn list_models(&self) -> poem::Result<Json<ModelList>> {
        let store = self.0.store();
        let models = store.models().await.map_err(Failure::from)?;
        let counts = store.model_version_counts().await.map_err(Failure::from)?;
        let counts = counts.into_iter();
        let mut counts: HashMap<String, (i32, i64)> = counts
            .map(|(model, newest, versions)| (model, (newest, versions)))
            .collect();
        let mut aliases: HashMap<String, Vec<ModelAliasView>> = HashMap::new();
        for alias in store.all_model_aliases().await.map_err(Failure::from)? {
            let of_model = aliases.entry(alias.model.clone()).or_default();
            of_model.push(alias.into());
        }
        let models = models.into_iter().map(|model| {
            let count = counts.remove(&model.name);
            ModelSummary {
                newest: count.map(|(newest, _)| newest),
                versions: count.map_or(0, |(_, versions)| versions),
                aliases: aliases.remove(&model.name).unwrap_or_default(),
                created_at: clock::rfc3339(model.created_at),
                name: model.name,
            }
        });
        let models = models.collect();
        Ok(Json(ModelList { models }))
    }

    /// Look at a model
    ///
    /// The schema of its rows, its aliases, versions and moves, and how versions in the shadow answer.
    #[oai(path = "/v1/models/:name", method = "get", operation_id = "get_model")]
    async fn get_model(&self, name: Path<String>) -> poem::Result<Json<ModelView>> {
        let model = self.0.model(&name).await.map_err(Failure::from)?;
        let aliases = self.0.aliases(&name).await.map_err(Failure::from)?;
        let store = self.0.store();
        let versions = store.model_versions(&name, None, SHOWN).await;
        let versions = versions.map_err(Failure::from)?;
        let champion = aliases.iter().find(|alias| alias.alias == CHAMPION);
        let shown = match champion {
            Some(champion) => {
                let version = store.model_version(&name, champion.version).await;
                version.map_err(Failure::from)?
            }
            None => {
                let mut usable = versions.iter().filter(|row| row.state != REFUSED);
                usable.next().cloned()
            }
        };
        let schema = shown.as_ref().and_then(|shown| shown.row_schema.as_deref());
        let schema = schema.and_then(|schema| serde_json::from_str(schema).ok());
        let history = self.0.history(&name, SHOWN).await.map_err(Failure::from)?;
        let shadow = self.0.shadow(&name).await.map_err(Failure::from)?;
        Ok(Json(ModelView {
            name: model.name,
            created_at: clock::rfc3339(model.created_at),
            version: shown.as_ref().map(|shown| shown.version),
            format: shown.as_ref().and_then(|shown| shown.format.clone()),
            task: shown.as_ref().and_then(|shown| shown.task.clone()),
            schema,
            aliases: aliases.into_iter().map(ModelAliasView::from).collect(),
            versions: versions.into_iter().map(ModelVersionView::from).collect(),
            history: history.into_iter().map(AliasMoveView::from).collect(),
            shadow: shadow.into_iter().map(ModelShadowView::from).collect(),
        }))
    }

    /// Point an alias to a version
    ///
    /// The version is loaded beside the one that answers, proved by its goldens, and swapped in: requests in work
    /// end on the version before, and none fails. Other processes follow within seconds. Callers who name no alias
    /// get `champion`; `shadow` scores the same rows and never answers.
    #[oai(
        path = "/v1/models/:name/aliases/:alias",
        method = "put",
        operation_id = "set_model_alias"
    )]
    async fn set_model_alias(
        &self,
        who: Who,
        name: Path<String>,
        alias: Path<String>,
        body: JsonBody<ModelAliasBody>,
    ) -> poem::Result<Json<ModelAliasView>> {
        let set = SetAlias {
            model: name.0,
            alias: alias.0,
            version: body.value.version,
            unproved: body.value.unproved,
            by: who.name().to_owned(),
        };
        let moved = self.0.set_alias(set).await.map_err(Failure::from)?;
        Ok(Json(moved.alias.into()))
    }

    /// Point an alias to the version before
    ///
    /// Done again, it goes back further: to what the alias pointed to before that version.
    #[oai(
        path = "/v1/models/:name/aliases/:alias/rollback",
        method = "post",
        operation_id = "rollback_model_alias"
    )]
    async fn rollback_model_alias(
        &self,
        who: Who,
        name: Path<String>,
        alias: Path<String>,
    ) -> poem::Result<Json<ModelAliasView>> {
        let moved = self.0.rollback(&name, &alias, who.name()).await;
        Ok(Json(moved.map_err(Failure::from)?.alias.into()))
    }
}
