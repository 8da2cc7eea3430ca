//! Which states of commits are still to be sent to their forges.

use entity::pipeline_run;
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::PipelineStore;
use crate::clock;
use crate::engine::store::{Result, query};

/// What a forge was sent of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusSent {
    Started,
    Ended,
}

impl StatusSent {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ended => "ended",
        }
    }
}

impl PipelineStore {
    /// Runs of which a forge is to be sent something, those that are due first.
    pub(crate) async fn statuses(&self, limit: u64) -> Result<Vec<pipeline_run::Model>> {
        pipeline_run::Entity::find()
            .filter(pipeline_run::Column::StatusDue.is_not_null())
            .order_by_asc(pipeline_run::Column::StatusDue)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("look for states of commits that are to be sent"))
    }

    /// Moves a sending to another time, with the number of tries; `false`: another process has it.
    pub(crate) async fn move_status(
        &self,
        run: &pipeline_run::Model,
        due: i64,
        tries: i32,
    ) -> Result<bool> {
        let (id, before) = (run.id.clone(), run.status_due);
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let moved = pipeline_run::Entity::update_many()
                        .col_expr(pipeline_run::Column::StatusDue, Expr::value(due))
                        .col_expr(pipeline_run::Column::StatusTries, Expr::value(tries))
                        .filter(pipeline_run::Column::Id.eq(id))
                        .filter(pipeline_run::Column::StatusDue.eq(before))
                        .exec(on)
                        .await
                        .map_err(query("take the sending of a commit's state"))?;
                    Ok(moved.rows_affected == 1)
                })
            })
            .await
    }

    /// Notes that a forge knows this of a run. A run that has ended meanwhile is due again.
    pub(crate) async fn status_sent(&self, run: &str, sent: StatusSent) -> Result<()> {
        let id = run.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let next = match sent {
                        StatusSent::Ended => Expr::value(None::<i64>),
                        StatusSent::Started => CaseStatement::new()
                            .case(
                                pipeline_run::Column::EndedAt.is_null(),
                                Expr::value(None::<i64>),
                            )
                            .finally(Expr::value(clock::now_micros()))
                            .into(),
                    };
                    pipeline_run::Entity::update_many()
                        .col_expr(pipeline_run::Column::StatusDue, next)
                        .col_expr(pipeline_run::Column::StatusSent, Expr::value(sent.as_str()))
                        .col_expr(pipeline_run::Column::StatusTries, Expr::value(0))
                        .filter(pipeline_run::Column::Id.eq(id))
                        .exec(on)
                        .await
                        .map_err(query("note that a commit's state was sent"))
                        .map(drop)
                })
            })
            .await
    }
}

/// When the end of a run is to be sent: now, if its start was or is to be.
pub(super) fn due_at_end(now: i64) -> Expr {
    let is_wanted = Condition::any()
        .add(pipeline_run::Column::StatusDue.is_not_null())
        .add(pipeline_run::Column::StatusSent.is_not_null());
    CaseStatement::new()
        .case(is_wanted, Expr::value(now))
        .finally(Expr::value(None::<i64>))
        .into()
}
