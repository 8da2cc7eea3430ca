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
                "queued" => &["queued", "running"],
                "running" => &["running", "parked", "succeeded", "failed", "cancelled"],
                "parked" => &["parked", "running"],
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
const NEVER: [(&str, &str); 7] = [
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
