//! Runs of pipelines, their plans, versions of project files, and what has been made.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::{in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const VERSION: &str = "audience_pipeline_version";
const RUN: &str = "audience_pipeline_run";
const INSTANCE: &str = "audience_pipeline_instance";
const MARKER: &str = "audience_pipeline_marker";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let text = |name| long_text(backend, name).not_null().to_owned();
        let text_null = |name| long_text(backend, name).null().to_owned();
        let mut version = Table::create();
        version
            .table(VERSION)
            .col(string_len("project", 64))
            .col(string_len("version", 64))
            .col(text("text"))
            .col(big_integer("at"))
            .primary_key(Index::create().col("project").col("version"));
        let mut run = Table::create();
        run.table(RUN)
            .col(string_len("id", 32).primary_key())
            .col(string_len("project", 64))
            .col(string_len("version", 64))
            .col(string_len("state", 16))
            .col(text("request"))
            .col(string_len("request_digest", 64))
            .col(string_len_null("idempotency_key", 255))
            .col(string_len_null("trigger_name", 64))
            .col(string_len_null("started_by", 255))
            .col(string_len_null("retry_of", 32))
            .col(text("planned"))
            .col(text_null("counts"))
            .col(boolean("cancel_requested"))
            .col(big_integer("created_at"))
            .col(big_integer_null("ended_at"));
        let mut instance = Table::create();
        instance
            .table(INSTANCE)
            .col(string_len("run_id", 32))
            .col(integer("no"))
            .col(string_len_null("job_id", 32))
            .col(string_len("task", 130))
            .col(text("identity"))
            .col(string_len("action", 16))
            .col(text_null("reason"))
            .col(text("needs"))
            .col(boolean("is_target"))
            .primary_key(Index::create().col("run_id").col("no"));
        let mut marker = Table::create();
        marker
            .table(MARKER)
            .col(string_len("id", 64).primary_key())
            .col(string_len("project", 64))
            .col(text("identity"))
            .col(string_len("job_id", 32))
            .col(string_len("fingerprint", 64))
            .col(text_null("result"))
            .col(big_integer("at"));
        for table in [&mut version, &mut run, &mut instance, &mut marker] {
            table.if_not_exists();
            in_our_way(backend, table);
            manager.create_table(table.to_owned()).await?;
        }
        index(
            manager,
            RUN,
            "audience_pipeline_run_state",
            &["state", "id"],
            false,
        )
        .await?;
        index(
            manager,
            RUN,
            "audience_pipeline_run_project",
            &["project", "id"],
            false,
        )
        .await?;
        let key = ["idempotency_key"];
        index(manager, RUN, "audience_pipeline_run_key", &key, true).await?;
        let job = ["job_id"];
        index(
            manager,
            INSTANCE,
            "audience_pipeline_instance_job",
            &job,
            false,
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [MARKER, INSTANCE, RUN, VERSION] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: &[&'static str],
    unique: bool,
) -> Result<(), DbErr> {
    if manager.has_index(table, name).await? {
        return Ok(());
    }
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    if unique {
        index.unique();
    }
    manager.create_index(index).await
}
