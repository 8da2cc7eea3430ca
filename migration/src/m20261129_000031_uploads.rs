//! Projects that were uploaded.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::in_our_way;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UPLOAD: &str = "audience_pipeline_upload";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let mut upload = Table::create();
        upload
            .table(UPLOAD)
            .col(string_len("project", 64).primary_key())
            .col(string_len("version", 64))
            .col(string_len("uploaded_by", 255))
            .col(big_integer("at"))
            .if_not_exists();
        in_our_way(backend, &mut upload);
        manager.create_table(upload).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(UPLOAD).to_owned();
        manager.drop_table(drop).await
    }
}
