//! Which process is meant: a name that no other process ever has, and whether that one still runs.

use std::fmt;
use std::fs;

use entity::job;
use tracing::warn;

use crate::process;

/// Names one process for as long as it lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner(String);

impl Owner {
    /// This process. The boot, the process namespace and the start time make the number of
    /// the process unique, so that no other process is ever taken for it.
    pub fn this_process() -> Self {
        let pid = std::process::id();
        let started = start_time(pid).unwrap_or_default();
        Self(format!(
            "{}/{pid}/{started}/{}/{}",
            machine(),
            uuid::Uuid::now_v7().simple(),
            host()
        ))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As it was stored.
    pub(crate) fn stored(name: String) -> Self {
        Self(name)
    }

    /// The process that holds a job.
    pub fn of(job: &job::Model) -> Option<Self> {
        job.lease_owner.clone().map(Self)
    }

    /// The process in words, for people who look at it from another one.
    pub fn seen_from(&self, other: &Self) -> String {
        if self == other {
            return "this process".to_owned();
        }
        match self.on_this_machine() {
            Some((pid, _)) => format!("process {pid} of this machine"),
            None => "a process of another machine".to_owned(),
        }
    }

    /// The process with the name of its machine, for people who have to go there.
    pub fn with_host(&self, other: &Self) -> String {
        let process = self.seen_from(other);
        match self.host() {
            Some(host) => format!("{process}, `{host}`"),
            None => process,
        }
    }

    /// `None`: the machine has no name, or an earlier version has stored the process.
    fn host(&self) -> Option<&str> {
        let host = self.0.splitn(5, '/').nth(4);
        host.filter(|host| !host.is_empty())
    }

    /// A process of which nothing can be known.
    #[cfg(test)]
    pub(crate) fn named(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Whether the process is known to have ended. `false` also means: cannot be known.
    pub(crate) fn is_dead(&self) -> bool {
        let Some((pid, started)) = self.on_this_machine() else {
            return false;
        };
        match start_time(pid) {
            Some(now) => now != started,
            // Processes of other users may be hidden; the first one shows whether they are.
            None => start_time(1).is_some(),
        }
    }

    /// Number and start time, if the process runs or ran on this machine.
    fn on_this_machine(&self) -> Option<(u32, &str)> {
        let mut parts = self.0.split('/');
        let (on, pid, started) = (parts.next()?, parts.next()?, parts.next()?);
        let pid = pid.parse().ok()?;
        (!started.is_empty() && on == machine()).then_some((pid, started))
    }

    /// Ends a process that is stopped while it writes to a SQLite file: all others wait for its
    /// lock, which only the operating system can take away. Nothing that was committed is lost.
    pub(super) fn end_if_it_blocks(&self) {
        if let Some((pid, started)) = self.on_this_machine()
            && start_time(pid).as_deref() == Some(started)
            && process::is_stopped_in_a_write(pid)
        {
            warn!(
                process = pid,
                "ending a stopped process that keeps a file locked beyond its lease"
            );
            process::end(pid);
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// This boot of this machine and this process namespace: numbers of processes mean the same
/// only within both.
fn machine() -> String {
    boot_and_namespace("pid")
}

/// The name of this machine, for people.
fn host() -> String {
    /// What names the process takes up to 140 characters of the 255 that there are.
    const CHARS_MAX: usize = 64;
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().chars().take(CHARS_MAX).collect()
}

/// This boot of this machine and this time namespace: the time since the boot is the same only
/// within both. `None`: it cannot be known.
pub(super) fn boot() -> Option<String> {
    let boot = boot_and_namespace("time");
    (!boot.starts_with('.')).then_some(boot)
}

fn boot_and_namespace(kind: &str) -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link(format!("/proc/self/ns/{kind}")).unwrap_or_default();
    let namespace: String = namespace
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    format!("{}.{namespace}", boot.trim())
}

/// Clock ticks between boot and the start of the process; `None` if it has ended or is a zombie.
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program stands in parentheses and may itself hold spaces.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_named_with_its_machine() {
        let own = Owner::this_process();
        let host = host();
        assert_eq!(own.with_host(&own), format!("this process, `{host}`"));
        let pid = std::process::id();
        let seen = own.with_host(&Owner::named("x"));
        assert_eq!(seen, format!("process {pid} of this machine, `{host}`"));
        let far = Owner::named("boot.1/7/8/9/db-2.example");
        assert_eq!(
            far.with_host(&own),
            "a process of another machine, `db-2.example`"
        );
        // As earlier versions have stored it.
        let far = Owner::named("boot.1/7/8/9");
        assert_eq!(far.with_host(&own), "a process of another machine");
    }
}
