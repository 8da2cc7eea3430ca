//! The machine's processes, as /proc shows them.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// How often processes that came meanwhile are listed.
const LISTS_MAX: usize = 50;

/// A process that no later process with the same id is mistaken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Identity {
    pub pid: i32,
    /// Clock ticks since the machine was started.
    pub started: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    pub identity: Identity,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    pub is_zombie: bool,
}

/// All processes, in no order. One that starts meanwhile may be missing, but not without its parent: a
/// process that starts another and ends between the list and the look at it would hide both.
pub(super) fn processes() -> Vec<Process> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    // Who comes and goes all the time must not keep others waiting.
    for _ in 0..LISTS_MAX {
        let mut new = pids();
        new.retain(|&pid| seen.insert(pid));
        if new.is_empty() {
            break;
        }
        found.extend(new.into_iter().filter_map(process));
    }
    found
}

fn pids() -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

pub(super) fn process(pid: i32) -> Option<Process> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything, also `) `.
    let behind_name = memchr::memrchr(b')', &stat)? + 2;
    let rest = std::str::from_utf8(stat.get(behind_name..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Process {
        identity: Identity {
            pid,
            started: fields.get(19)?.parse().ok()?,
        },
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        is_zombie: matches!(*fields.first()?, "Z" | "X"),
    })
}

/// The name of its program, for people.
pub(super) fn name(pid: i32) -> String {
    let name = std::fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim_end().to_owned()
}

/// Whether its environment, as it was at its start, has all `NAME=value` of one of these sets.
pub(super) fn has_environment(pid: i32, sets: &[Vec<Vec<u8>>]) -> bool {
    let Ok(environment) = std::fs::read(format!("/proc/{pid}/environ")) else {
        return false;
    };
    let variables: HashSet<&[u8]> = environment.split(|&byte| byte == 0).collect();
    let has = |entry: &Vec<u8>| variables.contains(entry.as_slice());
    sets.iter()
        .any(|set| !set.is_empty() && set.iter().all(has))
}

/// Whether it has this pipe open.
pub(super) fn holds_pipe(pid: i32, inode: u64) -> bool {
    let wanted = PathBuf::from(format!("pipe:[{inode}]"));
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    files
        .into_iter()
        .any(|file| std::fs::read_link(file.path()).is_ok_and(|path| path == wanted))
}

/// This process, if it leads its session.
pub(super) fn own_session() -> Option<Identity> {
    let own = process(i32::try_from(std::process::id()).ok()?)?;
    (own.session == own.identity.pid).then_some(own.identity)
}

/// The living children of this process.
pub(super) fn own_children() -> Vec<i32> {
    let children = || -> io::Result<Vec<i32>> {
        let mut children = Vec::new();
        for thread in std::fs::read_dir("/proc/self/task")? {
            let pids = std::fs::read_to_string(thread?.path().join("children"))?;
            children.extend(
                pids.split_ascii_whitespace()
                    .filter_map(|pid| pid.parse::<i32>().ok()),
            );
        }
        Ok(children)
    };
    // Not every kernel lists them.
    children().unwrap_or_else(|_| {
        let own = std::process::id();
        let is_ours =
            |process: &Process| u32::try_from(process.parent) == Ok(own) && !process.is_zombie;
        processes()
            .iter()
            .filter(|process| is_ours(process))
            .map(|process| process.identity.pid)
            .collect()
    })
}

/// Signals this very process. One that has ended is fine.
pub(super) fn signal(identity: Identity, signal: Signal) {
    let Some(pid) = Pid::from_raw(identity.pid) else {
        return;
    };
    // What the descriptor stands for cannot change; whether it is the right process is asked afterwards.
    let Ok(descriptor) = pidfd_open(pid, PidfdFlags::empty()) else {
        return;
    };
    if process(identity.pid).is_some_and(|process| process.identity == identity) {
        pidfd_send_signal(descriptor, signal).ok();
    }
}

pub(super) fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use rustix::process::kill_process_group;

    use super::*;

    #[test]
    fn a_process_that_is_passed_on_from_parent_to_child_is_always_found() {
        let mut walker = Command::new("bash");
        walker.args(["-c", "walk() { walk & }; walk"]);
        let mut walker = walker.process_group(0).spawn().unwrap();
        let group = i32::try_from(walker.id()).unwrap();
        walker.wait().unwrap();
        let is_found = || {
            let is_walking = |process: &Process| process.group == group && !process.is_zombie;
            processes().iter().any(is_walking)
        };
        let missed = (0..100).filter(|_| !is_found()).count();
        kill_process_group(Pid::from_raw(group).unwrap(), Signal::KILL).unwrap();
        assert_eq!(missed, 0);
    }
}
