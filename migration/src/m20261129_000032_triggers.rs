//! Triggers and their fires.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::{in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TRIGGER: &str = "audience_trigger";
const FIRE: &str = "audience_trigger_fire";
const SCHEDULE: &str = "audience_schedule";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let text = |name| long_text(backend, name).not_null().to_owned();
        let text_null = |name| long_text(backend, name).null().to_owned();
        let mut trigger = Table::create();
        trigger
            .table(TRIGGER)
            .col(string_len("id", 200).primary_key())
            .col(string_len("digest", 64))
            .col(big_integer("since_at"))
            .col(boolean("is_paused"))
            .col(boolean("paused_by_definition"))
            .col(string_len_null("paused_by", 255))
            .col(big_integer_null("paused_at"))
            .col(text_null("kept"));
        let mut fire = Table::create();
        fire.table(FIRE)
            .col(string_len("id", 32).primary_key())
            .col(string_len("trigger_id", 200))
            .col(string_len("fire_key", 255))
            .col(big_integer("at"))
            .col(big_integer("due_at"))
            .col(big_integer("stored_at"))
            .col(string_len("state", 16))
            .col(string_len_null("started", 64))
            .col(text("params"))
            .col(string_len_null("fired_by", 255))
            .col(text_null("message"))
            .col(big_integer_null("ended_at"))
            .col(string_len_null("outcome", 16));
        let mut schedule = Table::create();
        schedule
            .table(SCHEDULE)
            .col(string_len("name", 64).primary_key())
            .col(text("definition"))
            .col(string_len("digest", 64))
            .col(string_len("changed_by", 255))
            .col(big_integer("at"));
        for table in [&mut trigger, &mut fire, &mut schedule] {
            table.if_not_exists();
            in_our_way(backend, table);
            manager.create_table(table.to_owned()).await?;
        }
        // The same key never fires twice.
        index(
            manager,
            "audience_trigger_fire_key",
            &["trigger_id", "fire_key"],
            true,
        )
        .await?;
        // The last ones of a trigger.
        index(
            manager,
            "audience_trigger_fire_at",
            &["trigger_id", "at", "id"],
            false,
        )
        .await?;
        // Those that are not decided, and those whose ends are not known.
        index(
            manager,
            "audience_trigger_fire_state",
            &["state", "ended_at"],
            false,
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [SCHEDULE, FIRE, TRIGGER] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

async fn index(
    manager: &SchemaManager<'_>,
    name: &'static str,
    columns: &[&'static str],
    is_unique: bool,
) -> Result<(), DbErr> {
    // MySQL knows no IF NOT EXISTS for indexes.
    if manager.has_index(FIRE, name).await? {
        return Ok(());
    }
    let mut index = Index::create();
    index.name(name).table(FIRE);
    for column in columns {
        index.col(*column);
    }
    if is_unique {
        index.unique();
    }
    manager.create_index(index).await
}
