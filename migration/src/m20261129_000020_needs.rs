//! Jobs that need other jobs, that at most one of is unfinished, that have a priority, and that hold
//! slots while they run.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{add, in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const NEED: &str = "audience_need";
const LIVE_INDEX: &str = "audience_job_live_key";
const CLAIM_INDEX: &str = "audience_job_claim";
const COLUMNS: [&str; 7] = [
    "title",
    "identity",
    "live_key",
    "rank_no",
    "needs_left",
    "planned",
    "slot_key",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        let mut columns = [
            long_text(on, "title").take(),
            string_len_null("identity", 255).take(),
            string_len_null("live_key", 255).take(),
            integer("rank_no").default(0).take(),
            integer("needs_left").default(0).take(),
            boolean("planned").default(false).take(),
            string_len("slot_key", 512).default("").take(),
        ];
        for (name, column) in COLUMNS.into_iter().zip(&mut columns) {
            add(manager, JOB, name, column).await?;
        }
        let mut need = need();
        in_our_way(on, &mut need);
        manager.create_table(need).await?;
        for (table, name, index) in indexes(on) {
            if !manager.has_index(table, name).await? {
                manager.create_index(index).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [LIVE_INDEX, CLAIM_INDEX] {
            let index = Index::drop().name(name).table(JOB).to_owned();
            manager.drop_index(index).await?;
        }
        let drop = Table::drop().table(NEED).to_owned();
        manager.drop_table(drop).await?;
        for column in COLUMNS {
            let mut alter = Table::alter().table(JOB).to_owned();
            let alter = alter.drop_column(column).to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

fn need() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(NEED)
        .col(string_len("job_id", 32))
        .col(string_len("needs_id", 32))
        .col(boolean("soft"))
        .col(boolean("settled"))
        .primary_key(Index::create().col("job_id").col("needs_id"))
        .to_owned()
}

fn indexes(on: DbBackend) -> [(&'static str, &'static str, IndexCreateStatement); 3] {
    let index = |table: &'static str, name: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(name).table(table);
        for column in columns {
            index.col(*column);
        }
        (table, name, index)
    };
    let mut live = index(JOB, LIVE_INDEX, &["live_key"]);
    live.2.unique();
    // The first of each kind that are claimed next, and how many of them take a place.
    let columns = ["state", "slot_key", "rank_no", "id", "planned"];
    let mut claim = index(JOB, CLAIM_INDEX, &columns);
    if on != DbBackend::MySql {
        live.2.and_where(Expr::col("live_key").is_not_null());
        claim.2.and_where(Expr::cust("state = 'queued'"));
    }
    [
        live,
        claim,
        index(NEED, "audience_need_needs", &["needs_id", "job_id"]),
    ]
}
