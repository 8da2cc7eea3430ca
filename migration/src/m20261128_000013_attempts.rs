//! What is known of a task's attempt: when its message was handed over to be sent, the last report,
//! and whether the worker that leased it has given a sign of life.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const DISPATCH: &str = "audience_dispatch";
const COLUMNS: [&str; 4] = ["sent_at", "reported_at", "report_digest", "heartbeat_at"];

/// A task that waits and has no message in the outbox: its message was sent. When, is not known.
const SENT_BEFORE: &str = "\
    UPDATE audience_dispatch SET sent_at = 0 WHERE status = 'waiting' AND sent_at IS NULL \
    AND NOT EXISTS (SELECT 1 FROM audience_outbox o WHERE o.job_id = audience_dispatch.job_id)";

/// Leases of before may have been renewed: one that lapses counts.
const RENEWED_BEFORE: &str = "\
    UPDATE audience_dispatch SET heartbeat_at = 0 WHERE status = 'running' \
    AND holder IS NOT NULL AND heartbeat_at IS NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in COLUMNS {
            add(manager, DISPATCH, name, &mut big_integer_null(name)).await?;
        }
        let connection = manager.get_connection();
        for statement in [SENT_BEFORE, RENEWED_BEFORE] {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in COLUMNS {
            let alter = Table::alter().table(DISPATCH).drop_column(name).to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
