//! Opens the engine's database, which is blamed on its setting if it cannot be opened.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::engine::store::{Store, StoreError};
use crate::settings::{Loaded, SettingsError, SettingsFault, leaves_database_open, shown_url};
use crate::sqlite;

/// How often a database that is away is tried.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// After how long what is waited for is named.
const SILENT_FOR: Duration = Duration::from_secs(3);

/// `waits`: a database that is away is waited for, however long; that and its reason are logged once.
pub(super) async fn open(loaded: &Loaded, lease: Duration, waits: bool) -> anyhow::Result<Store> {
    let url = &loaded.settings.database.url;
    let begun = Instant::now();
    // That it takes long, and why.
    let (mut is_late, mut is_named) = (false, false);
    loop {
        let error = match open_once(loaded, url, lease, &mut is_late).await {
            Ok(store) => {
                if is_late || is_named {
                    let lasted_s = begun.elapsed().as_secs();
                    info!("the engine's database is there; it was waited for for {lasted_s} s");
                }
                return Ok(store);
            }
            Err(error) => error,
        };
        if !waits || !error.is_away() {
            return Err(blamed(loaded, error));
        }
        if !is_named {
            is_named = true;
            let said = match fault(loaded, &error) {
                Some(fault) => fault.to_string(),
                None => error.to_string(),
            };
            warn!("the engine's database is away and is waited for: {said}");
        }
        sleep(TRY_EVERY).await;
    }
}

/// Says what is waited for if it takes longer than a moment.
async fn open_once(
    loaded: &Loaded,
    url: &str,
    lease: Duration,
    is_late: &mut bool,
) -> Result<Store, StoreError> {
    let opening = Store::open_for(url, lease);
    tokio::pin!(opening);
    tokio::select! {
        opened = &mut opening => return opened,
        () = sleep(SILENT_FOR), if !*is_late => {}
    }
    let what_may_be = match sqlite::file_of(url) {
        Some(_) => {
            "another program has locked the file or makes the tables in it, or the disk is slow"
        }
        None => {
            let is_reached = tokio::select! {
                opened = &mut opening => return opened,
                reached = Store::reach(url) => reached.is_ok(),
            };
            // It is reported with its reason soon.
            if !is_reached {
                return opening.await;
            }
            "another process makes its tables, or it is busy"
        }
    };
    *is_late = true;
    let seconds = SILENT_FOR.as_secs();
    let place = shown_url(url);
    let said =
        format!("{place} has not been opened for {seconds} s and is waited for: {what_may_be}");
    warn!("{}", loaded.fault("database.url", said));
    opening.await
}

/// Opens the engine's database for a command that starts no engine.
pub(crate) async fn open_database(loaded: &Loaded) -> anyhow::Result<Store> {
    let lease = Duration::from_millis(loaded.settings.runtime.lease_ms);
    open(loaded, lease, false).await
}

/// The same, where `None` says that it is a file that is not there.
pub(crate) async fn open_database_if_there(loaded: &Loaded) -> anyhow::Result<Option<Store>> {
    let found = Store::look_at(&loaded.settings.database.url).await;
    match found.map_err(|error| blamed(loaded, error))? {
        Some(_) => open_database(loaded).await.map(Some),
        None => Ok(None),
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
    let problem = match error.is_of_url() {
        true => cause,
        false => format!("failed to open {what}{place}: {cause}{remark}"),
    };
    Some(loaded.fault("database.url", problem))
}
