//! What makes notifications alike: a thousand failures of one cause are one message.

use sha2::{Digest, Sha256};

use super::{EventKind, Notification};

/// Digest of what is the same in notifications that are alike. Failures are by their reason, whatever
/// failed with it: numbers and ids in it differ from one to the next. Anything else is by its name.
pub fn cause(notification: &Notification) -> String {
    let is_failure = [
        EventKind::JobFailed,
        EventKind::RunFailed,
        EventKind::DeadLetter,
    ]
    .iter()
    .any(|kind| kind.as_str() == notification.kind);
    let what = match (&notification.error, is_failure) {
        (Some(error), true) => without_numbers(error),
        _ => notification.name.clone().unwrap_or_default(),
    };
    let mut digest = Sha256::new();
    for part in [&notification.kind, &notification.flow, &what] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digits = digest.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is the same in texts that are alike: words with a digit in them become `#`.
pub fn without_numbers(text: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut shown = String::new();
    let mut word = String::new();
    for letter in text.chars().chain([' ']) {
        if is_part(letter) {
            word.push(letter);
            continue;
        }
        match word.chars().any(|letter| letter.is_ascii_digit()) {
            true => shown.push('#'),
            false => shown.push_str(&word),
        }
        word.clear();
        shown.push(letter);
    }
    // The blank that ends the last word.
    shown.pop();
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(name: &str, error: &str) -> String {
        cause(&Notification {
            kind: "job.failed".to_owned(),
            flow: "labelling".to_owned(),
            name: Some(name.to_owned()),
            error: Some(error.to_owned()),
            ..Notification::default()
        })
    }

    #[test]
    fn failures_are_alike_by_their_reason() {
        let first = failed("a", "step 1: batch 17 of 0192ab00 failed: disk full");
        assert_eq!(
            first,
            failed("b", "step 2: batch 4711 of 0192ab99 failed: disk full")
        );
        assert_ne!(
            first,
            failed("a", "step 1: batch 17 of 0192ab00 failed: disk away")
        );
    }

    #[test]
    fn other_news_are_alike_by_their_name() {
        let succeeded = |name: &str| {
            cause(&Notification {
                kind: "job.succeeded".to_owned(),
                name: Some(name.to_owned()),
                ..Notification::default()
            })
        };
        assert_eq!(succeeded("a"), succeeded("a"));
        assert_ne!(succeeded("a"), succeeded("b"));
    }
}
