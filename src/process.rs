//! What the operating system says of this process and its neighbours.

use std::io::{self, Write};
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process};

use crate::printable::printable_lines;

/// Where SQLite, in the file beside a database in WAL mode, locks who writes.
const WAL_WRITE_LOCK: &str = "120";

/// Prints a line, or several, for people on standard output. That its reader has gone away is not
/// an error.
pub fn print_line(text: &str) {
    print_document(&printable_lines(text));
}

/// Prints what programs read, such as JSON, on standard output as it is. That its reader has gone away
/// is not an error; for others see [`output_failure`].
pub fn print_document(text: &str) {
    if let Err(error) = writeln!(io::stdout(), "{text}")
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        // Others that follow have the same cause.
        OUTPUT_FAILURE.set(error).ok();
    }
}

/// Prints bytes on standard output at once. Returns whether anybody still reads it.
pub fn print_bytes(bytes: &[u8]) -> io::Result<bool> {
    let mut out = io::stdout();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

static OUTPUT_FAILURE: OnceLock<io::Error> = OnceLock::new();

/// Why something could not be printed, such as a disk that is full.
pub fn output_failure() -> Option<&'static io::Error> {
    OUTPUT_FAILURE.get()
}

/// Prints a line, or several, for people on standard error.
pub fn print_error_line(text: &str) {
    writeln!(io::stderr(), "{}", printable_lines(text)).ok();
}

/// The most memory this process has had in use at once, in MB; `0.0` where that is not known.
pub fn peak_memory_mb() -> f64 {
    (memory().peak_bytes / 10_000.0).round() / 100.0
}

/// Resident memory of this process; `0.0` where that is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    pub bytes: f64,
    pub peak_bytes: f64,
}

pub fn memory() -> Memory {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bytes = |name: &str| {
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.trim().strip_suffix("kB"))
            .and_then(|number| number.trim().parse::<f64>().ok());
        kib.map_or(0.0, |kib| kib * 1024.0)
    };
    Memory {
        bytes: bytes("VmRSS:"),
        peak_bytes: bytes("VmHWM:"),
    }
}

/// Processor time that this process used, in seconds; `0.0` where that is not known.
pub fn cpu_seconds() -> f64 {
    /// What Linux counts such times in, whatever the kernel's own clock is.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SECOND
}

/// Whether a process is stopped, by a signal or a debugger, while it writes to a SQLite file.
pub fn is_stopped_in_a_write(pid: u32) -> bool {
    let is_stopped = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        state.starts_with(['T', 't'])
    });
    is_stopped
        && std::fs::read_to_string("/proc/locks")
            .is_ok_and(|locks| locks.lines().any(|lock| is_writers(lock, pid)))
}

/// A line of /proc/locks: `1: POSIX  ADVISORY  WRITE 4711 08:01:815 120 120`.
fn is_writers(lock: &str, pid: u32) -> bool {
    let fields: Vec<&str> = lock.split_whitespace().collect();
    let [_, "POSIX", _, "WRITE", holder, _, from, to] = fields[..] else {
        return false;
    };
    holder.parse() == Ok(pid) && from == WAL_WRITE_LOCK && to == WAL_WRITE_LOCK
}

/// Ends a process at once. One that has ended already, or belongs to another user, is left alone.
pub fn end(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        kill_process(pid, Signal::KILL).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_a_writer_is_told_from_others() {
        let line = "1: POSIX  ADVISORY  WRITE 4711 08:01:815 120 120";
        assert!(is_writers(line, 4711));
        assert!(!is_writers(line, 471));
        for other in [
            "1: POSIX  ADVISORY  READ 4711 08:01:815 120 120",
            "1: POSIX  ADVISORY  WRITE 4711 08:01:815 0 EOF",
            "1: FLOCK  ADVISORY  WRITE 4711 08:01:815 120 120",
            "1: -> POSIX  ADVISORY  WRITE 4711 08:01:815 120 120",
            "",
        ] {
            assert!(!is_writers(other, 4711), "{other}");
        }
    }
}
