//! The digest of a request's body gets a column of its own.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const BODY_DIGEST: &str = "body_digest";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut digest = string_len_null(BODY_DIGEST, 64);
        add(manager, JOB, BODY_DIGEST, &mut digest).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter()
            .table(JOB)
            .drop_column(BODY_DIGEST)
            .to_owned();
        manager.alter_table(alter).await
    }
}
