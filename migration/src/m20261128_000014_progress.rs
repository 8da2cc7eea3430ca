//! How far the worker of a task is, and when a caller cancelled the task.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const DISPATCH: &str = "audience_dispatch";
const COLUMNS: [&str; 2] = ["progress_ppm", "cancelled_at"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in COLUMNS {
            add(manager, DISPATCH, name, &mut big_integer_null(name)).await?;
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
