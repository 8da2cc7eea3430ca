//! Limits of a command's process.
//!
//! They have to hold from its first instruction on, and between `fork` and `exec` only unsafe code can run.
//! So the executor starts its own program first, which sets its own limits and then becomes the command.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::protocol::CommandLimits;

const NONE: &str = "-";

/// What stands before the program and its arguments: both limits.
pub(super) fn arguments(limits: CommandLimits) -> [String; 2] {
    let text =
        |limit: Option<u64>| limit.map_or_else(|| NONE.to_owned(), |limit| limit.to_string());
    [text(limits.memory), text(limits.open_files)]
}

/// Becomes the program, under limits: `MEMORY OPEN_FILES PROGRAM ARG0 ARGS…`. Returns only if that fails.
pub(crate) fn exec_with_limits(arguments: impl IntoIterator<Item = OsString>) -> io::Error {
    let mut arguments = arguments.into_iter();
    let mut limit = || -> io::Result<Option<u64>> {
        let text = arguments.next().unwrap_or_default();
        match text.to_str() {
            Some(NONE) => Ok(None),
            text => {
                let limit = text.and_then(|text| text.parse().ok());
                limit
                    .map(Some)
                    .ok_or_else(|| io::Error::other("invalid limit"))
            }
        }
    };
    let (memory, open_files) = match (limit(), limit()) {
        (Ok(memory), Ok(open_files)) => (memory, open_files),
        (Err(error), _) | (_, Err(error)) => return error,
    };
    let (Some(program), Some(name)) = (arguments.next(), arguments.next()) else {
        return io::Error::other("expected limits, a program and its name");
    };
    let mut command = Command::new(program);
    command.arg0(name).args(arguments);
    for (resource, limit) in [(Resource::Nofile, open_files), (Resource::As, memory)] {
        if let Some(limit) = limit
            && let Err(error) = lower(resource, limit)
        {
            return error;
        }
    }
    command.exec()
}

/// A limit that is lower already stays.
fn lower(resource: Resource, limit: u64) -> io::Result<()> {
    let highest = getrlimit(resource).maximum;
    let limit = Some(highest.map_or(limit, |highest| highest.min(limit)));
    setrlimit(
        resource,
        Rlimit {
            current: limit,
            maximum: limit,
        },
    )?;
    Ok(())
}
