//! Dead letters: what could not be used or delivered, kept until somebody has looked at it.

use entity::{JobId, LetterKind, dead_letter, dispatch};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DatabaseTransaction, EntityTrait, Insert, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use super::DispatchStore;
use crate::clock;
use crate::engine::store::notifications::{NewNotification, note};
use crate::engine::store::{Result, query};
use crate::systems::dispatch::FLOW;

/// A reply that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub service: Option<String>,
    pub job: Option<JobId>,
    pub topic: String,
    /// As it came; bytes that are not text are shown as hexadecimal digits.
    pub payload: String,
    pub reason: String,
    /// The attempt that its header named.
    pub attempt: Option<i32>,
}

/// Which dead letters to replay, of those that were not.
#[derive(Clone, Debug, Default)]
pub struct LettersToReplay {
    pub kind: Option<LetterKind>,
    pub service: Option<String>,
    /// Only letters that are younger than this one.
    pub after: Option<i64>,
    pub limit: u64,
}

/// Which dead letters to list.
#[derive(Clone, Debug, Default)]
pub struct LetterFilter {
    pub kind: Option<LetterKind>,
    pub service: Option<String>,
    /// Only of these services; `None`: of all, and of none.
    pub services: Option<Vec<String>>,
    pub replayed: Option<bool>,
    /// Only letters older than this one.
    pub before: Option<i64>,
}

const KEEP: &str = "keep a dead letter";

impl DispatchStore {
    pub async fn keep_letter(&self, letter: Letter) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let row = dead_letter::ActiveModel {
                        seq: NotSet,
                        at: Set(clock::now_micros()),
                        kind: Set(LetterKind::Reply),
                        service: Set(letter.service),
                        job_id: Set(letter.job),
                        topic: Set(Some(letter.topic)),
                        payload: Set(letter.payload),
                        reason: Set(letter.reason),
                        replayed_at: Set(None),
                        attempt: Set(letter.attempt),
                    };
                    put(on, row).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Newest first.
    pub async fn letters(
        &self,
        filter: &LetterFilter,
        limit: u64,
    ) -> Result<Vec<dead_letter::Model>> {
        let mut select = dead_letter::Entity::find()
            .order_by_desc(dead_letter::Column::Seq)
            .limit(limit);
        if let Some(kind) = filter.kind {
            select = select.filter(dead_letter::Column::Kind.eq(kind));
        }
        if let Some(service) = &filter.service {
            select = select.filter(dead_letter::Column::Service.eq(service.clone()));
        }
        if let Some(services) = &filter.services {
            let services = services.iter().cloned();
            select = select.filter(dead_letter::Column::Service.is_in(services));
        }
        select = match filter.replayed {
            Some(true) => select.filter(dead_letter::Column::ReplayedAt.is_not_null()),
            Some(false) => select.filter(dead_letter::Column::ReplayedAt.is_null()),
            None => select,
        };
        if let Some(before) = filter.before {
            select = select.filter(dead_letter::Column::Seq.lt(before));
        }
        let letters = select.all(self.0.reader()).await;
        letters.map_err(query("list dead letters"))
    }

    /// Oldest first.
    pub async fn letters_to_replay(
        &self,
        which: &LettersToReplay,
    ) -> Result<Vec<dead_letter::Model>> {
        let mut select = dead_letter::Entity::find()
            .filter(dead_letter::Column::ReplayedAt.is_null())
            .order_by_asc(dead_letter::Column::Seq)
            .limit(which.limit);
        if let Some(kind) = which.kind {
            select = select.filter(dead_letter::Column::Kind.eq(kind));
        }
        if let Some(service) = &which.service {
            select = select.filter(dead_letter::Column::Service.eq(service.clone()));
        }
        if let Some(after) = which.after {
            select = select.filter(dead_letter::Column::Seq.gt(after));
        }
        let letters = select.all(self.0.reader()).await;
        letters.map_err(query("list dead letters"))
    }

    pub async fn letter(&self, seq: i64) -> Result<Option<dead_letter::Model>> {
        let letter = dead_letter::Entity::find_by_id(seq)
            .one(self.0.reader())
            .await;
        letter.map_err(query("read a dead letter"))
    }

    pub async fn letter_replayed(&self, seq: i64) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    dead_letter::Entity::update_many()
                        .col_expr(
                            dead_letter::Column::ReplayedAt,
                            Expr::value(clock::now_micros()),
                        )
                        .filter(dead_letter::Column::Seq.eq(seq))
                        .exec(on)
                        .await
                        .map_err(query("note that a dead letter was replayed"))?;
                    Ok(())
                })
            })
            .await
    }
}

/// A task that was given up.
pub(super) async fn of_task(
    on: &DatabaseTransaction,
    task: &dispatch::Model,
    reason: &str,
) -> Result<()> {
    let row = dead_letter::ActiveModel {
        seq: NotSet,
        at: Set(clock::now_micros()),
        kind: Set(LetterKind::Task),
        service: Set(Some(task.service.clone())),
        job_id: Set(Some(task.job_id.clone())),
        topic: Set(None),
        payload: Set(String::new()),
        reason: Set(reason.to_owned()),
        replayed_at: Set(None),
        attempt: Set(None),
    };
    put(on, row).await
}

async fn put(on: &DatabaseTransaction, row: dead_letter::ActiveModel) -> Result<()> {
    let service = row.service.clone().take().flatten();
    let job = row.job_id.clone().take().flatten();
    let about = job.map(|job| job.to_string()).or_else(|| service.clone());
    let noted = NewNotification {
        kind: "dispatch.dead_letter",
        about: about.unwrap_or_default(),
        flow: FLOW.to_owned(),
        name: service,
        data: json!({ "error": row.reason.clone().take() }),
        ..NewNotification::default()
    };
    note(on, vec![noted]).await?;
    Insert::one(row)
        .exec_without_returning(on)
        .await
        .map(drop)
        .map_err(query(KEEP))
}
