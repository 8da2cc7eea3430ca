//! How much one preview may take.

use std::time::Duration;

/// Previews at once; whoever comes meanwhile is told to come again.
pub(in crate::systems::labelling) const AT_ONCE: usize = 4;

/// Rows that are read, or, of a sample, after which no further window is read.
pub(super) const ROWS_MAX: usize = 1_000_000;

/// Rows of a sample.
pub(in crate::systems::labelling) const SAMPLE_ROWS_MAX: u64 = ROWS_MAX as u64;

/// A sample is drawn from so many times its rows.
pub(super) const SEEN_PER_ROW: usize = 10;

pub(in crate::systems::labelling) const SECONDS_MAX: u64 = 30;

/// How long the whole of it may take.
pub(super) const TIME: Duration = Duration::from_secs(SECONDS_MAX);

/// Of that, how long rows are read: what was read is to be looked at, too.
pub(super) const TIME_TO_READ: Duration = Duration::from_secs(24);

/// Of that, how long the slowest rules are looked for.
pub(super) const TIME_FOR_SLOWEST: Duration = Duration::from_millis(500);

/// Rows of each label that are shown.
pub(in crate::systems::labelling) const EXAMPLES_MAX: u32 = 100;

/// Rows that are shown together: sets with very many labels show fewer of each.
pub(super) const EXAMPLES_TOGETHER: usize = 20_000;

/// Bytes of rows in memory, of all previews that run and that ran not long ago.
pub(super) const BYTES_MAX: usize = 256 << 20;

/// How long rows are kept for the next preview.
pub(super) const KEPT_FOR: Duration = Duration::from_secs(600);
