//! What is known of jobs that are submitted, by their ids, keys and identities.

use std::collections::HashMap;

use entity::JobId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Serialize;

use super::Submission;
use crate::engine::store::rows::{self, ColumnType};
use crate::engine::store::{NewJob, Result, query};

#[derive(Serialize)]
struct IdRow<'a> {
    id: &'a str,
}

/// What is known of jobs by id and by idempotency key: the id and the digest of the request. Of those
/// that are unfinished the id by the identity.
#[derive(Default)]
pub(super) struct Known {
    by_id: HashMap<String, String>,
    by_key: HashMap<String, (JobId, String)>,
    live: HashMap<String, JobId>,
}

impl Known {
    pub(super) async fn of(on: &DatabaseTransaction, set: &[&Submission]) -> Result<Self> {
        let ids = set.iter().map(|submission| IdRow {
            id: submission.new.id.as_str(),
        });
        let keys = set.iter().filter_map(|submission| {
            let id = submission.new.idempotency_key.as_deref()?;
            Some(IdRow { id })
        });
        let (ids, keys): (Vec<_>, Vec<_>) = (ids.collect(), keys.collect());
        let mut known = Self::default();
        known.look(on, "id", &ids).await?;
        known.look(on, "idempotency_key", &keys).await?;
        let identities = set.iter().filter_map(|submission| {
            let id = submission.new.live_key.as_deref()?;
            Some(IdRow { id })
        });
        let identities: Vec<_> = identities.collect();
        known.look(on, "live_key", &identities).await?;
        Ok(known)
    }

    async fn look(
        &mut self,
        on: &DatabaseTransaction,
        column: &str,
        texts: &[IdRow<'_>],
    ) -> Result<()> {
        let attempted = "look for an earlier request";
        if texts.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "SELECT j.id, j.idempotency_key, j.request_digest, j.live_key FROM {{rows}} \
             JOIN audience_job AS j ON j.{column} = r.id"
        );
        let columns = [("id", ColumnType::ShortText)];
        let statement = rows::statement(on.get_database_backend(), &sql, &columns, texts)?;
        for row in on
            .query_all_raw(statement)
            .await
            .map_err(query(attempted))?
        {
            let live: Option<String> = row.try_get("", "live_key").map_err(query(attempted))?;
            let (id, key, digest): (JobId, Option<String>, String) = (
                row.try_get("", "id").map_err(query(attempted))?,
                row.try_get("", "idempotency_key")
                    .map_err(query(attempted))?,
                row.try_get("", "request_digest")
                    .map_err(query(attempted))?,
            );
            if let Some(live) = live {
                self.live.insert(live, id.clone());
            }
            self.by_id.insert(id.to_string(), digest.clone());
            if let Some(key) = key {
                self.by_key.insert(key, (id, digest));
            }
        }
        Ok(())
    }

    /// The key counts before the id.
    pub(super) fn find(&self, submission: &Submission) -> Option<(JobId, &str)> {
        let new = &submission.new;
        let by_key = new
            .idempotency_key
            .as_ref()
            .and_then(|key| self.by_key.get(key));
        if let Some((id, digest)) = by_key {
            return Some((id.clone(), digest));
        }
        let digest = self.by_id.get(new.id.as_str())?;
        Some((new.id.clone(), digest))
    }

    /// The unfinished job with the same identity.
    pub(super) fn live_like<'a>(&'a self, new: &'a NewJob) -> Option<(&'a str, &'a JobId)> {
        let identity = new.live_key.as_deref()?;
        Some((identity, self.live.get(identity)?))
    }

    pub(super) fn add(&mut self, new: &NewJob, digest: String) {
        if let Some(identity) = &new.live_key {
            self.live.insert(identity.clone(), new.id.clone());
        }
        if let Some(key) = &new.idempotency_key {
            self.by_key
                .insert(key.clone(), (new.id.clone(), digest.clone()));
        }
        self.by_id.insert(new.id.to_string(), digest);
    }
}
