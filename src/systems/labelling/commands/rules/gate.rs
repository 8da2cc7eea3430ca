//! `audience rules approve JOB`, `audience rules reject JOB`

use clap::Args;
use entity::JobId;
use serde_json::{Value, json};

use super::outcome::Outcome;
use super::server::{ServerArguments, post};
use crate::engine::CallerError;
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::engine::store::audit;
use crate::systems::Program;
use crate::systems::labelling::Labelling;
use crate::systems::labelling::gate::Approver;
use crate::systems::labelling::store::Decision;

#[derive(Debug, Args)]
pub(super) struct GateArguments {
    /// The job that waits
    #[arg(value_name = "JOB")]
    job: JobId,
    /// For those who look at it later
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Without a server it is somebody at this machine who decides, as the audit calls them.
const HERE: &str = "local";

pub(super) async fn run(
    arguments: &GateArguments,
    decision: Decision,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let decided = match arguments.server.of(program)? {
        Some(server) => {
            let verb = match decision {
                Decision::Approved => "approve",
                Decision::Rejected | Decision::Expired => "reject",
            };
            let path = format!("/v1/jobs/{}/{verb}", arguments.job);
            post(&*server, &path, json!({ "why": arguments.why })).await?
        }
        None => here(arguments, decision, program).await?,
    };
    let gate = match decided {
        Ok(gate) => gate,
        Err(outcome) => return Ok(outcome),
    };
    let mut outcome = Outcome::default();
    match arguments.json {
        true => outcome.document = Some(gate.to_string()),
        false => outcome
            .lines
            .push(format!("job {} is {}", arguments.job, decision.as_str())),
    }
    Ok(outcome)
}

/// In the database of the settings; the process that runs jobs finds the decision there.
async fn here(
    arguments: &GateArguments,
    decision: Decision,
    program: &dyn Program,
) -> anyhow::Result<Result<Value, Outcome>> {
    let id = &arguments.job;
    let unknown = Outcome::bad_usage(&format!("there is no job {id} that labels rows"));
    let loaded = program.load(program.place())?;
    let Some(store) = program.database(&loaded).await? else {
        return Ok(Err(unknown));
    };
    let recorded = AuditLog::start(store.clone());
    let labelling = Labelling::beside(&loaded, store)?;
    let Some(job) = labelling.job(id).await? else {
        return Ok(Err(unknown));
    };
    if labelling.options().gate_two_people && decision == Decision::Approved {
        let problem = "a job is approved by a known person (setting labelling.gate_two_people): ask a server, with \
                       --server";
        return Ok(Err(Outcome::bad_usage(problem)));
    }
    let approver = Approver {
        name: HERE.to_owned(),
        why: arguments.why.clone(),
    };
    let operation = match decision {
        Decision::Approved => "approve_job",
        Decision::Rejected | Decision::Expired => "reject_job",
    };
    let call = recorded.local_call(operation, Recording::Each);
    let work = async {
        audit::about(id);
        labelling.decide(&job, decision, approver).await
    };
    match call.work(work, CallEnd::of_result).await? {
        Ok(gate) => Ok(Ok(serde_json::to_value(&gate)?)),
        Err(error) => Ok(Err(Outcome::bad_usage(&error.public_message()))),
    }
}
