//! Lists of the jobs of one flow or one queue, newest first, are read by an index.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";

/// Jobs are added at the end of each flow and each queue, and never move.
const INDEXES: [(&str, &str); 2] = [
    ("audience_job_flow", "flow"),
    ("audience_job_queue", "queue"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, column) in INDEXES {
            if manager.has_index(JOB, name).await? {
                continue;
            }
            let mut index = Index::create();
            index.name(name).table(JOB).col(column).col("id");
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            let index = Index::drop().name(name).table(JOB).to_owned();
            manager.drop_index(index).await?;
        }
        Ok(())
    }
}
