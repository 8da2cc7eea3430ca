//! Tasks for outside workers: where each stands, what is to be sent, what could not be used.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const DISPATCH: &str = "audience_dispatch";
const OUTBOX: &str = "audience_outbox";
const DEAD_LETTER: &str = "audience_dead_letter";
const DUTY: &str = "audience_duty";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = manager.get_database_backend();
        for mut table in [dispatch(on), outbox(), dead_letter(on), duty()] {
            in_our_way(on, &mut table);
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
        for table in [DISPATCH, OUTBOX, DEAD_LETTER, DUTY] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn dispatch(on: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(DISPATCH)
        .col(string_len("job_id", 32).primary_key())
        .col(string_len("service", 64))
        .col(string_len("status", 16))
        .col(integer("attempt").default(1))
        .col(integer("failures").default(0))
        .col(big_integer_null("started_at"))
        .col(big_integer_null("ended_at"))
        .col(big_integer_null("deadline_at"))
        .col(string_len_null("holder", 64))
        .col(long_text(on, "message").null())
        .col(long_text(on, "message_running").null())
        .col(long_text(on, "message_finished").null())
        .col(long_text(on, "message_failed").null())
        .col(long_text(on, "result").null())
        .to_owned()
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(OUTBOX)
        .col(big_integer("seq").auto_increment().primary_key())
        .col(string_len("job_id", 32))
        .col(string_len("service", 64))
        .col(integer("attempt"))
        .col(big_integer("not_before_at").default(0))
        .to_owned()
}

fn dead_letter(on: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(DEAD_LETTER)
        .col(big_integer("seq").auto_increment().primary_key())
        .col(big_integer("at"))
        .col(string_len("kind", 16))
        .col(string_len_null("service", 64))
        .col(string_len_null("job_id", 32))
        .col(string_len_null("topic", 255))
        .col(long_text(on, "payload").not_null())
        .col(long_text(on, "reason").not_null())
        .col(big_integer_null("replayed_at"))
        .to_owned()
}

/// Work that one process does for all that share the database.
fn duty() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table(DUTY)
        .col(string_len("name", 64).primary_key())
        .col(string_len("owner", 255))
        .col(big_integer("until_ms"))
        .to_owned()
}

fn indexes(on: DbBackend) -> [(&'static str, &'static str, IndexCreateStatement); 5] {
    let index = |table: &'static str, name: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.if_not_exists().name(name).table(table);
        for column in columns {
            index.col(*column);
        }
        (table, name, index)
    };
    let mut deadline = index(DISPATCH, "audience_dispatch_deadline", &["deadline_at"]);
    if on != DbBackend::MySql {
        deadline.2.and_where(Expr::col("deadline_at").is_not_null());
    }
    [
        deadline,
        index(
            DISPATCH,
            "audience_dispatch_service",
            &["service", "status", "job_id"],
        ),
        index(DISPATCH, "audience_dispatch_status", &["status", "job_id"]),
        index(OUTBOX, "audience_outbox_job", &["job_id"]),
        index(OUTBOX, "audience_outbox_service", &["service", "seq"]),
    ]
}
