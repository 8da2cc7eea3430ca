//! The engine's tables: jobs, steps, batches, attempts, events, blobs.
//!
//! A process can be killed between any two statements, so each can be said again.
//! Times are bigints (microseconds): the three databases keep different fractions in their
//! own time types, and order matters here.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

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
        let on = manager.get_database_backend();
        let tables = [
            job(on),
            step(on),
            batch(on),
            attempt(on),
            event(on),
            blob(on),
        ];
        for mut table in tables {
            if on == DbBackend::MySql {
                // Whatever the server's defaults are: transactions, and texts that are the same
                // only if all their characters are.
                table.engine("InnoDB");
                table.character_set("utf8mb4").collate("utf8mb4_bin");
            }
            manager.create_table(table).await?;
        }
        for (table, name, index) in indexes(on) {
            // MySQL does not know `IF NOT EXISTS` here.
            if on == DbBackend::MySql && manager.has_index(table, name).await? {
                continue;
            }
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

fn job(on: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(JOB)
        .col(string_len("id", 32).primary_key())
        .col(string_len("flow", 64))
        .col(string_len("state", 16))
        .col(string_len("queue", 64))
        .col(long_text(on, "request").not_null())
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
        .col(long_text(on, "waiting").null())
        .col(long_text(on, "error").null())
        .to_owned()
}

fn step(on: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(STEP)
        .col(string_len("job_id", 32))
        .col(integer("no"))
        .col(string_len("name", 64))
        .col(string_len("kind", 64))
        .col(long_text(on, "params").not_null())
        .col(long_text(on, "after").not_null())
        .col(big_integer("delay_s").default(0))
        .col(string_len("state", 16))
        .col(big_integer_null("not_before_at"))
        .col(integer("failures").default(0))
        .col(long_text(on, "last_error").null())
        .col(long_text(on, "notes").null())
        .col(big_integer_null("ended_at"))
        .primary_key(Index::create().col("job_id").col("no"))
        .to_owned()
}

fn batch(on: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(BATCH)
        .col(string_len("job_id", 32))
        .col(integer("step_no"))
        .col(integer("no"))
        .col(long_text(on, "spec").not_null())
        .col(string_len("state", 16))
        .col(integer("attempts").default(0))
        .col(integer("failures").default(0))
        .col(integer("outages").default(0))
        .col(big_integer_null("not_before_at"))
        .col(long_text(on, "last_error").null())
        .col(long_text(on, "progress").null())
        .col(big_integer_null("ended_at"))
        .primary_key(Index::create().col("job_id").col("step_no").col("no"))
        .to_owned()
}

fn attempt(on: DbBackend) -> TableCreateStatement {
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
        .col(long_text(on, "error").null())
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

fn event(on: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(EVENT)
        .col(big_integer("seq").auto_increment().primary_key())
        .col(string_len("job_id", 32))
        .col(big_integer("at"))
        .col(string_len("kind", 64))
        .col(long_text(on, "data").not_null())
        .to_owned()
}

fn blob(on: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(BLOB)
        .col(string_len("digest", 64).primary_key())
        .col(long_blob(on, "body").not_null())
        .col(big_integer("created_at"))
        .to_owned()
}

/// A text of any length: on MySQL the plain type ends at 64 KiB.
fn long_text(on: DbBackend, name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(name.to_owned());
    match on {
        DbBackend::MySql => column.custom("longtext"),
        _ => column.text(),
    };
    column
}

fn long_blob(on: DbBackend, name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(name.to_owned());
    match on {
        DbBackend::MySql => column.custom("longblob"),
        _ => column.blob(),
    };
    column
}

/// As few as can be, and where the database knows such, only of the rows they are for: each
/// job passes through all of them several times.
fn indexes(on: DbBackend) -> [(&'static str, &'static str, IndexCreateStatement); 4] {
    let index = |table: &'static str, name: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.if_not_exists().name(name).table(table);
        for column in columns {
            index.col(*column);
        }
        (table, name, index)
    };
    let mut key = index(JOB, "audience_job_idempotency_key", &["idempotency_key"]);
    let state = index(JOB, "audience_job_state", &["state", "id"]);
    let cancel_columns = match on {
        DbBackend::MySql => ["cancel_requested", "state", "id"].as_slice(),
        _ => ["state", "id"].as_slice(),
    };
    let mut cancel = index(JOB, "audience_job_cancel", cancel_columns);
    key.2.unique();
    if on != DbBackend::MySql {
        key.2.and_where(Expr::col("idempotency_key").is_not_null());
        cancel.2.and_where(Expr::col("cancel_requested").eq(true));
    }
    [
        key,
        state,
        cancel,
        index(EVENT, "audience_event_job", &["job_id", "seq"]),
    ]
}
