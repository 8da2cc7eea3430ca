//! Starts a command.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::pipe::fcntl_setpipe_size;

use super::limits;
use super::process_table::{Identity, process};
use super::protocol::{Attempt, CommandLimits};

/// A command that writes fast is waited for less often.
const PIPE_BYTES: usize = 1 << 20;
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

pub(super) struct Spawned {
    pub main: Identity,
    /// Standard output and standard error of the command.
    pub output: OwnedFd,
}

/// Starts the command in a group of its own; before that, says which pipe (by its inode) it will write to.
/// The message of an error is for people.
pub(super) fn spawn(
    command: &[String],
    attempt: &Attempt,
    temporary: &Path,
    limits_command: &[String],
    announce: impl FnOnce(u64),
) -> Result<Spawned, String> {
    let name = command.first().filter(|name| !name.is_empty());
    let name = name.ok_or("there is nothing to run")?;
    if !attempt.cwd.is_dir() {
        return Err(format!(
            "the working directory {} is no directory",
            attempt.cwd.display()
        ));
    }
    let program =
        find_program(name, attempt).ok_or_else(|| format!("failed to start {name}: not found"))?;
    let failed = |error: io::Error| format!("failed to start {name}: {error}");
    let (reader, writer) = io::pipe().map_err(failed)?;
    let output = File::from(OwnedFd::from(reader));
    // Users have a limit of their own for larger pipes; the usual size does, too.
    fcntl_setpipe_size(&output, PIPE_BYTES).ok();
    let mut started = match (attempt.limits, limits_command) {
        (limits, [first, rest @ ..]) if limits != CommandLimits::default() => {
            let mut started = Command::new(first);
            started
                .args(rest)
                .args(limits::arguments(limits))
                .arg(&program)
                .arg(name);
            started
        }
        _ => {
            let mut started = Command::new(&program);
            started.arg0(name);
            started
        }
    };
    let variables = attempt.env.iter().map(|(name, value)| (name, value));
    started
        .args(&command[1..])
        .env_clear()
        .envs(variables)
        .env("TMPDIR", temporary)
        .current_dir(&attempt.cwd)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(writer.try_clone().map_err(failed)?)
        .stderr(writer);
    announce(output.metadata().map_err(failed)?.ino());
    // The child is waited for by the reaper.
    let child = started.spawn().map_err(failed)?;
    let pid = i32::try_from(child.id()).unwrap_or(i32::MAX);
    Ok(Spawned {
        main: process(pid).map_or(Identity { pid, started: 0 }, |process| process.identity),
        output: output.into(),
    })
}

/// As `execvp` would, but in the command's `PATH` and from its working directory.
fn find_program(name: &str, attempt: &Attempt) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(attempt.cwd.join(name));
    }
    let path = attempt
        .env
        .iter()
        .rev()
        .find(|(variable, _)| variable == "PATH");
    let path = path.map_or(DEFAULT_PATH, |(_, value)| value);
    let places = path
        .split(':')
        .map(|place| attempt.cwd.join(place).join(name));
    places.into_iter().find(|program| is_executable(program))
}

fn is_executable(program: &Path) -> bool {
    let metadata = std::fs::metadata(program);
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
