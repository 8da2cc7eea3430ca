//! Large inputs of jobs (rule sets), stored once under the digest of their content.

use entity::blob;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, sea_query::OnConflict};
use sha2::{Digest, Sha256};

use super::{Result, Store, query};
use crate::clock;

/// Content-addressed inputs.
pub struct Blobs<'a>(&'a Store);

impl Store {
    pub fn blobs(&self) -> Blobs<'_> {
        Blobs(self)
    }
}

impl Blobs<'_> {
    pub async fn get(&self, digest: &str) -> Result<Option<Vec<u8>>> {
        let found = blob::Entity::find_by_id(digest.to_owned())
            .one(&self.0.read)
            .await
            .map_err(query("read a stored input"))?;
        Ok(found.map(|blob| blob.body))
    }
}

/// SHA-256 as hexadecimal digits.
pub fn digest(body: &[u8]) -> String {
    Sha256::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Stores a body unless it is there already.
pub(super) async fn put(on: &DatabaseTransaction, body: &[u8]) -> Result<()> {
    let blob = blob::ActiveModel {
        digest: Set(digest(body)),
        body: Set(body.to_vec()),
        created_at: Set(clock::now_micros()),
    };
    blob::Entity::insert(blob)
        .on_conflict(
            OnConflict::column(blob::Column::Digest)
                .do_nothing_on([blob::Column::Digest])
                .to_owned(),
        )
        .exec_without_returning(on)
        .await
        .map_err(query("store an input"))?;
    Ok(())
}
