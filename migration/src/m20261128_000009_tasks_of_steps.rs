//! Tasks that belong to a step of a job: which batch waits for them, and what they ask for.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{add, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const DISPATCH: &str = "audience_dispatch";
const INDEX: &str = "audience_dispatch_for_job";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        add(
            manager,
            DISPATCH,
            "for_job",
            &mut string_len_null("for_job", 32),
        )
        .await?;
        for name in ["step_no", "batch_no"] {
            add(manager, DISPATCH, name, &mut integer_null(name)).await?;
        }
        add(manager, DISPATCH, "request", &mut long_text(on, "request")).await?;
        if manager.has_index(DISPATCH, INDEX).await? {
            return Ok(());
        }
        // Most tasks are jobs of their own.
        let only = match on {
            DbBackend::MySql => "",
            _ => " WHERE for_job IS NOT NULL",
        };
        let index = format!("CREATE INDEX {INDEX} ON {DISPATCH} (for_job){only}");
        manager.get_connection().execute_unprepared(&index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name(INDEX).table(DISPATCH).to_owned();
        manager.drop_index(index).await?;
        for name in ["for_job", "step_no", "batch_no", "request"] {
            let alter = Table::alter().table(DISPATCH).drop_column(name).to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
