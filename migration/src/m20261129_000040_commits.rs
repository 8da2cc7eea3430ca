//! Runs at commits, and what of them the forge has been sent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const RUN: &str = "audience_pipeline_run";

const DUE: &str = "audience_pipeline_run_status_due";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut tries = integer("status_tries");
        tries.default(0);
        for (name, mut column) in [
            ("commit_id", string_len_null("commit_id", 64)),
            ("status_due", big_integer_null("status_due")),
            ("status_sent", string_len_null("status_sent", 16)),
            ("status_tries", tries),
        ] {
            add(manager, RUN, name, &mut column).await?;
        }
        if manager.has_index(RUN, DUE).await? {
            return Ok(());
        }
        let index = Index::create()
            .name(DUE)
            .table(RUN)
            .col("status_due")
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name(DUE).table(RUN).to_owned();
        manager.drop_index(index).await?;
        for name in ["commit_id", "status_due", "status_sent", "status_tries"] {
            let alter = Table::alter().table(RUN).drop_column(name).to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
