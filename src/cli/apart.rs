//! A job in a process of its own: how a program starts itself for it, and what that process does.
//!
//! It is started with the arguments of its parent and one more, and ends with the job, or when
//! its standard input is closed: by a parent that stops, or that is gone.

use std::ffi::OsString;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use entity::JobId;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::serve;
use crate::app::{App, StartOptions};
use crate::engine::runtime::SpawnIsolated;
use crate::settings::Loaded;
use crate::systems::Systems;

/// How often the child looks whether its job is still its own.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Looks in a row that find the job in nobody's hands, after which it has been given up here.
const LOOKS_WITHOUT_HOLDER: u32 = 4;

/// Starts this program again, with these arguments, for one job.
pub(super) fn command(arguments: Vec<OsString>) -> anyhow::Result<SpawnIsolated> {
    let program = std::env::current_exe().context("failed to find this program's file")?;
    Ok(Arc::new(move |claim| {
        let mut command = Command::new(&program);
        command
            .args(&arguments)
            .arg("--only-job")
            .arg(claim.job.as_str());
        command
    }))
}

/// The arguments of this process.
pub(super) fn own_arguments() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}

/// Runs the job until it ends, is somebody else's, or nobody holds the other end of standard
/// input any more.
pub(super) async fn run(job: &JobId, loaded: &Loaded, systems: &Systems) -> anyhow::Result<()> {
    let options = StartOptions {
        systems: systems.clone(),
        only: Some(job.clone()),
        ..StartOptions::default()
    };
    let stop = when_input_closes();
    // Sent to a whole group of processes, as by Ctrl-C, it reaches the child, too.
    let signalled = serve::stop_on_signal()?;
    let app = App::start(loaded, options).await?;
    let watched = tokio::select! {
        watched = watch(&app, job) => watched,
        () = stop.cancelled() => Ok(()),
        () = signalled.cancelled() => Ok(()),
        () = app.runtime.gave_up() => Err(anyhow::anyhow!("the engine's supervisors kept dying")),
    };
    app.stop().await;
    watched
}

async fn watch(app: &App, job: &JobId) -> anyhow::Result<()> {
    let mut without_holder = 0;
    let mut changes = app.runtime.watch(job);
    loop {
        match app.store.jobs().find(job).await {
            Ok(None) => return Ok(()),
            Ok(Some(found)) if found.state.has_ended() => return Ok(()),
            Ok(Some(found)) => {
                without_holder = match found.lease_owner {
                    Some(_) => 0,
                    None => without_holder + 1,
                };
                let is_others = found
                    .lease_owner
                    .is_some_and(|owner| !app.runtime.is_owner(&owner));
                if is_others || without_holder > LOOKS_WITHOUT_HOLDER {
                    return Ok(());
                }
            }
            // The engine waits for its database, too.
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(error.into()),
        }
        tokio::time::timeout(LOOK_EVERY, changes.next()).await.ok();
    }
}

/// Cancelled at the end of standard input.
fn when_input_closes() -> CancellationToken {
    let closed = CancellationToken::new();
    let token = closed.clone();
    // A thread of its own: one of the runtime's would keep it from ending.
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        let mut input = std::io::stdin();
        while input.read(&mut buffer).is_ok_and(|bytes| bytes > 0) {}
        token.cancel();
    });
    closed
}
