//! Runs a job in a process of its own.
//!
//! A job whose process ended several times under one batch is suspected of being the reason.
//! Isolated from the others it can end only itself, and if it does so while its parent looks
//! on, there is no other to blame: a signal that is meant for the parent does not reach it, and
//! a child whose parent has ended ends in good order by itself.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use tokio::process::{Child, ChildStdin, Command};

use crate::engine::store::{Claim, Claimed};

/// Makes the command that runs a job of this program's in another process, which is to end with
/// the job, or when its standard input is closed.
pub type SpawnIsolated = Arc<dyn Fn(&Claim) -> Command + Send + Sync>;

/// A child and the string that it hangs on: dropped, the child ends in good order.
pub(super) struct Tether(#[expect(dead_code, reason = "held for its drop")] Option<ChildStdin>);

/// How a process ended that had a job of its own.
#[derive(Debug)]
pub(super) enum IsolatedEnd {
    /// It did its work, or was asked to end.
    WellDone,
    /// Something kept it from working.
    Failed(String),
    /// It was ended by a signal of its own making or the operating system's.
    Crashed(String),
}

/// Whether a job's process ended so often under one of its batches that the next one may
/// be the last that it gets.
pub(super) fn is_suspect(claimed: &Claimed, crashes_max: u32) -> bool {
    i64::from(claimed.crashes) + 1 >= i64::from(crashes_max)
}

pub(super) fn start(apart: &SpawnIsolated, claim: &Claim) -> std::io::Result<(Child, Tether)> {
    let mut child = apart(claim)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let tether = Tether(child.stdin.take());
    Ok((child, tether))
}

pub(super) async fn end_of(mut child: Child) -> IsolatedEnd {
    match child.wait().await {
        Ok(status) => IsolatedEnd::of(status),
        Err(error) => IsolatedEnd::Failed(error.to_string()),
    }
}

impl IsolatedEnd {
    fn of(status: ExitStatus) -> Self {
        match status.signal() {
            Some(signal) => match meaning_of(signal) {
                Some(meaning) => Self::Crashed(format!("signal {signal}, {meaning}")),
                None => Self::Failed(status.to_string()),
            },
            None if status.success() => Self::WellDone,
            None => Self::Failed(status.to_string()),
        }
    }
}

/// What the signals mean that a program brings upon itself; others are sent by a user who wants
/// it to stop.
fn meaning_of(signal: i32) -> Option<&'static str> {
    Some(match signal {
        4 => "illegal instruction",
        6 => "aborted, as when memory cannot be had or a panic panics",
        7 => "bus error",
        8 => "arithmetic fault",
        9 => "killed, as the operating system does when memory runs out",
        11 => "invalid memory access or stack overflow",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn end(script: &str) -> IsolatedEnd {
        let script = script.to_owned();
        let apart: SpawnIsolated = Arc::new(move |_| {
            let mut command = Command::new("sh");
            command.args(["-c", &script]);
            command
        });
        let claim = Claim {
            job: entity::JobId::new(),
            epoch: 1,
        };
        let (child, tether) = start(&apart, &claim).expect("sh is everywhere");
        drop(tether);
        end_of(child).await
    }

    #[tokio::test]
    async fn a_signal_is_told_from_an_exit_code() {
        assert!(matches!(end("cat; exit 0").await, IsolatedEnd::WellDone));
        assert!(matches!(end("exit 3").await, IsolatedEnd::Failed(reason) if reason.contains('3')));
        assert!(matches!(end("kill -INT $$").await, IsolatedEnd::Failed(_)));
        let crashed = end("kill -ABRT $$").await;
        assert!(matches!(&crashed, IsolatedEnd::Crashed(reason) if reason.contains("signal 6")));
    }
}
