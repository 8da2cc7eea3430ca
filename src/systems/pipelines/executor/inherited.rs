//! What the process was born with.

use std::fs;
use std::os::fd::RawFd;

use nix::unistd::close;

/// The last one of standard input, output and error.
const STANDARD_LAST: RawFd = 2;

/// Closes the files, locks and pipes that whoever started the server had left open for it: every command
/// would hold them for as long as it lives, also when who has them was killed. To be called before anything
/// is opened.
pub(crate) fn close_inherited() {
    let Ok(open) = fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers = open.flatten().filter_map(|entry| {
        let number: RawFd = entry.file_name().to_str()?.parse().ok()?;
        (number > STANDARD_LAST).then_some(number)
    });
    for number in numbers.collect::<Vec<_>>() {
        // One of them was the list itself, which is closed by now.
        close(number).ok();
    }
}
