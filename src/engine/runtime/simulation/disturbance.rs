//! What happens to the processes, by chance.

use entity::JobId;

use super::process::Process;
use super::world::Chance;

const HOUR_MS: u64 = 3_600_000;

/// Does something to one of them.
pub(super) fn disturb(processes: &mut [Process], jobs: &[JobId], chance: &mut Chance) {
    let at = chance.below(processes.len() as u64) as usize;
    let process = &mut processes[at];
    match chance.below(8) {
        0..=2 => process.kill(chance.millis(20_000)),
        3 | 4 => process.freeze(chance.millis(40_000)),
        5 => process.drain(chance.millis(3_000), chance.millis(2_000)),
        6 if chance.one_in(3) && !jobs.is_empty() => {
            process.cancel(&jobs[chance.below(jobs.len() as u64) as usize]);
        }
        7 => process.set_the_time_of_day(chance.millis(4 * HOUR_MS)),
        _ => {}
    }
}
