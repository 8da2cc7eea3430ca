//! Mappings and scrapes by name. Each change is a version of its own, and the newest one counts; a removal is
//! a version without a text, so that no number stands for two texts.

use entity::{mapping, scrape};
use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement};
use sea_orm::{ConnectionTrait, ExprTrait, FromQueryResult, Order};

use super::PredictionStore;
use crate::clock;
use crate::engine::store::{Result, blob_digest, query};

/// What is defined by a text that has versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defined {
    Mapping,
    Scrape,
}

/// A text that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredDefinition {
    pub name: String,
    pub version: i32,
    /// Of the text.
    pub digest: String,
    /// YAML.
    pub text: String,
    pub changed_by: String,
    pub at: i64,
}

/// A version that a text has, or had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DefinedVersion {
    pub version: i32,
    /// `None`: it was removed.
    pub text: Option<String>,
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
        definition: StoredDefinition,
        is_new: bool,
    },
    /// Another one than the expected one is there.
    Changed,
}

/// A row of either table.
#[derive(Clone, Debug, FromQueryResult)]
struct Version {
    name: String,
    version: i32,
    digest: String,
    text: Option<String>,
    changed_by: String,
    at: i64,
}

/// Texts of one kind.
pub(crate) struct Definitions<'s> {
    store: &'s PredictionStore,
    kind: Defined,
}

impl PredictionStore {
    pub(crate) fn definitions(&self, kind: Defined) -> Definitions<'_> {
        Definitions { store: self, kind }
    }
}

impl Definitions<'_> {
    /// By name.
    pub(crate) async fn all(&self) -> Result<Vec<StoredDefinition>> {
        let (table, newest) = (self.kind.table(), Alias::new("newest"));
        let newest_version = Query::select()
            .expr(Expr::col((newest.clone(), Alias::new("version"))).max())
            .from_as(table.clone(), newest.clone())
            .and_where(Expr::col((newest, Alias::new("name"))).equals((table, Alias::new("name"))))
            .to_owned();
        let mut select = self.kind.select();
        select
            .and_where(Expr::col(Alias::new("version")).in_subquery(newest_version))
            .and_where(Expr::col(Alias::new("text")).is_not_null())
            .order_by(Alias::new("name"), Order::Asc);
        let found = rows(self.store.0.reader(), select, self.kind.list()).await?;
        Ok(found.into_iter().filter_map(there).collect())
    }

    pub(crate) async fn find(&self, name: &str) -> Result<Option<StoredDefinition>> {
        let found = newest(self.store.0.reader(), self.kind, name).await?;
        Ok(found.and_then(there))
    }

    /// Newest first; `before`: only versions that are older than this one.
    pub(crate) async fn versions(
        &self,
        name: &str,
        before: Option<i32>,
        limit: u64,
    ) -> Result<Vec<DefinedVersion>> {
        let mut select = self.kind.newest(name);
        if let Some(before) = before {
            select.and_where(Expr::col(Alias::new("version")).lt(before));
        }
        select.limit(limit);
        let found = rows(self.store.0.reader(), select, self.kind.read()).await?;
        let found = found.into_iter().map(|row| DefinedVersion {
            version: row.version,
            text: row.text,
            changed_by: row.changed_by,
            at: row.at,
        });
        Ok(found.collect())
    }

    /// Stores a text, unless another one than the expected one is there. The text that is there already
    /// gets no version of its own.
    pub(crate) async fn put(
        &self,
        name: &str,
        text: &str,
        by: &str,
        expected: Expected,
    ) -> Result<Put> {
        let kind = self.kind;
        let digest = blob_digest(text.as_bytes());
        let put = || {
            let (name, text, by) = (name.to_owned(), text.to_owned(), by.to_owned());
            let (digest, expected) = (digest.clone(), expected.clone());
            self.store.0.write(move |on| {
                Box::pin(async move {
                    let found = newest(on, kind, &name).await?;
                    let last = found.as_ref().map_or(0, |found| found.version);
                    let found = found.and_then(there);
                    if !is_expected(found.as_ref(), expected.as_deref()) {
                        return Ok(Put::Changed);
                    }
                    let is_new = found.is_none();
                    if let Some(definition) = found.filter(|found| found.digest == digest) {
                        return Ok(Put::Stored { definition, is_new });
                    }
                    let row = Version {
                        name,
                        version: last + 1,
                        digest,
                        text: Some(text),
                        changed_by: by,
                        at: clock::now_micros(),
                    };
                    insert(on, kind, row.clone()).await?;
                    let stored = there(row).map(|definition| Put::Stored { definition, is_new });
                    Ok(stored.unwrap_or(Put::Changed))
                })
            })
        };
        self.store.0.again(put).await
    }

    /// Whether this text is the last one that was stored by `by`.
    pub(crate) async fn has_saved(&self, name: &str, text: &str, by: &str) -> Result<bool> {
        let mut select = self.kind.newest(name);
        select.and_where(Expr::col(Alias::new("changed_by")).eq(by));
        let last = rows(self.store.0.reader(), select, self.kind.read()).await?;
        let digest = blob_digest(text.as_bytes());
        Ok(last.first().is_some_and(|last| last.digest == digest))
    }

    /// Removes a text, unless another one than the expected one is there: `false`. What was made with it
    /// stays.
    pub(crate) async fn remove(&self, name: &str, by: &str, expected: Expected) -> Result<bool> {
        let kind = self.kind;
        let remove = || {
            let (name, by, expected) = (name.to_owned(), by.to_owned(), expected.clone());
            self.store.0.write(move |on| {
                Box::pin(async move {
                    let Some(found) = newest(on, kind, &name).await?.and_then(there) else {
                        return Ok(expected.is_none());
                    };
                    if !is_expected(Some(&found), expected.as_deref()) {
                        return Ok(false);
                    }
                    let row = Version {
                        name,
                        version: found.version + 1,
                        digest: String::new(),
                        text: None,
                        changed_by: by,
                        at: clock::now_micros(),
                    };
                    insert(on, kind, row).await?;
                    Ok(true)
                })
            })
        };
        self.store.0.again(remove).await
    }
}

impl Defined {
    /// Both tables have the same columns.
    fn table(self) -> Alias {
        use sea_orm::EntityName;
        Alias::new(match self {
            Self::Mapping => mapping::Entity.table_name(),
            Self::Scrape => scrape::Entity.table_name(),
        })
    }

    const fn list(self) -> &'static str {
        match self {
            Self::Mapping => "list mappings",
            Self::Scrape => "list scrapes",
        }
    }

    const fn read(self) -> &'static str {
        match self {
            Self::Mapping => "read a mapping",
            Self::Scrape => "read a scrape",
        }
    }

    const fn store(self) -> &'static str {
        match self {
            Self::Mapping => "store a mapping",
            Self::Scrape => "store a scrape",
        }
    }

    fn select(self) -> SelectStatement {
        let columns = COLUMNS.map(Alias::new);
        Query::select()
            .columns(columns)
            .from(self.table())
            .to_owned()
    }

    /// The newest version of this name comes first, and alone.
    fn newest(self, name: &str) -> SelectStatement {
        let mut select = self.select();
        select
            .and_where(Expr::col(Alias::new("name")).eq(name))
            .order_by(Alias::new("version"), Order::Desc)
            .limit(1);
        select
    }
}

const COLUMNS: [&str; 6] = ["name", "version", "digest", "text", "changed_by", "at"];

async fn rows(
    on: &impl ConnectionTrait,
    select: SelectStatement,
    attempted: &'static str,
) -> Result<Vec<Version>> {
    let found = on.query_all(&select).await.map_err(query(attempted))?;
    let found = found.iter().map(|row| Version::from_query_result(row, ""));
    found
        .collect::<std::result::Result<_, _>>()
        .map_err(query(attempted))
}

async fn newest(on: &impl ConnectionTrait, kind: Defined, name: &str) -> Result<Option<Version>> {
    let found = rows(on, kind.newest(name), kind.read()).await?;
    Ok(found.into_iter().next())
}

async fn insert(on: &impl ConnectionTrait, kind: Defined, row: Version) -> Result<()> {
    let mut insert = Query::insert();
    insert
        .into_table(kind.table())
        .columns(COLUMNS.map(Alias::new))
        .values_panic([
            row.name.into(),
            row.version.into(),
            row.digest.into(),
            row.text.into(),
            row.changed_by.into(),
            row.at.into(),
        ]);
    let stored = on.execute(&insert).await;
    stored.map(drop).map_err(query(kind.store()))
}

/// Whether the one that is there is the one that a caller has seen.
fn is_expected(found: Option<&StoredDefinition>, expected: Option<&str>) -> bool {
    expected.is_none_or(|expected| found.is_some_and(|found| found.digest == expected))
}

fn there(row: Version) -> Option<StoredDefinition> {
    Some(StoredDefinition {
        name: row.name,
        version: row.version,
        digest: row.digest,
        text: row.text?,
        changed_by: row.changed_by,
        at: row.at,
    })
}
