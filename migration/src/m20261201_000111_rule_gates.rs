//! Jobs that the gates of their rule sets hold, and what was decided.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::{in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const GATE: &str = "audience_rule_gate";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let mut table = Table::create();
        table
            .table(GATE)
            .col(string_len("job_id", 32))
            .col(integer("generation"))
            .col(integer("step_no"))
            .col(integer("batch_no"))
            .col(string_len("rule_set", 255))
            .col(integer_null("version"))
            .col(long_text(backend, "judgement").not_null().to_owned())
            .col(big_integer("held_at"))
            .col(big_integer("expires_at"))
            .col(string_len_null("decision", 16))
            .col(big_integer_null("decided_at"))
            .col(string_len_null("decided_by", 255))
            .col(long_text(backend, "why"))
            .primary_key(Index::create().col("job_id").col("generation"));
        table.if_not_exists();
        in_our_way(backend, &mut table);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(GATE).to_owned();
        manager.drop_table(drop).await
    }
}
