//! Collects what is wrong with a schedule.

use std::time::Duration;

/// What is wrong, and with which key of the schedule; an empty one means all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) key: String,
    pub(crate) problem: String,
}

#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, key: &str, problem: impl Into<String>) {
        self.0.push(Fault {
            key: key.to_owned(),
            problem: problem.into(),
        });
    }

    pub(super) fn word<T: Copy>(
        &mut self,
        key: &str,
        word: Option<&str>,
        words: &[(&str, T)],
    ) -> Option<T> {
        let word = word?;
        let found = words.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
            self.add(
                key,
                format!("`{word}`; expected one of {}", known.join(", ")),
            );
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn duration(&mut self, key: &str, text: Option<&str>) -> Option<Duration> {
        let text = text?;
        let duration = duration(text);
        if duration.is_none() {
            let expected = "expected a duration such as 500ms, 90s, 2h or 7d";
            self.add(key, format!("`{text}`; {expected}"));
        }
        duration
    }
}

/// `500ms 90s 2h 7d`, ten years at most.
fn duration(text: &str) -> Option<Duration> {
    const MOST_MS: u64 = 10 * 366 * 86_400_000;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let ms = number.parse::<u64>().ok()?.checked_mul(ms)?;
    (ms <= MOST_MS).then(|| Duration::from_millis(ms))
}
