//! Which trace a job belongs to, the log of each job, and since when a message waits.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::{add, in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const OUTBOX: &str = "audience_outbox";
const LOG: &str = "audience_log";
const LOG_INDEX: &str = "audience_log_job";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(
            manager,
            JOB,
            "traceparent",
            &mut string_len_null("traceparent", 55),
        )
        .await?;
        let mut stored_at = big_integer("stored_at").default(0).take();
        add(manager, OUTBOX, "stored_at", &mut stored_at).await?;
        let on = manager.get_database_backend();
        let mut log = Table::create()
            .if_not_exists()
            .table(LOG)
            .col(big_integer("seq").auto_increment().primary_key())
            .col(string_len("job_id", 32))
            .col(big_integer("at"))
            .col(string_len("level", 8))
            .col(long_text(on, "message").not_null())
            .col(long_text(on, "fields").not_null())
            .to_owned();
        in_our_way(on, &mut log);
        manager.create_table(log).await?;
        if manager.has_index(LOG, LOG_INDEX).await? {
            return Ok(());
        }
        let mut index = Index::create();
        index.name(LOG_INDEX).table(LOG).col("job_id").col("seq");
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(LOG).to_owned())
            .await?;
        for (table, column) in [(JOB, "traceparent"), (OUTBOX, "stored_at")] {
            let alter = Table::alter().table(table).drop_column(column).to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
