//! The windows of a range, in the order in which a sample reads them.

use super::order::RowKey;

/// Into how many a range is cut.
pub const WINDOWS: u32 = 1_000;

/// Seconds from `start` to before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub number: u32,
    pub start: i64,
    pub end: i64,
}

/// All windows of the seconds from `start` to `end`, both included, that hold a second, as they are drawn.
pub fn windows(start: i64, end: i64, seed: u64) -> Vec<Window> {
    let seconds = i128::from(end) - i128::from(start) + 1;
    let at = |number: u32| start + (i128::from(number) * seconds / i128::from(WINDOWS)) as i64;
    let mut windows: Vec<(RowKey, Window)> = (0..WINDOWS)
        .map(|number| Window {
            number,
            start: at(number),
            end: at(number + 1),
        })
        .filter(|window| window.start < window.end)
        .map(|window| (RowKey::of_window(seed, window.number), window))
        .collect();
    windows.sort_unstable_by_key(|(key, _)| *key);
    windows.into_iter().map(|(_, window)| window).collect()
}
