//! Steps that are added to a job while it runs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STEP: &str = "audience_step";

const ADDED_BY: &str = "added_by";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut added_by = integer_null(ADDED_BY);
        add(manager, STEP, ADDED_BY, &mut added_by).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter().table(STEP).drop_column(ADDED_BY).to_owned();
        manager.alter_table(alter).await
    }
}
