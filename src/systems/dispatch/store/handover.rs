//! Messages on their way to the broker: a task goes over Kafka or over HTTP, whichever takes it first.
//!
//! Both take a task by a change of its row: a lease makes it running, the sending of its message sets
//! `sent_at`. Only then is a message given to the client, so that a worker that answers it at once is
//! believed, too.

use std::collections::HashMap;

use entity::{DispatchStatus, JobId, dispatch, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{DispatchStore, Pending};
use crate::clock;
use crate::engine::store::{Result, changing, query, rows};

const HAND_OVER: &str = "hand messages over to be sent";

impl DispatchStore {
    /// Marks messages as handed over to be sent: from here on nobody can lease their tasks over HTTP.
    /// Returns those whose tasks still wait for them; the others are dropped.
    pub async fn hand_over(&self, messages: Vec<Pending>) -> Result<Vec<Pending>> {
        if messages.is_empty() {
            return Ok(messages);
        }
        self.0
            .write(move |on| Box::pin(async move { hand_over(on, messages).await }))
            .await
    }
}

async fn hand_over(on: &DatabaseTransaction, messages: Vec<Pending>) -> Result<Vec<Pending>> {
    let ids = messages.iter().map(|message| message.task.clone());
    // By their ids alone: a server that has not counted for a while finds it cheaper to read all
    // that wait.
    let found = dispatch::Entity::find()
        .filter(dispatch::Column::JobId.is_in(rows::padded(ids)))
        .order_by_asc(dispatch::Column::JobId)
        .select_only()
        .columns([
            dispatch::Column::JobId,
            dispatch::Column::Status,
            dispatch::Column::Attempt,
            dispatch::Column::SentAt,
        ]);
    let found: Vec<(JobId, DispatchStatus, i32, Option<i64>)> = changing::locked(on, found)
        .into_tuple()
        .all(on)
        .await
        .map_err(query(HAND_OVER))?;
    let waiting: Vec<(JobId, i32, Option<i64>)> = found
        .into_iter()
        .filter(|(_, status, ..)| *status == DispatchStatus::Waiting)
        .map(|(id, _, attempt, sent_at)| (id, attempt, sent_at))
        .collect();
    // What was handed over before a crash keeps its time.
    let fresh: Vec<JobId> = waiting
        .iter()
        .filter(|(.., sent_at)| sent_at.is_none())
        .map(|(id, ..)| id.clone())
        .collect();
    if !fresh.is_empty() {
        dispatch::Entity::update_many()
            .col_expr(dispatch::Column::SentAt, Expr::value(clock::now_micros()))
            .filter(dispatch::Column::JobId.is_in(rows::padded(fresh)))
            .exec(on)
            .await
            .map_err(query(HAND_OVER))?;
    }
    let waiting: HashMap<JobId, i32> = waiting.into_iter().map(|(id, no, _)| (id, no)).collect();
    let (due, obsolete): (Vec<Pending>, Vec<Pending>) = messages
        .into_iter()
        .partition(|message| waiting.get(&message.task) == Some(&message.attempt));
    if !obsolete.is_empty() {
        let seqs = obsolete.iter().map(|message| message.seq);
        outbox::Entity::delete_many()
            .filter(outbox::Column::Seq.is_in(rows::padded(seqs)))
            .exec(on)
            .await
            .map_err(query(HAND_OVER))?;
    }
    Ok(due)
}
