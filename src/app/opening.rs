//! Opens the engine's database, which is blamed on its setting if it cannot be opened.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::engine::store::{Store, StoreError};
use crate::settings::{Loaded, SettingsError, SettingsFault, leaves_database_open, shown_url};

/// How often a database that is away is tried.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// `waits`: a database that is away is waited for, however long; that is logged once.
pub(super) async fn open(loaded: &Loaded, lease: Duration, waits: bool) -> anyhow::Result<Store> {
    let url = &loaded.settings.database.url;
    let mut away_since: Option<Instant> = None;
    loop {
        match (Store::open_for(url, lease).await, away_since) {
            (Ok(store), None) => return Ok(store),
            (Ok(store), Some(since)) => {
                let lasted_s = since.elapsed().as_secs();
                info!("the engine's database is there; it was waited for for {lasted_s} s");
                return Ok(store);
            }
            (Err(error), since) if waits && error.is_away() => {
                if since.is_none() {
                    away_since = Some(Instant::now());
                    let said = match fault(loaded, &error) {
                        Some(fault) => fault.to_string(),
                        None => error.to_string(),
                    };
                    warn!("the engine's database is away and is waited for: {said}");
                }
                sleep(TRY_EVERY).await;
            }
            (Err(error), _) => return Err(blamed(loaded, error)),
        }
    }
}

/// The error of a database that cannot be opened, as a fault of its setting.
pub(crate) fn blamed(loaded: &Loaded, error: StoreError) -> anyhow::Error {
    match fault(loaded, &error) {
        Some(fault) => SettingsError {
            faults: vec![fault],
        }
        .into(),
        None => error.into(),
    }
}

/// `None`: the error is about something else than the URL.
pub(crate) fn fault(loaded: &Loaded, error: &StoreError) -> Option<SettingsFault> {
    let cause = error.cause_of_opening()?;
    let url = &loaded.settings.database.url;
    let place = shown_url(url);
    // An argument that sets it speaks for itself.
    let what = match loaded.flag_of("database.url") {
        Some(_) => "",
        None => "the engine's database at ",
    };
    let remark = match leaves_database_open(url) {
        true => "; the URL names no database, for which PostgreSQL takes the name of the user",
        false => "",
    };
    let problem = match error {
        StoreError::Connect(_) => format!("failed to open {what}{place}: {cause}{remark}"),
        _ => cause,
    };
    Some(loaded.fault("database.url", problem))
}
