//! Large inputs of jobs (rule sets), stored once under the digest of their content, for as long as
//! there is a job that refers to them.
//!
//! A submission may find an input that the sweeper is about to drop. So each locks its row first: a
//! submission in a way that others may share, the sweeper alone. A submission that comes second finds
//! the row dropped and stores the input again; a sweeper that comes second finds the new reference. On
//! SQLite, which has one writer, neither can come between.

use std::collections::{BTreeMap, BTreeSet};

use entity::{JobId, blob};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    RuntimeErr, Statement, sea_query::OnConflict,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::dropping::parameter;
use super::rows::{self, Column, ColumnType};
use super::{Result, Store, query};
use crate::clock;

/// How often an input is stored that is dropped each time before it can be locked.
const TRIES: usize = 5;

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

    /// Drops up to so many inputs that no job refers to; returns how many.
    pub async fn drop_unused(&self, limit: u64) -> Result<u64> {
        let attempted = "look for inputs that no job needs";
        let backend = self.0.read.get_database_backend();
        let sql = format!(
            "SELECT digest FROM audience_blob AS b WHERE NOT EXISTS \
             (SELECT 1 FROM audience_job_blob AS l WHERE l.digest = b.digest) LIMIT {}",
            parameter(backend, 1)
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let unused = Statement::from_sql_and_values(backend, sql, [limit.into()]);
        let found = self.0.read.query_all_raw(unused).await;
        let digests = found
            .map_err(query(attempted))?
            .iter()
            .map(|row| row.try_get::<String>("", "digest"))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(query(attempted))?;
        if digests.is_empty() {
            return Ok(0);
        }
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let mut dropped = 0;
                    for digest in digests {
                        dropped += drop_if_unused(on, &digest).await?;
                    }
                    Ok(dropped)
                })
            })
            .await
    }
}

/// SHA-256 as hexadecimal digits.
pub fn digest(body: &[u8]) -> String {
    Sha256::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// One that is locked belongs to a submission.
async fn drop_if_unused(on: &DatabaseTransaction, digest: &str) -> Result<u64> {
    let attempted = "drop an input that no job needs";
    let backend = on.get_database_backend();
    let is_ours = match backend {
        DbBackend::Sqlite => true,
        _ => is_there(on, digest, "FOR UPDATE SKIP LOCKED").await?,
    };
    if !is_ours {
        return Ok(0);
    }
    // A statement of its own: it sees what was committed before the row was locked.
    let sql = format!(
        "DELETE FROM audience_blob WHERE digest = {} AND NOT EXISTS \
         (SELECT 1 FROM audience_job_blob AS l WHERE l.digest = audience_blob.digest)",
        parameter(backend, 1)
    );
    let delete = Statement::from_sql_and_values(backend, sql, [digest.into()]);
    let dropped = on.execute_raw(delete).await.map_err(query(attempted))?;
    Ok(dropped.rows_affected())
}

async fn is_there(on: &DatabaseTransaction, digest: &str, lock: &str) -> Result<bool> {
    let backend = on.get_database_backend();
    let sql = format!(
        "SELECT digest FROM audience_blob WHERE digest = {} {lock}",
        parameter(backend, 1)
    );
    let select = Statement::from_sql_and_values(backend, sql, [digest.into()]);
    let found = on.query_one_raw(select).await;
    let found = found.map_err(query("look for a stored input"))?;
    Ok(found.is_some())
}

#[derive(Serialize)]
struct LinkRow<'a> {
    id: &'a str,
    digest: &'a str,
}

const LINK_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("digest", ColumnType::ShortText),
];

const INSERT_LINKS: &str = "\
    INSERT INTO audience_job_blob (job_id, digest) SELECT r.id, r.digest FROM {rows}";

/// The same for a job that may refer to some of them already.
const INSERT_MORE_LINKS: &str = "\
    INSERT INTO audience_job_blob (job_id, digest) SELECT r.id, r.digest FROM {rows} \
    WHERE NOT EXISTS (SELECT 1 FROM audience_job_blob AS l \
    WHERE l.job_id = r.id AND l.digest = r.digest)";

/// Stores the inputs of new jobs, unless they are there already; returns the statement that notes
/// which job refers to which, if there are any.
pub(super) async fn put_all(
    on: &DatabaseTransaction,
    jobs: &[(&JobId, &[Vec<u8>])],
) -> Result<Option<Statement>> {
    put_and_link(on, jobs, INSERT_LINKS).await
}

/// The same for further inputs of a stored job.
pub(super) async fn put_more(
    on: &DatabaseTransaction,
    job: &JobId,
    inputs: &[Vec<u8>],
) -> Result<Option<Statement>> {
    put_and_link(on, &[(job, inputs)], INSERT_MORE_LINKS).await
}

async fn put_and_link(
    on: &DatabaseTransaction,
    jobs: &[(&JobId, &[Vec<u8>])],
    insert: &str,
) -> Result<Option<Statement>> {
    let mut bodies: BTreeMap<String, &[u8]> = BTreeMap::new();
    let mut links = BTreeSet::new();
    for (job, inputs) in jobs {
        for body in *inputs {
            let digest = digest(body);
            links.insert((job.as_str(), digest.clone()));
            bodies.insert(digest, body);
        }
    }
    if links.is_empty() {
        return Ok(None);
    }
    // In the order of the digests, like every process that locks several.
    for (digest, body) in &bodies {
        put(on, digest, body).await?;
    }
    let links: Vec<LinkRow<'_>> = links
        .iter()
        .map(|(id, digest)| LinkRow { id, digest })
        .collect();
    let backend = on.get_database_backend();
    rows::statement(backend, insert, LINK_COLUMNS, &links).map(Some)
}

/// Stores an input unless it is there already, and keeps it from being dropped until the
/// transaction ends.
async fn put(on: &DatabaseTransaction, digest: &str, body: &[u8]) -> Result<()> {
    let lock = match on.get_database_backend() {
        DbBackend::Postgres => "FOR KEY SHARE",
        DbBackend::Sqlite => "",
        _ => "LOCK IN SHARE MODE",
    };
    for _ in 0..TRIES {
        // Most have the rules of an earlier one: these are not sent again.
        if is_there(on, digest, lock).await? {
            return Ok(());
        }
        let blob = blob::ActiveModel {
            digest: Set(digest.to_owned()),
            body: Set(body.to_vec()),
            created_at: Set(clock::now_micros()),
        };
        let inserted = blob::Entity::insert(blob)
            .on_conflict(
                OnConflict::column(blob::Column::Digest)
                    .do_nothing_on([blob::Column::Digest])
                    .to_owned(),
            )
            .exec_without_returning(on)
            .await
            .map_err(query("store an input"))?;
        if inserted == 1 {
            return Ok(());
        }
    }
    let again = RuntimeErr::Internal("it was dropped each time before it was locked".to_owned());
    Err(query("store an input")(DbErr::Conn(again)))
}
