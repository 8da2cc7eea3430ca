//! Columns of jobs by whose indexes SQLite is not to look for rows.

use entity::job;
use sea_orm::sea_query::Expr;
use sea_orm::{DbBackend, IdenStatic};

/// A column of jobs, as a term for which SQLite uses no index.
///
/// SQLite does not count the rows behind each key of an index. Where jobs of one state are wanted, and of
/// one queue or flow, it may prefer the index of the queue and read all the jobs that have ever been in
/// it, for the few that run. Other databases know.
pub(super) fn unindexed(backend: DbBackend, column: job::Column) -> Expr {
    match backend {
        DbBackend::Sqlite => Expr::cust(format!("+{}", column.as_str())),
        _ => Expr::col((job::Entity, column)),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryTrait};

    use super::*;
    use crate::engine::store::Store;

    /// How SQLite looks for jobs that run, of a queue that is named so.
    async fn plan(store: &Store, queue: Expr) -> String {
        let running = job::Entity::find().filter(job::Column::State.eq("running"));
        let mut statement = running.filter(queue.eq("a")).build(DbBackend::Sqlite);
        statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
        let rows = store.read.query_all_raw(statement).await.unwrap();
        let lines = rows.iter().map(|row| row.try_get("", "detail").unwrap());
        lines.collect::<Vec<String>>().join("\n")
    }

    #[tokio::test]
    async fn jobs_that_run_are_not_looked_for_among_all_that_their_queue_has_had() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        let store = Store::open(&url).await.unwrap();
        let indexed = plan(&store, job::Column::Queue.into_expr()).await;
        assert!(indexed.contains("audience_job_queue"), "{indexed}");
        let queue = unindexed(DbBackend::Sqlite, job::Column::Queue);
        let by_state = plan(&store, queue).await;
        assert!(by_state.contains("audience_job_state"), "{by_state}");
    }
}
