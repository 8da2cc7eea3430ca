//! Mappings by name. Each change is a version of its own, and the newest one counts; a removal is a version
//! without a text, so that no number stands for two texts.

use entity::mapping;
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
};

use super::PredictionStore;
use crate::clock;
use crate::engine::store::{Result, blob_digest, query};

const READ: &str = "read a mapping";

/// A mapping that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredMapping {
    pub name: String,
    pub version: i32,
    /// Of the text.
    pub digest: String,
    /// YAML.
    pub text: String,
    pub changed_by: String,
    pub at: i64,
}

/// The digest that a caller has seen; `None`: it does not matter.
pub(crate) type Expected = Option<String>;

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// `is_new`: there was none of this name.
    Stored {
        mapping: StoredMapping,
        is_new: bool,
    },
    /// Another one than the expected one is there.
    Changed,
}

impl PredictionStore {
    /// By name.
    pub(crate) async fn mappings(&self) -> Result<Vec<StoredMapping>> {
        let newest = Alias::new("newest");
        let newest_version = Query::select()
            .expr(Expr::col((newest.clone(), mapping::Column::Version)).max())
            .from_as(mapping::Entity, newest.clone())
            .and_where(
                Expr::col((newest, mapping::Column::Name))
                    .equals((mapping::Entity, mapping::Column::Name)),
            )
            .to_owned();
        let found = mapping::Entity::find()
            .filter(mapping::Column::Version.in_subquery(newest_version))
            .filter(mapping::Column::Text.is_not_null())
            .order_by_asc(mapping::Column::Name)
            .all(self.0.reader())
            .await
            .map_err(query("list mappings"))?;
        Ok(found.into_iter().filter_map(there).collect())
    }

    pub(crate) async fn mapping(&self, name: &str) -> Result<Option<StoredMapping>> {
        Ok(newest(self.0.reader(), name).await?.and_then(there))
    }

    /// Stores a text, unless another one than the expected one is there. The text that is there already
    /// gets no version of its own.
    pub(crate) async fn put_mapping(
        &self,
        name: &str,
        text: &str,
        by: &str,
        expected: Expected,
    ) -> Result<Put> {
        let digest = blob_digest(text.as_bytes());
        let put = || {
            let (name, text, by) = (name.to_owned(), text.to_owned(), by.to_owned());
            let (digest, expected) = (digest.clone(), expected.clone());
            self.0.write(move |on| {
                Box::pin(async move {
                    let found = newest(on, &name).await?;
                    let last = found.as_ref().map_or(0, |found| found.version);
                    let found = found.and_then(there);
                    if !is_expected(found.as_ref(), expected.as_deref()) {
                        return Ok(Put::Changed);
                    }
                    let is_new = found.is_none();
                    if let Some(mapping) = found.filter(|found| found.digest == digest) {
                        return Ok(Put::Stored { mapping, is_new });
                    }
                    let row = mapping::Model {
                        name,
                        version: last + 1,
                        digest,
                        text: Some(text),
                        changed_by: by,
                        at: clock::now_micros(),
                    };
                    insert(on, row.clone()).await?;
                    let stored = there(row).map(|mapping| Put::Stored { mapping, is_new });
                    Ok(stored.unwrap_or(Put::Changed))
                })
            })
        };
        self.0.again(put).await
    }

    /// Whether this text is the last one that was stored by `by`.
    pub(crate) async fn has_saved(&self, name: &str, text: &str, by: &str) -> Result<bool> {
        let last = mapping::Entity::find()
            .filter(mapping::Column::Name.eq(name))
            .filter(mapping::Column::ChangedBy.eq(by))
            .order_by_desc(mapping::Column::Version)
            .one(self.0.reader())
            .await
            .map_err(query(READ))?;
        Ok(last.is_some_and(|last| last.digest == blob_digest(text.as_bytes())))
    }

    /// Removes a mapping, unless another one than the expected one is there: `false`. Imports that were
    /// made with it keep its text.
    pub(crate) async fn remove_mapping(
        &self,
        name: &str,
        by: &str,
        expected: Expected,
    ) -> Result<bool> {
        let remove = || {
            let (name, by, expected) = (name.to_owned(), by.to_owned(), expected.clone());
            self.0.write(move |on| {
                Box::pin(async move {
                    let Some(found) = newest(on, &name).await?.and_then(there) else {
                        return Ok(expected.is_none());
                    };
                    if !is_expected(Some(&found), expected.as_deref()) {
                        return Ok(false);
                    }
                    let row = mapping::Model {
                        name,
                        version: found.version + 1,
                        digest: String::new(),
                        text: None,
                        changed_by: by,
                        at: clock::now_micros(),
                    };
                    insert(on, row).await?;
                    Ok(true)
                })
            })
        };
        self.0.again(remove).await
    }
}

async fn newest(on: &impl ConnectionTrait, name: &str) -> Result<Option<mapping::Model>> {
    mapping::Entity::find()
        .filter(mapping::Column::Name.eq(name))
        .order_by_desc(mapping::Column::Version)
        .one(on)
        .await
        .map_err(query(READ))
}

async fn insert(on: &impl ConnectionTrait, row: mapping::Model) -> Result<()> {
    let row = mapping::ActiveModel {
        name: Set(row.name),
        version: Set(row.version),
        digest: Set(row.digest),
        text: Set(row.text),
        changed_by: Set(row.changed_by),
        at: Set(row.at),
    };
    let stored = mapping::Entity::insert(row)
        .exec_without_returning(on)
        .await;
    stored.map(drop).map_err(query("store a mapping"))
}

/// Whether the one that is there is the one that a caller has seen.
fn is_expected(found: Option<&StoredMapping>, expected: Option<&str>) -> bool {
    expected.is_none_or(|expected| found.is_some_and(|found| found.digest == expected))
}

fn there(row: mapping::Model) -> Option<StoredMapping> {
    Some(StoredMapping {
        name: row.name,
        version: row.version,
        digest: row.digest,
        text: row.text?,
        changed_by: row.changed_by,
        at: row.at,
    })
}
