//! Jobs, for programs that show tables.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const VIEW: &str = "v_job";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let drop = format!("DROP VIEW IF EXISTS {VIEW}");
        connection.execute_unprepared(&drop).await?;
        let create = format!(
            "CREATE VIEW {VIEW} AS {}",
            jobs(manager.get_database_backend())
        );
        connection.execute_unprepared(&create).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = format!("DROP VIEW IF EXISTS {VIEW}");
        manager.get_connection().execute_unprepared(&drop).await?;
        Ok(())
    }
}

/// Times as such, and nothing of what callers have sent.
fn jobs(backend: DbBackend) -> String {
    let time = |column: &str| match backend {
        DbBackend::Postgres => format!("to_timestamp(j.{column} / 1000000.0)"),
        DbBackend::Sqlite => {
            format!("strftime('%Y-%m-%d %H:%M:%f', j.{column} / 1000000.0, 'unixepoch')")
        }
        _ => format!("DATE_ADD('1970-01-01', INTERVAL j.{column} MICROSECOND)"),
    };
    let [created, started, ended] = ["created_at", "started_at", "ended_at"].map(time);
    format!(
        "SELECT j.id, j.flow, j.subject, j.title, j.state, j.queue, j.starter, j.generation, \
         {created} AS created_at, {started} AS started_at, {ended} AS ended_at, \
         (j.ended_at - j.started_at) / 1000000.0 AS seconds, j.waiting, j.error \
         FROM audience_job AS j"
    )
}
