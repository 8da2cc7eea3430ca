//! What is set.

use std::sync::Arc;

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;

/// The operations.
pub(crate) struct SettingsApi(pub(super) Arc<Vec<ShownSetting>>);

/// What the process that answers was started with.
#[derive(Object)]
struct SettingList {
    version: String,
    /// Keys with values, in their order.
    settings: Vec<ShownSetting>,
}

/// A key of the settings.
#[derive(Clone, Object)]
#[oai(rename = "Setting")]
pub struct ShownSetting {
    /// With dots.
    pub key: String,
    /// Secrets are dots; a list is JSON.
    pub value: String,
    /// The file and its line, or the variable.
    pub place: String,
    /// Nobody has set it: it is one of the program's own.
    pub built_in: bool,
}

#[OpenApi(tag = "Groups::Runtime")]
impl SettingsApi {
    /// See what is set
    ///
    /// And where each value comes from, as it was when the process began. Secrets are dots.
    #[oai(path = "/v1/settings", method = "get", operation_id = "list_settings")]
    async fn list_settings(&self) -> Json<SettingList> {
        Json(SettingList {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: self.0.to_vec(),
        })
    }
}
