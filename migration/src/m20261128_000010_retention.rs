//! Which job refers to which large input, so that one that no job needs can be dropped; files that jobs
//! leave; and indexes for what is looked for by age.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::columns::in_our_way;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const JOB_BLOB: &str = "audience_job_blob";
const ARTIFACT: &str = "audience_artifact";
const DEAD_LETTER: &str = "audience_dead_letter";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        for mut table in [job_blob(), artifact()] {
            in_our_way(on, &mut table);
            manager.create_table(table).await?;
        }
        for (table, name, index) in indexes(on) {
            if !manager.has_index(table, name).await? {
                manager.create_index(index).await?;
            }
        }
        let link = link_old_jobs(on);
        manager.get_connection().execute_unprepared(&link).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name, _) in indexes(manager.get_database_backend()) {
            if table == JOB || table == DEAD_LETTER {
                let index = Index::drop().name(name).table(table).to_owned();
                manager.drop_index(index).await?;
            }
        }
        for table in [JOB_BLOB, ARTIFACT] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn job_blob() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(JOB_BLOB)
        .col(string_len("job_id", 32))
        .col(string_len("digest", 64))
        .primary_key(Index::create().col("job_id").col("digest"))
        .to_owned()
}

fn artifact() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(ARTIFACT)
        .col(string_len("job_id", 32))
        .col(string_len("name", 200))
        .col(big_integer("epoch"))
        .col(big_integer("bytes"))
        .col(string_len("sha256", 64))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("job_id").col("name"))
        .to_owned()
}

/// Steps name their inputs by digest, so that each digest is found where it is used.
fn link_old_jobs(on: DbBackend) -> String {
    let position = match on {
        DbBackend::Postgres => "strpos",
        _ => "instr",
    };
    format!(
        "INSERT INTO {JOB_BLOB} (job_id, digest) \
         SELECT DISTINCT s.job_id, b.digest FROM audience_step AS s \
         JOIN audience_blob AS b ON {position}(s.params, b.digest) > 0 \
         WHERE NOT EXISTS (SELECT 1 FROM {JOB_BLOB} AS known \
             WHERE known.job_id = s.job_id AND known.digest = b.digest)"
    )
}

fn indexes(on: DbBackend) -> Vec<(&'static str, &'static str, IndexCreateStatement)> {
    let index = |table: &'static str, name: &'static str, column: &'static str| {
        let mut index = Index::create();
        index.name(name).table(table).col(column);
        (table, name, index)
    };
    let mut indexes = vec![
        index(JOB_BLOB, "audience_job_blob_digest", "digest"),
        index(ARTIFACT, "audience_artifact_created", "created_at"),
        index(DEAD_LETTER, "audience_dead_letter_at", "at"),
    ];
    // MySQL has an index of the history with the end already.
    if on != DbBackend::MySql {
        let mut old = index(JOB, "audience_job_old", "ended_at");
        let left = Expr::cust("history IN ('sweeping', 'swept', 'dropping')");
        old.2.and_where(left);
        indexes.push(old);
    }
    indexes
}
