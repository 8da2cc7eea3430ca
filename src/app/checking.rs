//! Looks for faults of the settings before anything starts.

use super::{keeping, opening};
use crate::engine::store::Store;
use crate::settings::{Loaded, SettingsFault};
use crate::systems::Findings;
use crate::telemetry::chain;

/// Looks for faults that need more than the settings: the place of files, the URL of the database.
pub fn check(loaded: &Loaded) -> Vec<SettingsFault> {
    let faults = keeping::files(loaded).err().map(|error| error.faults);
    let url = Store::check_url(&loaded.settings.database.url);
    let url = url.err().and_then(|error| opening::fault(loaded, &error));
    faults.into_iter().flatten().chain(url).collect()
}

/// Looks at the engine's database, and changes nothing.
pub async fn check_connections(loaded: &Loaded) -> Findings {
    let mut found = Findings {
        checked: Some("the engine's database".to_owned()),
        ..Findings::default()
    };
    match Store::examine(&loaded.settings.database.url).await {
        Ok(Some(true) | None) => {}
        Ok(Some(false)) => {
            let warning = "the engine's tables are not those of this version; `audience migrate`, or a start, \
                brings them to it";
            let warning = loaded.fault("database.url", warning);
            found.warnings.push(warning.to_string());
        }
        Err(error) => {
            let fault = opening::fault(loaded, &error);
            let fault = fault.unwrap_or_else(|| loaded.fault("database.url", chain(&error)));
            found.faults.push(fault.to_string());
        }
    }
    found
}
