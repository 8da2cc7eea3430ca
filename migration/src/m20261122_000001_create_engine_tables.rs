//! The engine's tables: jobs, steps, batches, attempts, events, blobs.
//!
//! A process can be killed between any two statements, so each can be said again.
//! Times are bigints (microseconds): the three databases keep different fractions in their
//! own time types, and order matters here.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const STEP: &str = "audience_step";
const BATCH: &str = "audience_batch";
const ATTEMPT: &str = "audience_attempt";
const EVENT: &str = "audience_event";
const BLOB: &str = "audience_blob";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [job(), step(), batch(), attempt(), event(), blob()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [JOB, STEP, BATCH, ATTEMPT, EVENT, BLOB] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn job() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(JOB)
        .col(string_len("id", 32).primary_key())
        .col(string_len("flow", 64))
        .col(string_len("state", 16))
        .col(string_len("queue", 64))
        .col(text("request"))
        .col(string_len("request_digest", 64))
        .col(string_len_null("idempotency_key", 255))
        .col(boolean("cancel_requested").default(false))
        .col(integer("generation").default(0))
        .col(big_integer("created_at"))
        .col(big_integer_null("started_at"))
        .col(big_integer_null("ended_at"))
        .col(string_len_null("lease_owner", 255))
        .col(big_integer_null("lease_until_ms"))
        .col(big_integer("lease_epoch").default(0))
        .col(text_null("waiting"))
        .col(text_null("error"))
        .to_owned()
}

fn step() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(STEP)
        .col(string_len("job_id", 32))
        .col(integer("no"))
        .col(string_len("name", 64))
        .col(string_len("kind", 64))
        .col(text("params"))
        .col(text("after"))
        .col(big_integer("delay_s").default(0))
        .col(string_len("state", 16))
        .col(big_integer_null("not_before_at"))
        .col(integer("failures").default(0))
        .col(text_null("last_error"))
        .col(text_null("notes"))
        .col(big_integer_null("ended_at"))
        .primary_key(Index::create().col("job_id").col("no"))
        .to_owned()
}

fn batch() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(BATCH)
        .col(string_len("job_id", 32))
        .col(integer("step_no"))
        .col(integer("no"))
        .col(text("spec"))
        .col(string_len("state", 16))
        .col(integer("attempts").default(0))
        .col(integer("failures").default(0))
        .col(integer("outages").default(0))
        .col(big_integer_null("not_before_at"))
        .col(text_null("last_error"))
        .col(text_null("progress"))
        .col(big_integer_null("ended_at"))
        .primary_key(Index::create().col("job_id").col("step_no").col("no"))
        .to_owned()
}

fn attempt() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(ATTEMPT)
        .col(string_len("job_id", 32))
        .col(integer("step_no"))
        .col(integer("batch_no"))
        .col(integer("generation"))
        .col(integer("no"))
        .col(string_len("outcome", 16))
        .col(big_integer("started_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("error"))
        .primary_key(
            Index::create()
                .col("job_id")
                .col("step_no")
                .col("batch_no")
                .col("generation")
                .col("no"),
        )
        .to_owned()
}

fn event() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(EVENT)
        .col(big_integer("seq").auto_increment().primary_key())
        .col(string_len("job_id", 32))
        .col(big_integer("at"))
        .col(string_len("kind", 64))
        .col(text("data"))
        .to_owned()
}

fn blob() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(BLOB)
        .col(string_len("digest", 64).primary_key())
        .col(blob_column("body"))
        .col(big_integer("created_at"))
        .to_owned()
}

fn blob_column(name: &str) -> ColumnDef {
    ColumnDef::new(name.to_owned()).blob().not_null().to_owned()
}

fn indexes() -> [IndexCreateStatement; 5] {
    [
        Index::create()
            .if_not_exists()
            .name("audience_job_idempotency_key")
            .table(JOB)
            .col("idempotency_key")
            .unique()
            .to_owned(),
        Index::create()
            .if_not_exists()
            .name("audience_job_state")
            .table(JOB)
            .col("state")
            .col("id")
            .to_owned(),
        Index::create()
            .if_not_exists()
            .name("audience_job_cancel")
            .table(JOB)
            .col("cancel_requested")
            .col("state")
            .to_owned(),
        Index::create()
            .if_not_exists()
            .name("audience_job_lease")
            .table(JOB)
            .col("lease_owner")
            .col("id")
            .to_owned(),
        Index::create()
            .if_not_exists()
            .name("audience_event_job")
            .table(EVENT)
            .col("job_id")
            .col("seq")
            .to_owned(),
    ]
}
