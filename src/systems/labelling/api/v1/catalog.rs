//! What requests may refer to by name.

use std::collections::BTreeSet;

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use crate::http::error::Failure;
use crate::systems::labelling::Labelling;

/// The operations.
pub(crate) struct CatalogApi(pub Labelling);

/// Sources by name.
#[derive(Object)]
struct SourceList {
    sources: Vec<SourceTables>,
}

/// A source and the tables that may be read.
#[derive(Object)]
struct SourceTables {
    name: String,
    tables: Vec<String>,
}

/// Rule sets by name.
#[derive(Object)]
struct RuleSetList {
    /// All names.
    rule_sets: Vec<String>,
    /// Those that have versions.
    versioned: Vec<VersionedSet>,
}

/// A rule set that has versions.
#[derive(Object)]
struct VersionedSet {
    name: String,
    /// Whether its versions are made of files of the settings.
    of_settings: bool,
    /// The version that jobs take; null: none.
    active: Option<i32>,
    newest: i32,
}

#[OpenApi(tag = "Groups::Catalog")]
impl CatalogApi {
    /// List the sources
    ///
    /// Those that a request may name, each with the tables that may be read.
    #[oai(path = "/v1/sources", method = "get", operation_id = "list_sources")]
    async fn list_sources(&self) -> Json<SourceList> {
        let sources = self.0.readable().into_iter();
        let sources = sources.map(|(name, tables)| SourceTables { name, tables });
        Json(SourceList {
            sources: sources.collect(),
        })
    }

    /// List the rule sets
    ///
    /// Those of the settings and of the store, which a request may name; with their versions.
    #[oai(
        path = "/v1/rule_sets",
        method = "get",
        operation_id = "list_rule_sets"
    )]
    async fn list_rule_sets(&self) -> poem::Result<Json<RuleSetList>> {
        let sets = self.0.rule_sets();
        let stored = sets.all().await.map_err(Failure::from)?;
        let of_settings = self.0.options().rule_sets.keys().cloned();
        let names = stored.iter().map(|set| set.name.clone());
        let names: BTreeSet<String> = of_settings.chain(names).collect();
        let versioned = stored.into_iter().map(|set| VersionedSet {
            of_settings: sets.is_of_settings(&set.name),
            name: set.name,
            active: set.active,
            newest: set.newest,
        });
        Ok(Json(RuleSetList {
            rule_sets: names.into_iter().collect(),
            versioned: versioned.collect(),
        }))
    }
}
