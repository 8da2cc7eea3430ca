//! Migrations of the engine's store, oldest first. A migration that has been released is
//! never edited: the next one mends it.

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigratorTrait, SchemaManager};

mod columns;
mod m20261122_000001_create_engine_tables;
mod m20261125_000002_count_crashes_and_sweep;
mod m20261125_000003_dispatch;
mod m20261126_000004_observe;
mod m20261128_000005_park_and_count;
mod m20261128_000007_body_digest;
mod m20261128_000008_park_tasks;
mod m20261128_000009_tasks_of_steps;
mod m20261128_000010_retention;
mod m20261128_000012_reserve_places;
mod m20261128_000013_attempts;
mod m20261128_000013_clock;
mod m20261128_000014_progress;
mod m20261128_000016_letter_attempt;
mod m20261129_000017_sessions;
mod m20261129_000018_audit;
mod m20261129_000019_removals;
mod m20261129_000020_needs;
mod m20261129_000030_pipelines;
mod m20261129_000031_uploads;
mod m20261129_000032_triggers;
mod m20261129_000040_commits;
mod m20261129_000041_added_steps;
mod m20261129_000050_notifications;
mod m20261129_000060_list_jobs;
mod m20261129_000070_starters;
mod m20261129_000071_subjects;
mod m20261129_000072_saved_views;
mod m20261130_000080_imports;
mod m20261130_000081_scrapes;
mod m20261130_000082_job_view;
mod m20261130_000090_models;
mod m20261130_000091_predictions;
mod m20261130_000100_briefs;
mod m20261201_000110_rule_sets;
mod m20261201_000111_rule_gates;
mod m20261201_000112_rule_reviews;
mod m20261201_000113_backtests;

/// Brings a store to the newest version.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_engine_tables::Migration),
            Box::new(m20261125_000002_count_crashes_and_sweep::Migration),
            Box::new(m20261125_000003_dispatch::Migration),
            Box::new(m20261126_000004_observe::Migration),
            Box::new(m20261128_000005_park_and_count::Migration),
            Box::new(m20261128_000007_body_digest::Migration),
            Box::new(m20261128_000008_park_tasks::Migration),
            Box::new(m20261128_000009_tasks_of_steps::Migration),
            Box::new(m20261128_000010_retention::Migration),
            Box::new(m20261128_000012_reserve_places::Migration),
            Box::new(m20261128_000013_attempts::Migration),
            Box::new(m20261128_000013_clock::Migration),
            Box::new(m20261128_000014_progress::Migration),
            Box::new(m20261128_000016_letter_attempt::Migration),
            Box::new(m20261129_000017_sessions::Migration),
            Box::new(m20261129_000018_audit::Migration),
            Box::new(m20261129_000019_removals::Migration),
            Box::new(m20261129_000020_needs::Migration),
            Box::new(m20261129_000030_pipelines::Migration),
            Box::new(m20261129_000031_uploads::Migration),
            Box::new(m20261129_000032_triggers::Migration),
            Box::new(m20261129_000040_commits::Migration),
            Box::new(m20261129_000041_added_steps::Migration),
            Box::new(m20261129_000050_notifications::Migration),
            Box::new(m20261129_000060_list_jobs::Migration),
            Box::new(m20261129_000070_starters::Migration),
            Box::new(m20261129_000071_subjects::Migration),
            Box::new(m20261129_000072_saved_views::Migration),
            Box::new(m20261130_000080_imports::Migration),
            Box::new(m20261130_000081_scrapes::Migration),
            Box::new(m20261130_000082_job_view::Migration),
            Box::new(m20261130_000090_models::Migration),
            Box::new(m20261130_000091_predictions::Migration),
            Box::new(m20261130_000100_briefs::Migration),
            Box::new(m20261201_000110_rule_sets::Migration),
            Box::new(m20261201_000111_rule_gates::Migration),
            Box::new(m20261201_000112_rule_reviews::Migration),
            Box::new(m20261201_000113_backtests::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "audience_migration".into_iden()
    }
}
