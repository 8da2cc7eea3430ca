//! Mappings of imports, what was imported, and what was wrong with it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const MAPPING: &str = "audience_mapping";
const IMPORT: &str = "audience_import";
const PROBLEM: &str = "audience_import_problem";

/// Views for programs that show tables.
const VIEWS: [&str; 2] = ["v_import", "v_import_problem"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let text = |name| long_text(backend, name).not_null().to_owned();
        let text_null = |name| long_text(backend, name).null().to_owned();
        let mut mapping = Table::create();
        mapping
            .table(MAPPING)
            .col(string_len("name", 64))
            .col(integer("version"))
            .col(string_len("digest", 64))
            .col(text_null("text"))
            .col(string_len("changed_by", 255))
            .col(big_integer("at"))
            .primary_key(Index::create().col("name").col("version"));
        let mut import = Table::create();
        import
            .table(IMPORT)
            .col(string_len("id", 64).primary_key())
            .col(string_len("job_id", 32))
            .col(text("file_name"))
            .col(string_len("sha256", 64))
            .col(string_len_null("format", 8))
            .col(string_len("mapping", 64))
            .col(integer_null("mapping_version"))
            .col(text("mapping_text"))
            .col(string_len_null("output", 255))
            .col(boolean("strict"))
            .col(string_len_null("started_by", 255))
            .col(big_integer("at"))
            .col(string_len("state", 16))
            .col(text_null("reason"))
            .col(text("tables"))
            .col(big_integer("rows_inserted"))
            .col(big_integer("rows_updated"))
            .col(big_integer("rows_unchanged"))
            .col(big_integer("rows_replaced"))
            .col(big_integer("problems"));
        let mut problem = Table::create();
        problem
            .table(PROBLEM)
            .col(string_len("import_id", 64))
            .col(integer("no"))
            .col(text("cell"))
            .col(text("into_table"))
            .col(text_null("into_column"))
            .col(string_len("code", 32))
            .col(text("text"))
            .col(text("message"))
            .primary_key(Index::create().col("import_id").col("no"));
        for table in [&mut mapping, &mut import, &mut problem] {
            table.if_not_exists();
            in_our_way(backend, table);
            manager.create_table(table.to_owned()).await?;
        }
        for (name, column) in [
            ("audience_import_at", "at"),
            ("audience_import_job", "job_id"),
        ] {
            if manager.has_index(IMPORT, name).await? {
                continue;
            }
            let index = Index::create()
                .name(name)
                .table(IMPORT)
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        for (name, select) in views(backend) {
            let connection = manager.get_connection();
            let drop = format!("DROP VIEW IF EXISTS {name}");
            connection.execute_unprepared(&drop).await?;
            let create = format!("CREATE VIEW {name} AS {select}");
            connection.execute_unprepared(&create).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for view in VIEWS {
            let drop = format!("DROP VIEW IF EXISTS {view}");
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        for table in [PROBLEM, IMPORT, MAPPING] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

/// What imports are to those who read tables: times as such, and no texts of mappings.
fn views(backend: DbBackend) -> [(&'static str, String); 2] {
    let at = match backend {
        DbBackend::Postgres => "to_timestamp(i.at / 1000000.0)",
        DbBackend::Sqlite => "strftime('%Y-%m-%d %H:%M:%f', i.at / 1000000.0, 'unixepoch')",
        _ => "DATE_ADD('1970-01-01', INTERVAL i.at MICROSECOND)",
    };
    let import = format!(
        "SELECT i.id, i.job_id, i.file_name, i.sha256, i.format, i.mapping, i.mapping_version, \
         i.output, i.strict, i.started_by, {at} AS imported_at, i.state, i.reason, \
         i.rows_inserted, i.rows_updated, i.rows_unchanged, i.rows_replaced, i.problems \
         FROM {IMPORT} AS i"
    );
    let problem = format!(
        "SELECT p.import_id, p.no, i.file_name, i.mapping, {at} AS imported_at, p.cell, \
         p.into_table, p.into_column, p.code, p.text, p.message \
         FROM {PROBLEM} AS p JOIN {IMPORT} AS i ON i.id = p.import_id"
    );
    [(VIEWS[0], import), (VIEWS[1], problem)]
}
