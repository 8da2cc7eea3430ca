//! What requests may refer to by name.

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
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
    rule_sets: Vec<String>,
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
    /// Those of the settings, which a request may name.
    #[oai(
        path = "/v1/rule_sets",
        method = "get",
        operation_id = "list_rule_sets"
    )]
    async fn list_rule_sets(&self) -> Json<RuleSetList> {
        let rule_sets = self.0.options().rule_sets.keys();
        Json(RuleSetList {
            rule_sets: rule_sets.cloned().collect(),
        })
    }
}
