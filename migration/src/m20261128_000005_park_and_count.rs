//! What a step and its batches need to hand on outputs, to keep checkpoints, to park, and to be
//! counted instead of read one by one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{add, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const STEP: &str = "audience_step";
const BATCH: &str = "audience_batch";
const OPEN_INDEX: &str = "audience_batch_open";
const KEY_INDEX: &str = "audience_batch_key";
const WAKE_INDEX: &str = "audience_job_wake";

const COUNTERS: [&str; 4] = [
    "batches_total",
    "batches_done",
    "batches_failed",
    "batches_parked",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let mut wakes_at = big_integer_null("wakes_at");
        add(manager, JOB, "wakes_at", &mut wakes_at).await?;
        for name in ["policy", "output"] {
            add(manager, STEP, name, &mut long_text(on, name)).await?;
        }
        for name in COUNTERS {
            add(manager, STEP, name, integer(name).default(0)).await?;
        }
        let mut units = big_integer("units_done").default(0).take();
        add(manager, STEP, "units_done", &mut units).await?;
        let mut key = string_len_null("dedup_key", 255);
        add(manager, BATCH, "dedup_key", &mut key).await?;
        for name in ["checkpoint", "output", "signals"] {
            add(manager, BATCH, name, &mut long_text(on, name)).await?;
        }
        let mut on_signal = boolean("wakes_on_signal").default(false).take();
        add(manager, BATCH, "wakes_on_signal", &mut on_signal).await?;
        create_indexes(manager).await?;
        count(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in [(BATCH, OPEN_INDEX), (BATCH, KEY_INDEX), (JOB, WAKE_INDEX)] {
            let index = Index::drop().name(name).table(table).to_owned();
            manager.drop_index(index).await?;
        }
        let columns = [
            (JOB, &["wakes_at"][..]),
            (STEP, &["policy", "output", "units_done"]),
            (STEP, &COUNTERS),
            (
                BATCH,
                &[
                    "dedup_key",
                    "checkpoint",
                    "output",
                    "signals",
                    "wakes_on_signal",
                ],
            ),
        ];
        for (table, columns) in columns {
            for column in columns {
                let mut alter = Table::alter().table(table).to_owned();
                manager
                    .alter_table(alter.drop_column(*column).to_owned())
                    .await?;
            }
        }
        Ok(())
    }
}

async fn create_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut open = Index::create().name(OPEN_INDEX).table(BATCH).to_owned();
    // The open batches of a step in their order, however many have completed.
    open.col("job_id").col("step_no").col("state").col("no");
    let mut key = Index::create().name(KEY_INDEX).table(BATCH).to_owned();
    key.col("job_id").col("step_no").col("dedup_key").unique();
    let mut wake = Index::create().name(WAKE_INDEX).table(JOB).to_owned();
    wake.col("wakes_at");
    if manager.get_database_backend() != DbBackend::MySql {
        // Most batches have no key, and hardly a job waits for a time.
        key.and_where(Expr::col("dedup_key").is_not_null());
        wake.and_where(Expr::col("wakes_at").is_not_null());
    }
    for (table, name, index) in [
        (BATCH, OPEN_INDEX, open),
        (BATCH, KEY_INDEX, key),
        (JOB, WAKE_INDEX, wake),
    ] {
        if !manager.has_index(table, name).await? {
            manager.create_index(index).await?;
        }
    }
    Ok(())
}

/// Counts the batches that an older version left.
async fn count(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let rows = match manager.get_database_backend() {
        DbBackend::Postgres => "CAST(CAST(batch.progress AS json) ->> 'rows' AS bigint)",
        _ => "json_extract(batch.progress, '$.rows')",
    };
    let of_state = |column: &str, state: &str| {
        format!(
            "{column} = (SELECT count(*) FROM audience_batch AS batch WHERE batch.job_id = \
             audience_step.job_id AND batch.step_no = audience_step.no{state})"
        )
    };
    let units = format!(
        "units_done = coalesce((SELECT sum({rows}) FROM audience_batch AS batch WHERE \
         batch.job_id = audience_step.job_id AND batch.step_no = audience_step.no AND \
         batch.state = 'completed' AND batch.progress IS NOT NULL), 0)"
    );
    let sets = [
        of_state("batches_total", ""),
        of_state("batches_done", " AND batch.state = 'completed'"),
        of_state("batches_failed", " AND batch.state = 'failed'"),
        units,
    ];
    let sql = format!("UPDATE audience_step SET {}", sets.join(", "));
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
