//! Scrapes, their runs with the pages that are kept, and the hosts that they ask.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SCRAPE: &str = "audience_scrape";
const STATE: &str = "audience_scrape_state";
const RUN: &str = "audience_scrape_run";
const PAGE: &str = "audience_scrape_page";
const PROBLEM: &str = "audience_scrape_problem";
const HOST: &str = "audience_scrape_host";
const WAITING: &str = "audience_scrape_waiting";

/// A view for programs that show tables.
const VIEW: &str = "v_scrape_run";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for mut table in tables(backend) {
            table.if_not_exists();
            in_our_way(backend, &mut table);
            manager.create_table(table).await?;
        }
        for (name, columns) in [
            ("audience_scrape_run_at", &["scrape", "at"][..]),
            ("audience_scrape_run_job", &["job_id"]),
            ("audience_scrape_run_raw", &["raw_until"]),
            ("audience_scrape_run_old", &["at"]),
        ] {
            if manager.has_index(RUN, name).await? {
                continue;
            }
            let mut index = Index::create();
            index.name(name).table(RUN);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        let connection = manager.get_connection();
        let drop = format!("DROP VIEW IF EXISTS {VIEW}");
        connection.execute_unprepared(&drop).await?;
        let create = format!("CREATE VIEW {VIEW} AS {}", runs(backend));
        connection.execute_unprepared(&create).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = format!("DROP VIEW IF EXISTS {VIEW}");
        manager.get_connection().execute_unprepared(&drop).await?;
        for table in [WAITING, HOST, PROBLEM, PAGE, RUN, STATE, SCRAPE] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn tables(backend: DbBackend) -> Vec<TableCreateStatement> {
    let text = |name| long_text(backend, name).not_null().to_owned();
    let text_null = |name| long_text(backend, name).null().to_owned();
    let scrape = Table::create()
        .table(SCRAPE)
        .col(string_len("name", 64))
        .col(integer("version"))
        .col(string_len("digest", 64))
        .col(text_null("text"))
        .col(string_len("changed_by", 255))
        .col(big_integer("at"))
        .primary_key(Index::create().col("name").col("version"))
        .to_owned();
    let state = Table::create()
        .table(STATE)
        .col(string_len("name", 64).primary_key())
        .col(string_len_null("digest", 64))
        .col(text_null("remembered"))
        .col(big_integer("since_at"))
        .col(big_integer_null("fresh_at"))
        .col(big_integer_null("stale_at"))
        .to_owned();
    let run = Table::create()
        .table(RUN)
        .col(string_len("id", 64).primary_key())
        .col(string_len("job_id", 32))
        .col(string_len("scrape", 64))
        .col(integer_null("version"))
        .col(string_len("day", 16))
        .col(string_len("state", 16))
        .col(text_null("reason"))
        .col(string_len_null("replay_of", 64))
        .col(string_len_null("started_by", 255))
        .col(big_integer("began_at"))
        .col(big_integer("at"))
        .col(integer("pages"))
        .col(integer("unchanged_pages"))
        .col(big_integer("bytes"))
        .col(string_len_null("ended", 16))
        .col(big_integer("rows_found"))
        .col(big_integer("rows_left_out"))
        .col(big_integer("rows_inserted"))
        .col(big_integer("rows_updated"))
        .col(big_integer("rows_unchanged"))
        .col(big_integer("problems"))
        .col(string_len_null("output", 255))
        .col(text("tables"))
        .col(big_integer_null("raw_until"))
        .col(big_integer_null("raw_epoch"))
        .to_owned();
    let page = Table::create()
        .table(PAGE)
        .col(string_len("run_id", 64))
        .col(integer("no"))
        .col(text("url"))
        .col(text_null("content_type"))
        .col(big_integer("at"))
        .col(big_integer("bytes"))
        .col(big_integer("place"))
        .col(big_integer("packed"))
        .primary_key(Index::create().col("run_id").col("no"))
        .to_owned();
    let problem = Table::create()
        .table(PROBLEM)
        .col(string_len("run_id", 64))
        .col(integer("no"))
        .col(text("cell"))
        .col(text("into_table"))
        .col(text_null("into_column"))
        .col(string_len("code", 32))
        .col(text("text"))
        .col(text("message"))
        .primary_key(Index::create().col("run_id").col("no"))
        .to_owned();
    let host = Table::create()
        .table(HOST)
        .col(string_len("name", 255).primary_key())
        .col(string_len("holder", 255))
        .col(big_integer("until_at"))
        .col(big_integer_null("ended_at"))
        .col(big_integer_null("not_before"))
        .to_owned();
    let waiting = Table::create()
        .table(WAITING)
        .col(string_len("job_id", 32).primary_key())
        .col(text("reason"))
        .col(big_integer("since_at"))
        .to_owned();
    vec![scrape, state, run, page, problem, host, waiting]
}

/// What runs are to those who read tables: times as such.
fn runs(backend: DbBackend) -> String {
    let time = |column: &str| match backend {
        DbBackend::Postgres => format!("to_timestamp(r.{column} / 1000000.0)"),
        DbBackend::Sqlite => {
            format!("strftime('%Y-%m-%d %H:%M:%f', r.{column} / 1000000.0, 'unixepoch')")
        }
        _ => format!("DATE_ADD('1970-01-01', INTERVAL r.{column} MICROSECOND)"),
    };
    let (began, ended) = (time("began_at"), time("at"));
    format!(
        "SELECT r.id, r.job_id, r.scrape, r.version, r.day, r.state, r.reason, r.replay_of, \
         r.started_by, {began} AS began_at, {ended} AS ended_at, r.pages, r.unchanged_pages, \
         r.bytes, r.rows_found, r.rows_left_out, r.rows_inserted, r.rows_updated, \
         r.rows_unchanged, r.problems FROM {RUN} AS r"
    )
}
