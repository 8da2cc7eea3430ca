//! Prediction jobs: what they read and write, and how far they have got.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PREDICTION: &str = "audience_prediction";
const INDEX: &str = "audience_prediction_job";

/// A view for programs that show tables.
const VIEW: &str = "v_prediction";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let text = |name| long_text(backend, name).not_null().to_owned();
        let mut table = Table::create();
        table
            .table(PREDICTION)
            .col(string_len("id", 64).primary_key())
            .col(string_len("job_id", 32))
            .col(string_len("model", 64))
            .col(integer("model_version"))
            .col(string_len_null("source", 255))
            .col(string_len_null("import_id", 64))
            .col(text("from_table"))
            .col(text("key_column"))
            .col(text("into_table"))
            .col(string_len_null("output", 255))
            .col(big_integer("rows_scored"))
            .col(big_integer("rows_failed"))
            .col(big_integer("rows_left_out"))
            .col(big_integer("started_at"))
            .col(big_integer_null("finished_at"));
        table.if_not_exists();
        in_our_way(backend, &mut table);
        manager.create_table(table).await?;
        if !manager.has_index(PREDICTION, INDEX).await? {
            let index = Index::create()
                .name(INDEX)
                .table(PREDICTION)
                .col("job_id")
                .to_owned();
            manager.create_index(index).await?;
        }
        let connection = manager.get_connection();
        let drop = format!("DROP VIEW IF EXISTS {VIEW}");
        connection.execute_unprepared(&drop).await?;
        let create = format!("CREATE VIEW {VIEW} AS {}", predictions(backend));
        connection.execute_unprepared(&create).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = format!("DROP VIEW IF EXISTS {VIEW}");
        manager.get_connection().execute_unprepared(&drop).await?;
        let drop = Table::drop().table(PREDICTION).to_owned();
        manager.drop_table(drop).await
    }
}

/// Times as such, and the state of the job.
fn predictions(backend: DbBackend) -> String {
    let time = |column: &str| match backend {
        DbBackend::Postgres => format!("to_timestamp(p.{column} / 1000000.0)"),
        DbBackend::Sqlite => {
            format!("strftime('%Y-%m-%d %H:%M:%f', p.{column} / 1000000.0, 'unixepoch')")
        }
        _ => format!("DATE_ADD('1970-01-01', INTERVAL p.{column} MICROSECOND)"),
    };
    let [started, finished] = ["started_at", "finished_at"].map(time);
    format!(
        "SELECT p.id, p.job_id, p.model, p.model_version, p.source, p.import_id, p.from_table, \
         p.key_column, p.into_table, p.output, p.rows_scored, p.rows_failed, p.rows_left_out, \
         {started} AS started_at, {finished} AS finished_at, j.state AS job_state \
         FROM {PREDICTION} AS p LEFT JOIN audience_job AS j ON j.id = p.job_id"
    )
}
