//! What holds after each commit, whatever happens.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::output::Output;

/// What was seen the last time, by job.
#[derive(Default)]
pub(super) struct Watch(BTreeMap<String, (i64, String)>);

impl Watch {
    pub(super) fn look(&mut self, database: &Connection, output: &Output) -> Result<(), String> {
        self.jobs_only_move_on(database).map_err(text)??;
        for (what, sql) in NEVER {
            let mut statement = database.prepare_cached(sql).map_err(text)?;
            let found = statement.query_map([], |row| row.get::<_, String>(0));
            if let Some(job) = found.map_err(text)?.next() {
                return Err(format!("{what}: {}", job.map_err(text)?));
            }
        }
        completed_batches_are_durable(database, output).map_err(text)?
    }

    /// Epochs never fall, and a job that has ended stays so: nobody resumes one here.
    fn jobs_only_move_on(&mut self, database: &Connection) -> rusqlite::Result<Result<(), String>> {
        let mut jobs =
            database.prepare_cached("SELECT id, lease_epoch, state FROM audience_job")?;
        let mut rows = jobs.query([])?;
        while let Some(row) = rows.next()? {
            let (id, epoch, state): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let before = self.0.insert(id.clone(), (epoch, state.clone()));
            let Some((epoch_before, state_before)) = before else {
                continue;
            };
            if epoch < epoch_before {
                return Ok(Err(format!("the epoch of {id} fell")));
            }
            let may_follow: &[&str] = match state_before.as_str() {
                "blocked" => &["blocked", "queued", "running", "skipped", "cancelled"],
                "queued" => &["queued", "running"],
                "running" => &["running", "parked", "succeeded", "failed", "cancelled"],
                // One with slots is queued for them.
                "parked" => &["parked", "queued", "running"],
                ended => &[ended],
            };
            if !may_follow.contains(&state.as_str()) {
                return Ok(Err(format!("{id} went from {state_before} to {state}")));
            }
        }
        Ok(Ok(()))
    }
}

/// What is never found.
const NEVER: [(&str, &str); 13] = [
    (
        "an ended job is held",
        "SELECT id FROM audience_job WHERE lease_owner IS NOT NULL AND state <> 'running'",
    ),
    (
        "a batch has two attempts at once",
        "SELECT job_id FROM audience_attempt WHERE outcome = 'running'
         GROUP BY job_id, step_no, batch_no HAVING count(*) > 1",
    ),
    (
        "a job succeeded before its steps and batches",
        "SELECT id FROM audience_job AS job WHERE state = 'succeeded' AND (
             EXISTS (SELECT 1 FROM audience_step WHERE job_id = job.id AND state <> 'completed')
             OR EXISTS (SELECT 1 FROM audience_batch WHERE job_id = job.id
                        AND state <> 'completed' AND NOT (state = 'failed' AND step_no = 1)))",
    ),
    (
        "a job is parked while a batch is pending that may begin before",
        "SELECT id FROM audience_job AS job WHERE state = 'parked' AND EXISTS (
             SELECT 1 FROM audience_batch AS batch WHERE job_id = job.id AND state = 'pending'
             AND (job.wakes_at IS NULL OR coalesce(not_before_at, 0) < job.wakes_at
                  AND NOT EXISTS (SELECT 1 FROM audience_batch WHERE job_id = job.id
                      AND step_no = batch.step_no AND no < batch.no AND state = 'pending'
                      AND not_before_at >= job.wakes_at)))",
    ),
    (
        "a step has counted its batches wrongly",
        "SELECT job_id FROM audience_step AS step WHERE
             (batches_total, batches_done, batches_failed, batches_parked) IS NOT (
             SELECT count(*), count(*) FILTER (WHERE state = 'completed'),
                    count(*) FILTER (WHERE state = 'failed'),
                    count(*) FILTER (WHERE state = 'parked')
             FROM audience_batch AS batch
             WHERE batch.job_id = step.job_id AND batch.step_no = step.no)",
    ),
    (
        "a step went on before another had completed",
        "SELECT late.job_id FROM audience_step AS late JOIN audience_step AS early
         ON early.job_id = late.job_id AND early.no = late.no - 1
         WHERE late.state <> 'pending' AND early.state <> 'completed'",
    ),
    (
        "a blocked job has counted its needs wrongly, or has none",
        "SELECT id FROM audience_job AS job WHERE state = 'blocked' AND (needs_left = 0 OR
             needs_left <> (SELECT count(*) FROM audience_need
                            WHERE job_id = job.id AND NOT settled))",
    ),
    (
        "a need is settled before its end, or is not after it",
        "SELECT need.job_id FROM audience_need AS need
         JOIN audience_job AS needed ON needed.id = need.needs_id
         WHERE need.settled <>
             (needed.state IN ('succeeded', 'failed', 'cancelled', 'skipped'))",
    ),
    (
        "a job began before what it needs had ended",
        "SELECT need.job_id FROM audience_need AS need
         JOIN audience_job AS job ON job.id = need.job_id
         JOIN audience_job AS needed ON needed.id = need.needs_id
         WHERE job.state IN ('queued', 'running', 'parked', 'succeeded', 'failed')
         AND NOT (needed.state = 'succeeded'
                  OR need.soft AND needed.state IN ('failed', 'cancelled', 'skipped'))",
    ),
    (
        "a job was skipped without a reason",
        "SELECT id FROM audience_job AS job WHERE state = 'skipped' AND NOT EXISTS (
             SELECT 1 FROM audience_need AS need
             JOIN audience_job AS needed ON needed.id = need.needs_id
             WHERE need.job_id = job.id AND NOT need.soft
             AND needed.state IN ('failed', 'cancelled', 'skipped'))",
    ),
    (
        "a job that has ended keeps its identity, or another one has lost it",
        "SELECT id FROM audience_job WHERE (live_key IS NULL) <>
             (state IN ('succeeded', 'failed', 'cancelled', 'skipped'))",
    ),
    (
        "the core is held twice",
        "SELECT max(id) FROM audience_job WHERE state = 'running' AND slot_key <> ''
         AND lease_owner IS NOT NULL AND NOT cancel_requested HAVING count(*) > 1",
    ),
    (
        "a job failed without a reason, or failed at all",
        "SELECT id || ' ' || coalesce(error, '') FROM audience_job WHERE state = 'failed'",
    ),
];

fn completed_batches_are_durable(
    database: &Connection,
    output: &Output,
) -> rusqlite::Result<Result<(), String>> {
    let mut batches = database.prepare_cached(
        "SELECT job_id, json_extract(spec, '$[0]'), json_extract(spec, '$[1]')
         FROM audience_batch WHERE state = 'completed' AND step_no = 0",
    )?;
    let mut rows = batches.query([])?;
    while let Some(row) = rows.next()? {
        let (job, batch, slices): (String, u32, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if !output.has_finished(&job, batch.into(), slices.into()) {
            return Ok(Err(format!(
                "batch {batch} of {job} completed and is not durable"
            )));
        }
    }
    Ok(Ok(()))
}

fn text(error: rusqlite::Error) -> String {
    error.to_string()
}
