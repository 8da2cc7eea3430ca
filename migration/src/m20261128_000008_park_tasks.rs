//! Jobs that are with outside workers are parked: they had two states of their own before.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Where a task was shown at its step, too: its step is planned by no process, so it is pending.
const STEPS: &str = "\
    UPDATE audience_step SET state = 'pending' WHERE state = 'running' AND job_id IN \
    (SELECT id FROM audience_job WHERE state IN ('held', 'delegated'))";

const JOBS: [&str; 2] = [
    "UPDATE audience_job SET state = 'parked', waiting = 'waits to be started' \
     WHERE state = 'held'",
    "UPDATE audience_job SET state = 'parked', waiting = 'waits for an outside worker' \
     WHERE state = 'delegated'",
];

const JOBS_BEFORE: [&str; 2] = [
    "UPDATE audience_job SET state = 'held', waiting = NULL WHERE state = 'parked' \
     AND id IN (SELECT job_id FROM audience_dispatch WHERE status = 'ready')",
    "UPDATE audience_job SET state = 'delegated', waiting = NULL WHERE state = 'parked' \
     AND id IN (SELECT job_id FROM audience_dispatch WHERE status IN ('waiting', 'running'))",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared(STEPS).await?;
        for statement in JOBS {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in JOBS_BEFORE {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
