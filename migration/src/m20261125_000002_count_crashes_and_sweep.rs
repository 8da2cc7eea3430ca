//! How often a batch ended its process, and whether a job's history is still kept.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const BATCH: &str = "audience_batch";
const SWEEP_INDEX: &str = "audience_job_sweep";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, BATCH, "crashes", integer("crashes").default(0)).await?;
        let history = string_len("history", 16).default("kept").take();
        add(manager, JOB, "history", &mut history.clone()).await?;
        if manager.has_index(JOB, SWEEP_INDEX).await? {
            return Ok(());
        }
        let mut index = Index::create();
        index.name(SWEEP_INDEX).table(JOB);
        if manager.get_database_backend() == DbBackend::MySql {
            index.col("history").col("ended_at");
        } else {
            // Only of jobs whose turn will come: each job passes through it once.
            index.col("ended_at");
            index.and_where(Expr::col("ended_at").is_not_null());
            index.and_where(Expr::col("history").ne("swept"));
        }
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name(SWEEP_INDEX).table(JOB).to_owned();
        manager.drop_index(index).await?;
        for (table, column) in [(JOB, "history"), (BATCH, "crashes")] {
            let alter = Table::alter().table(table).drop_column(column).to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
