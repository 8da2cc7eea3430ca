//! Which attempt a dead letter's answer speaks of, as its header said.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const LETTER: &str = "audience_dead_letter";
const ATTEMPT: &str = "attempt";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, LETTER, ATTEMPT, &mut integer_null(ATTEMPT)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter().table(LETTER).drop_column(ATTEMPT).to_owned();
        manager.alter_table(alter).await
    }
}
