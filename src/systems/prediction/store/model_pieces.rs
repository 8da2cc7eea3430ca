//! The bytes of packages, in pieces: a transaction takes no more than one, so that a large model keeps nobody from
//! writing, and a server takes not more than so many bytes at once.
//!
//! They are stored before the version that they belong to, under an id of their own. What a process leaves that is
//! killed in between belongs to no version, and is swept after a day.

use entity::{model_piece, model_version};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::PredictionStore;
use crate::clock;
use crate::engine::store::{Result, query};

/// MariaDB takes 16 MB at once, unless its settings say more.
const PIECE: usize = 4 << 20;

/// Uploads that take longer do not end well.
const UNUSED_MICROS: i64 = 86_400_000_000;

const SWEEP: &str = "look for pieces that belong to no version";

impl PredictionStore {
    /// Stores bytes; returns the id under which they are found.
    pub(crate) async fn put_model_content(&self, bytes: &[u8]) -> Result<String> {
        const STORE: &str = "store a piece of a model";
        let content = Uuid::now_v7().simple().to_string();
        for (no, piece) in (0..).zip(bytes.chunks(PIECE)) {
            let row = model_piece::ActiveModel {
                content: Set(content.clone()),
                no: Set(no),
                body: Set(piece.to_vec()),
                created_at: Set(clock::now_micros()),
            };
            // The version is flushed after them, and then all of it is there.
            self.engine()
                .write_soon(move |on| {
                    Box::pin(async move {
                        let stored = model_piece::Entity::insert(row);
                        let stored = stored.exec_without_returning(on).await;
                        stored.map(drop).map_err(query(STORE))
                    })
                })
                .await?;
        }
        Ok(content)
    }

    /// Bytes that were stored; none if they are not there any more.
    pub(crate) async fn model_content(&self, content: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for no in 0.. {
            let piece = model_piece::Entity::find_by_id((content.to_owned(), no))
                .one(self.engine().reader())
                .await
                .map_err(query("read a piece of a model"))?;
            match piece {
                Some(piece) => bytes.extend(piece.body),
                None => break,
            }
        }
        Ok(bytes)
    }

    /// Drops what belongs to no version for a day, one content at a time.
    pub(crate) async fn sweep_model_content(&self) -> Result<()> {
        let before = clock::now_micros().saturating_sub(UNUSED_MICROS);
        let contents: Vec<String> = model_piece::Entity::find()
            .select_only()
            .column(model_piece::Column::Content)
            .filter(model_piece::Column::No.eq(0))
            .filter(model_piece::Column::CreatedAt.lt(before))
            .order_by_asc(model_piece::Column::Content)
            .into_tuple()
            .all(self.engine().reader())
            .await
            .map_err(query(SWEEP))?;
        for content in contents {
            let version = model_version::Entity::find()
                .filter(model_version::Column::Content.eq(&content))
                .one(self.engine().reader())
                .await
                .map_err(query(SWEEP))?;
            if version.is_some() {
                continue;
            }
            self.engine()
                .write_soon(move |on| {
                    Box::pin(async move {
                        let dropped = model_piece::Entity::delete_many()
                            .filter(model_piece::Column::Content.eq(content))
                            .exec(on)
                            .await;
                        dropped.map(drop).map_err(query(SWEEP))
                    })
                })
                .await?;
        }
        Ok(())
    }
}
