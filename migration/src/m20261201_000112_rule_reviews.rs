//! Reviews of rule sets: rows that were drawn, and what people say of them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::{in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const REVIEW: &str = "audience_rule_review";
const ITEM: &str = "audience_rule_review_item";
const VERDICT: &str = "audience_rule_review_verdict";
const BY_SET: &str = "audience_rule_review_set";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let text = |name| long_text(backend, name).not_null().to_owned();
        let mut review = Table::create();
        review
            .table(REVIEW)
            .col(string_len("id", 32).primary_key())
            .col(string_len("job_id", 32))
            .col(string_len("rule_set", 255))
            .col(integer_null("version"))
            .col(string_len("subject", 16))
            .col(string_len("strata_by", 64))
            .col(integer("per_stratum"))
            .col(big_integer("seed"))
            .col(text("strata"))
            .col(integer("items"))
            .col(big_integer("created_at"))
            .col(string_len("created_by", 255));
        let mut item = Table::create();
        item.table(ITEM)
            .col(string_len("review_id", 32))
            .col(integer("n"))
            .col(integer("stratum"))
            .col(text("row_id"))
            .col(string_len("row_group", 255))
            .col(string_len("post_time", 64))
            .col(string_len_null("label", 255))
            .col(text("fields"))
            .col(text("hits"))
            .primary_key(Index::create().col("review_id").col("n"));
        let mut verdict = Table::create();
        verdict
            .table(VERDICT)
            .col(string_len("review_id", 32))
            .col(integer("n"))
            .col(string_len("who", 255))
            .col(string_len("verdict", 16))
            .col(string_len_null("label", 255))
            .col(long_text(backend, "note"))
            .col(big_integer("said_at"))
            .primary_key(Index::create().col("review_id").col("n").col("who"));
        for mut table in [review, item, verdict] {
            table.if_not_exists();
            in_our_way(backend, &mut table);
            manager.create_table(table).await?;
        }
        if !manager.has_index(REVIEW, BY_SET).await? {
            let index = Index::create()
                .name(BY_SET)
                .table(REVIEW)
                .col("rule_set")
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [VERDICT, ITEM, REVIEW] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}
