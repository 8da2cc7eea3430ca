//! The subject of each job, so that an index finds the newest jobs with the same flow and subject.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const COLUMN: &str = "subject";
/// A new job is added behind the others with its flow and subject, and never moves.
const INDEX: &str = "audience_job_alike";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut column = string_len_null(COLUMN, 255);
        add(manager, JOB, COLUMN, &mut column).await?;
        if manager.has_index(JOB, INDEX).await? {
            return Ok(());
        }
        let mut index = Index::create();
        index.name(INDEX).table(JOB);
        index.col("flow").col(COLUMN).col("id");
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name(INDEX).table(JOB).to_owned();
        manager.drop_index(index).await?;
        let alter = Table::alter().table(JOB).drop_column(COLUMN).to_owned();
        manager.alter_table(alter).await
    }
}
