//! Documents of rules, in pieces: a server takes not more than so many bytes at once.
//!
//! They are stored before the version that they belong to, under an id of their own. What a process leaves that is
//! killed in between belongs to no version, and is swept after a day.

use entity::{rule_set_piece, rule_set_version};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::LabellingStore;
use crate::clock;
use crate::engine::store::{Result, query};

/// MariaDB takes 16 MB at once, unless its settings say more.
const PIECE: usize = 4 << 20;

/// Calls that take longer do not end well.
const UNUSED_MICROS: i64 = 86_400_000_000;

const SWEEP: &str = "look for documents that belong to no version";

impl LabellingStore {
    /// Stores bytes; returns the id under which they are found.
    pub(crate) async fn put_rule_set_content(&self, bytes: &[u8]) -> Result<String> {
        let content = Uuid::now_v7().simple().to_string();
        for (no, piece) in (0..).zip(bytes.chunks(PIECE)) {
            let row = rule_set_piece::ActiveModel {
                content: Set(content.clone()),
                no: Set(no),
                body: Set(piece.to_vec()),
                created_at: Set(clock::now_micros()),
            };
            // The version is flushed after them, and then all of it is there.
            self.engine()
                .write_soon(move |on| {
                    Box::pin(async move {
                        let stored = rule_set_piece::Entity::insert(row);
                        let stored = stored.exec_without_returning(on).await;
                        stored
                            .map(drop)
                            .map_err(query("store a document of a rule set"))
                    })
                })
                .await?;
        }
        Ok(content)
    }

    /// Bytes that were stored.
    pub(crate) async fn rule_set_content(&self, content: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for no in 0.. {
            let piece = rule_set_piece::Entity::find_by_id((content.to_owned(), no))
                .one(self.engine().reader())
                .await
                .map_err(query("read a document of a rule set"))?;
            match piece {
                Some(piece) => bytes.extend(piece.body),
                None => break,
            }
        }
        Ok(bytes)
    }

    /// Drops what belongs to no version for a day, one document at a time.
    pub(crate) async fn sweep_rule_set_content(&self) -> Result<()> {
        use rule_set_version::Column;
        let before = clock::now_micros().saturating_sub(UNUSED_MICROS);
        let old: Vec<String> = rule_set_piece::Entity::find()
            .select_only()
            .column(rule_set_piece::Column::Content)
            .filter(rule_set_piece::Column::No.eq(0))
            .filter(rule_set_piece::Column::CreatedAt.lt(before))
            .order_by_asc(rule_set_piece::Column::Content)
            .into_tuple()
            .all(self.engine().reader())
            .await
            .map_err(query(SWEEP))?;
        for content in old {
            let is_either = Condition::any()
                .add(Column::Document.eq(&content))
                .add(Column::Canonical.eq(&content));
            let version = rule_set_version::Entity::find()
                .filter(is_either)
                .one(self.engine().reader())
                .await
                .map_err(query(SWEEP))?;
            if version.is_some() {
                continue;
            }
            self.engine()
                .write_soon(move |on| {
                    Box::pin(async move {
                        let dropped = rule_set_piece::Entity::delete_many()
                            .filter(rule_set_piece::Column::Content.eq(content))
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
