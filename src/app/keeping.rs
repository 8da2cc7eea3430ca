//! A part of the composition root: where files are kept.

use std::path::PathBuf;

use crate::files::{self, Files, S3Options};
use crate::settings::{Loaded, Settings, SettingsError};
use crate::sqlite;

/// Fails if the engine's database is a file that does not exist: opening it would make it.
pub fn expect_database(settings: &Settings) -> anyhow::Result<()> {
    let file = sqlite::file_of(&settings.database.url);
    if let Some(file) = file.filter(|file| !file.exists()) {
        anyhow::bail!(
            "there is no database at {} (setting `database.url`): expected that of a server, or \
             `--server http://ADDRESS:PORT`",
            file.display()
        );
    }
    Ok(())
}

/// The place of the files that jobs leave; touches nothing yet.
pub(super) fn files(loaded: &Loaded) -> Result<Files, SettingsError> {
    let settings = &loaded.settings;
    let place = &settings.files;
    let url = place.url.clone().unwrap_or_else(|| {
        let file = sqlite::file_of(&settings.database.url);
        // Two servers' databases may be used from one directory.
        files::beside(&file.unwrap_or_else(|| {
            let url = settings.database.url.split('?').next().unwrap_or_default();
            let name = url.rsplit('/').next().filter(|name| !name.is_empty());
            PathBuf::from("data").join(name.unwrap_or("audience"))
        }))
    });
    let options = S3Options {
        endpoint: place.s3_endpoint.clone(),
        region: place.s3_region.clone(),
        access_key_id: place.s3_access_key_id.clone(),
        secret_access_key: place.s3_secret_access_key.clone(),
    };
    Files::open(&url, &options).map_err(|error| SettingsError {
        faults: vec![loaded.fault("files.url", error.to_string())],
    })
}
