//! Notifications: what happened, who is to see it, and what is to be sent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::{add, in_our_way, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOB: &str = "audience_job";
const NOTIFICATION: &str = "audience_notification";
const BELL: &str = "audience_notification_bell";
const FOLLOW: &str = "audience_notification_follow";
const DELIVERY: &str = "audience_notification_delivery";
const RULE: &str = "audience_notification_rule";
const FAILING: &str = "audience_notification_failing";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut started_by = string_len_null("started_by", 255);
        add(manager, JOB, "started_by", &mut started_by).await?;
        for mut table in tables(manager.get_database_backend()) {
            table.if_not_exists();
            in_our_way(manager.get_database_backend(), &mut table);
            manager.create_table(table).await?;
        }
        // Those that are not yet published, and each number once.
        index(
            manager,
            NOTIFICATION,
            "audience_notification_no",
            &["no"],
            true,
        )
        .await?;
        // What is to be sent.
        let due = ["state", "due_at"];
        index(
            manager,
            DELIVERY,
            "audience_notification_delivery_due",
            &due,
            false,
        )
        .await?;
        // What was said for a rule lately.
        let newest = ["rule_name", "created_at"];
        index(
            manager,
            DELIVERY,
            "audience_notification_delivery_rule",
            &newest,
            false,
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [FAILING, RULE, DELIVERY, FOLLOW, BELL, NOTIFICATION] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        let alter = Table::alter()
            .table(JOB)
            .drop_column("started_by")
            .to_owned();
        manager.alter_table(alter).await
    }
}

fn tables(backend: sea_orm_migration::sea_orm::DbBackend) -> [TableCreateStatement; 6] {
    let text = |name| long_text(backend, name).not_null().to_owned();
    let text_null = |name| long_text(backend, name).null().to_owned();
    let mut notification = Table::create();
    notification
        .table(NOTIFICATION)
        .col(string_len("id", 32).primary_key())
        .col(string_len("kind", 32))
        .col(big_integer("at"))
        .col(string_len("about", 200))
        .col(string_len("flow", 64))
        .col(text_null("name"))
        .col(string_len_null("started_by", 255))
        .col(text("data"))
        .col(big_integer_null("no"));
    let mut bell = Table::create();
    bell.table(BELL)
        .col(string_len("who", 255))
        .col(big_integer("no"))
        .col(big_integer("at"))
        .col(boolean("is_read"))
        .primary_key(Index::create().col("who").col("no"));
    let mut follow = Table::create();
    follow
        .table(FOLLOW)
        .col(string_len("about", 200))
        .col(string_len("who", 255))
        .col(big_integer("at"))
        .col(big_integer("told_at"))
        .primary_key(Index::create().col("about").col("who"));
    let mut delivery = Table::create();
    delivery
        .table(DELIVERY)
        .col(string_len("id", 32).primary_key())
        .col(string_len("rule_name", 64))
        .col(text("receiver"))
        .col(string_len("cause", 64))
        .col(string_len("state", 16))
        .col(integer("count"))
        .col(big_integer("created_at"))
        .col(big_integer("due_at"))
        .col(integer("tries"))
        .col(text_null("error"))
        .col(big_integer_null("ended_at"))
        .col(text("message"));
    let mut rule = Table::create();
    rule.table(RULE)
        .col(string_len("name", 64).primary_key())
        .col(text("definition"))
        .col(string_len("changed_by", 255))
        .col(big_integer("at"));
    let mut failing = Table::create();
    failing
        .table(FAILING)
        .col(string_len("id", 64).primary_key())
        .col(string_len("flow", 64))
        .col(text_null("name"))
        .col(big_integer("at"))
        .col(integer("count"));
    [notification, bell, follow, delivery, rule, failing]
}

async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: &[&'static str],
    is_unique: bool,
) -> Result<(), DbErr> {
    // MySQL knows no IF NOT EXISTS for indexes.
    if manager.has_index(table, name).await? {
        return Ok(());
    }
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    if is_unique {
        index.unique();
    }
    manager.create_index(index).await
}
