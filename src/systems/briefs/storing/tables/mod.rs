//! The tables `brief_<platform>`: a row for each article that a brief has found on a platform.
//!
//! A row is what all pages that found the article say together. Writers read the rows that are there, merge in the
//! program, and write back, in one transaction.

mod accounts;
mod articles;
mod columns;
mod locking;
mod making;
mod merging;
mod ordered;
mod removing;
mod rows;
mod staging;
mod sums;
mod times;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::StoringError;
use crate::settings::Loaded;
use crate::systems::briefs::settings::BriefSettings;
use crate::tables::{Database, Session, UrlError};

pub(crate) use accounts::{AccountKey, AccountQuery, AccountRow};
pub(crate) use articles::{ArticleKey, ArticleQuery};
pub(crate) use columns::{Descent, Order};

/// How long a server may hear nothing within a transaction, which holds one group of pages.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The database of articles. Clones share the connections. Its methods block, and must not be called where futures
/// are run.
#[derive(Clone)]
pub(crate) struct ArticleTables(Arc<Inner>);

struct Inner {
    database: Result<Database, UrlError>,
    /// Platforms whose tables were there when they were last looked for.
    known: Mutex<HashSet<String>>,
}

impl ArticleTables {
    /// Touches nothing yet. What is wrong with the URL is said where it is used.
    pub fn of(loaded: &Loaded) -> Self {
        let briefs = loaded.system::<BriefSettings>().briefs;
        let engine = &loaded.settings.database.url;
        Self::of_url(briefs.output.as_ref().unwrap_or(engine))
    }

    pub fn of_url(url: &str) -> Self {
        Self(Arc::new(Inner {
            database: Database::of_url(url, SILENCE_MAX),
            known: Mutex::default(),
        }))
    }

    /// Says what is wrong with a URL, and touches no database.
    pub fn url_fault(url: &str) -> Option<String> {
        let database = Database::of_url(url, SILENCE_MAX);
        database.err().map(|error| error.to_string())
    }

    fn database(&self) -> Result<&Database, StoringError> {
        let database = self.0.database.as_ref();
        database.map_err(|error| StoringError::BadUrl {
            reason: error.to_string(),
        })
    }

    /// Does something with a connection, which is kept if it went well.
    fn with_session<T>(
        &self,
        work: impl FnOnce(&Database, &mut dyn Session) -> Result<T, StoringError>,
    ) -> Result<T, StoringError> {
        let database = self.database()?;
        let mut session = database.take().map_err(StoringError::Open)?;
        let done = work(database, &mut *session)?;
        database.keep(session);
        Ok(done)
    }

    fn known(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of a platform's table.
fn table_of(platform: &str) -> String {
    format!("brief_{platform}")
}
