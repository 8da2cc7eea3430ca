//! Which files of a directory have stopped changing.

use std::collections::HashMap;
use std::time::Duration;

use super::timing::micros;

/// A file as one look finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Observation {
    pub(crate) path: String,
    pub(crate) size: u64,
    /// When its content was changed, in nanoseconds since 1970.
    pub(crate) modified_nanos: i128,
}

impl Observation {
    /// Identifies the fire: a file that is replaced or continued fires again.
    pub(crate) fn key(&self) -> String {
        format!("{}|{}|{}", self.path, self.size, self.modified_nanos)
    }
}

/// What the looks of one trigger have found so far.
#[derive(Debug, Default)]
pub(crate) struct Settling {
    files: HashMap<String, Watched>,
}

#[derive(Debug)]
struct Watched {
    size: u64,
    modified_nanos: i128,
    /// By the steady clock.
    unchanged_since: i64,
    has_fired: bool,
}

impl Settling {
    /// Takes what a look found, all files of the directory that have such a name, and returns those
    /// that have been unchanged for `settle` and have not been returned before, sorted by their paths.
    pub(crate) fn look(
        &mut self,
        found: Vec<Observation>,
        settle: Duration,
        steady_now: i64,
    ) -> Vec<Observation> {
        let mut known = std::mem::take(&mut self.files);
        let mut settled = Vec::new();
        for file in found {
            let before = known.remove(&file.path);
            let mut watched = before.filter(|before| before.is(&file)).unwrap_or(Watched {
                size: file.size,
                modified_nanos: file.modified_nanos,
                unchanged_since: steady_now,
                has_fired: false,
            });
            let unchanged = steady_now.saturating_sub(watched.unchanged_since);
            if !watched.has_fired && unchanged >= micros(settle) {
                watched.has_fired = true;
                settled.push(file.clone());
            }
            self.files.insert(file.path, watched);
        }
        settled.sort_by(|one, other| one.path.cmp(&other.path));
        settled
    }

    /// How long from now a file will have been unchanged for `settle`, if one is waited for.
    pub(crate) fn next_look(&self, settle: Duration, steady_now: i64) -> Option<Duration> {
        let waiting = self.files.values().filter(|file| !file.has_fired);
        let since = waiting.map(|file| file.unchanged_since).min()?;
        let left = since
            .saturating_add(micros(settle))
            .saturating_sub(steady_now);
        Some(Duration::from_micros(left.max(0).unsigned_abs()))
    }

    /// The keys of all files that are there.
    pub(crate) fn keys(&self) -> impl Iterator<Item = String> {
        self.files.iter().map(|(path, watched)| {
            let file = Observation {
                path: path.clone(),
                size: watched.size,
                modified_nanos: watched.modified_nanos,
            };
            file.key()
        })
    }
}

impl Watched {
    fn is(&self, file: &Observation) -> bool {
        (self.size, self.modified_nanos) == (file.size, file.modified_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_secs(5);
    const SECOND: i64 = 1_000_000;

    fn file(path: &str, size: u64, modified: i128) -> Observation {
        Observation {
            path: path.to_owned(),
            size,
            modified_nanos: modified,
        }
    }

    fn look(settling: &mut Settling, second: i64, found: &[Observation]) -> Vec<String> {
        let settled = settling.look(found.to_vec(), SETTLE, second * SECOND);
        settled.iter().map(Observation::key).collect()
    }

    #[test]
    fn a_file_fires_once_when_it_has_not_changed_for_long_enough() {
        let mut settling = Settling::default();
        let found = [file("a", 1, 7)];
        assert_eq!(look(&mut settling, 0, &found), [""; 0]);
        assert_eq!(
            settling.next_look(SETTLE, 2 * SECOND),
            Some(Duration::from_secs(3))
        );
        assert_eq!(look(&mut settling, 4, &found), [""; 0]);
        assert_eq!(look(&mut settling, 5, &found), ["a|1|7"]);
        assert_eq!(look(&mut settling, 60, &found), [""; 0]);
        assert_eq!(settling.next_look(SETTLE, 60 * SECOND), None);
    }

    #[test]
    fn a_file_that_grows_or_is_replaced_is_waited_for_again() {
        let mut settling = Settling::default();
        for second in 0..20_i64 {
            let growing = [file("a", second.unsigned_abs(), i128::from(second))];
            assert_eq!(look(&mut settling, second, &growing), [""; 0]);
        }
        assert_eq!(look(&mut settling, 24, &[file("a", 19, 19)]), ["a|19|19"]);
        // The same size, another time; then another size, the same time.
        assert_eq!(look(&mut settling, 25, &[file("a", 19, 20)]), [""; 0]);
        assert_eq!(look(&mut settling, 31, &[file("a", 19, 20)]), ["a|19|20"]);
        assert_eq!(look(&mut settling, 32, &[file("a", 18, 20)]), [""; 0]);
        assert_eq!(look(&mut settling, 37, &[file("a", 18, 20)]), ["a|18|20"]);
    }

    #[test]
    fn a_file_that_was_away_is_new() {
        let mut settling = Settling::default();
        assert_eq!(look(&mut settling, 0, &[file("a", 1, 1)]), [""; 0]);
        assert_eq!(look(&mut settling, 3, &[]), [""; 0]);
        assert_eq!(look(&mut settling, 6, &[file("a", 1, 1)]), [""; 0]);
        assert_eq!(look(&mut settling, 11, &[file("a", 1, 1)]), ["a|1|1"]);
    }

    #[test]
    fn a_thousand_files_at_once_fire_in_the_order_of_their_names() {
        let mut settling = Settling::default();
        let mut found: Vec<_> = (0..1_000)
            .map(|no| file(&format!("f{no:04}"), 1, 1))
            .collect();
        found.reverse();
        assert_eq!(look(&mut settling, 0, &found).len(), 0);
        let settled = look(&mut settling, 5, &found);
        assert_eq!(settled.len(), 1_000);
        assert!(settled.is_sorted());
        assert_eq!(settling.keys().count(), 1_000);
    }
}
