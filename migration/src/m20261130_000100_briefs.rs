//! Briefs: what they look for, their pages with the articles, exports, quotas of platforms.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{in_our_way, long_blob, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BRIEF: &str = "audience_brief";
const PLATFORM: &str = "audience_brief_platform";
const SEQUENCE: &str = "audience_brief_sequence";
const PAGE: &str = "audience_brief_page";
const PACKED: &str = "audience_brief_packed";
const EXPORT: &str = "audience_brief_export";
const CALLS: &str = "audience_brief_calls";
const PART: &str = "audience_brief_part";
const PUSHED: &str = "audience_brief_pushed";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for mut table in tables(backend) {
            table.if_not_exists();
            in_our_way(backend, &mut table);
            manager.create_table(table).await?;
        }
        for (table, name, column) in [
            (BRIEF, "audience_brief_created", "created_at"),
            (EXPORT, "audience_brief_export_created", "created_at"),
        ] {
            if !manager.has_index(table, name).await? {
                let index = Index::create()
                    .name(name)
                    .table(table)
                    .col(column)
                    .to_owned();
                manager.create_index(index).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            PUSHED, PART, CALLS, EXPORT, PACKED, PAGE, SEQUENCE, PLATFORM, BRIEF,
        ] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn tables(backend: DbBackend) -> Vec<TableCreateStatement> {
    let mut tables = vec![brief(backend), page(backend)];
    tables.extend(around_pages(backend));
    tables.extend([export(backend), calls(), pushed(backend)]);
    tables
}

fn brief(backend: DbBackend) -> TableCreateStatement {
    let text = |name| long_text(backend, name).not_null().to_owned();
    let text_null = |name| long_text(backend, name).null().to_owned();
    Table::create()
        .table(BRIEF)
        .col(string_len("job_id", 32).primary_key())
        .col(string_len("name", 255))
        .col(text("keywords"))
        .col(text("platforms"))
        .col(text("request"))
        .col(integer("revision"))
        .col(integer("stage"))
        .col(big_integer_null("began_at"))
        .col(big_integer_null("deadline_at"))
        .col(big_integer_null("collected_at"))
        .col(string_len_null("outcome", 16))
        .col(text_null("message"))
        .col(big_integer_null("articles"))
        .col(big_integer_null("accounts"))
        .col(big_integer("created_at"))
        .col(big_integer("changed_at"))
        .to_owned()
}

fn page(backend: DbBackend) -> TableCreateStatement {
    let text_null = |name| long_text(backend, name).null().to_owned();
    Table::create()
        .table(PAGE)
        .col(string_len("job_id", 32))
        .col(string_len("platform", 64))
        .col(integer("sequence"))
        .col(integer("number"))
        .col(string_len("state", 16))
        .col(integer("stage"))
        .col(integer("attempt"))
        .col(text_null("cursors"))
        .col(text_null("next"))
        .col(integer("received"))
        .col(integer("kept"))
        .col(integer("filtered"))
        .col(integer("out_of_range"))
        .col(integer("rejected"))
        .col(text_null("rejected_path"))
        .col(text_null("error"))
        .col(integer("tries"))
        .col(integer("calls"))
        .col(big_integer("opened_at"))
        .col(big_integer_null("answered_at"))
        .col(big_integer_null("ended_at"))
        .primary_key(&mut key(&["job_id", "platform", "sequence", "number"]))
        .to_owned()
}

fn around_pages(backend: DbBackend) -> Vec<TableCreateStatement> {
    let text = |name| long_text(backend, name).not_null().to_owned();
    let text_null = |name| long_text(backend, name).null().to_owned();
    let platform = Table::create()
        .table(PLATFORM)
        .col(string_len("job_id", 32))
        .col(string_len("platform", 64))
        .col(integer("no"))
        .col(integer("revision"))
        .col(big_integer_null("began_at"))
        .col(big_integer_null("ended_at"))
        .col(big_integer("calls"))
        .col(big_integer("retries"))
        .col(big_integer("hedges"))
        .col(big_integer("stored"))
        .col(boolean("limited"))
        .col(text_null("message"))
        .primary_key(&mut key(&["job_id", "platform"]))
        .to_owned();
    let sequence = Table::create()
        .table(SEQUENCE)
        .col(string_len("job_id", 32))
        .col(string_len("platform", 64))
        .col(integer("no"))
        .col(text("keyword"))
        .col(text("query"))
        .col(big_integer_null("from_at"))
        .col(big_integer_null("to_at"))
        .col(boolean("wanted"))
        .primary_key(&mut key(&["job_id", "platform", "no"]))
        .to_owned();
    let packed = Table::create()
        .table(PACKED)
        .col(string_len("job_id", 32))
        .col(string_len("platform", 64))
        .col(integer("sequence"))
        .col(integer("number"))
        .col(long_blob(backend, "articles").not_null())
        .primary_key(&mut key(&["job_id", "platform", "sequence", "number"]))
        .to_owned();
    let part = Table::create()
        .table(PART)
        .col(string_len("job_id", 32))
        .col(string_len("platform", 64))
        .col(integer("sequence"))
        .col(integer("number"))
        .col(integer("attempt"))
        .col(integer("part"))
        .col(integer("parts"))
        .col(big_integer("stored_at"))
        .primary_key(&mut key(&[
            "job_id", "platform", "sequence", "number", "attempt", "part",
        ]))
        .to_owned();
    vec![platform, sequence, packed, part]
}

fn export(backend: DbBackend) -> TableCreateStatement {
    let text = |name| long_text(backend, name).not_null().to_owned();
    Table::create()
        .table(EXPORT)
        .col(string_len("job_id", 32))
        .col(integer("stage"))
        .col(string_len("file", 255))
        .col(big_integer("bytes"))
        .col(string_len("sha256", 64))
        .col(text("request"))
        .col(integer("revision"))
        .col(text("manifest"))
        .col(big_integer("created_at"))
        .col(big_integer_null("removed_at"))
        .primary_key(&mut key(&["job_id", "stage"]))
        .to_owned()
}

fn calls() -> TableCreateStatement {
    Table::create()
        .table(CALLS)
        .col(string_len("platform", 64))
        .col(string_len("day", 16))
        .col(big_integer("calls"))
        .primary_key(&mut key(&["platform", "day"]))
        .to_owned()
}

fn pushed(backend: DbBackend) -> TableCreateStatement {
    let mut once = Index::create();
    once.name("audience_brief_pushed_batch")
        .unique()
        .col("job_id")
        .col("platform")
        .col("batch");
    Table::create()
        .table(PUSHED)
        .col(string_len("job_id", 32))
        .col(string_len("platform", 64))
        .col(integer("number"))
        .col(string_len("batch", 255))
        .col(boolean("ends"))
        .col(integer("received"))
        .col(integer("kept"))
        .col(integer("filtered"))
        .col(integer("out_of_range"))
        .col(integer("rejected"))
        .col(long_text(backend, "rejected_path").null().to_owned())
        .col(long_blob(backend, "articles").not_null())
        .col(big_integer("created_at"))
        .primary_key(&mut key(&["job_id", "platform", "number"]))
        .index(&mut once)
        .to_owned()
}

fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key
}
