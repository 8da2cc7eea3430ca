//! A message as plain text, and its headline.

use super::language::{Label, Language};
use super::{Message, Notification, Part};

/// Characters of a reason or a line of a log that are shown.
const CHARS_MAX: usize = 500;

/// Lines of a log that a message shows.
const LOG_LINES_MAX: usize = 10;

/// One line: what the message is about.
pub fn headline(message: &Message, language: Language) -> String {
    match message.parts.first() {
        Some(part) if !message.is_digest() => part_headline(part, language),
        _ => language.digest(message.count()),
    }
}

/// One line about one part.
pub fn part_headline(part: &Part, language: Language) -> String {
    let line = language.headline(&part.notification.kind, &what(&part.notification));
    match part.count {
        0 | 1 => line,
        count => format!("{line} ({})", language.times(count)),
    }
}

/// What people call it: its flow with its name, or else the beginning of its id.
fn what(notification: &Notification) -> String {
    let flow = &notification.flow;
    match &notification.name {
        Some(name) if name == flow => one_line(name),
        Some(name) => format!("{flow} {}", one_line(name)),
        None => format!("{flow} {}", one_line(&notification.about)),
    }
}

/// What is to be said of a part, by labels, in the order in which people want to know it.
pub fn facts(notification: &Notification, language: Language) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |label: String, value: String| facts.push((label, value));
    if let Some(error) = &notification.error {
        add(language.label(Label::Reason).to_owned(), one_line(error));
    }
    for (name, value) in &notification.figures {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        add(one_line(name), one_line(&value));
    }
    if let Some(who) = &notification.started_by {
        add(language.label(Label::StartedBy).to_owned(), one_line(who));
    }
    add(
        language.label(Label::At).to_owned(),
        notification.at.clone(),
    );
    add(
        language.label(Label::Id).to_owned(),
        one_line(&notification.about),
    );
    facts
}

/// The last lines of the log.
pub fn log(notification: &Notification) -> Vec<String> {
    let first = notification.log.len().saturating_sub(LOG_LINES_MAX);
    let lines = notification.log[first..].iter();
    lines.map(|line| one_line(line)).collect()
}

/// The whole message.
pub fn text(message: &Message, language: Language) -> String {
    let mut lines = Vec::new();
    if message.is_digest() {
        lines.push(headline(message, language));
    }
    for part in &message.parts {
        if message.is_digest() {
            lines.push(String::new());
        }
        lines.push(part_headline(part, language));
        let facts = facts(&part.notification, language);
        lines.extend(
            facts
                .iter()
                .map(|(label, value)| format!("{label}: {value}")),
        );
        if let Some(link) = &part.notification.link {
            lines.push(link.clone());
        }
        // In a digest there is no room for it.
        let log = log(&part.notification);
        if !message.is_digest() && !log.is_empty() {
            lines.push(format!("{}:", language.label(Label::Log)));
            lines.extend(log.into_iter().map(|line| format!("  {line}")));
        }
    }
    if message.more > 0 {
        lines.push(String::new());
        lines.push(language.more(message.more));
    }
    lines.join("\n")
}

/// Without what a terminal or a program for chats would act on, and not too long.
fn one_line(text: &str) -> String {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    let shown = text.chars().map(|letter| match is_hidden(letter) {
        true => ' ',
        false => letter,
    });
    let mut shown: String = shown.take(CHARS_MAX + 1).collect();
    if let Some((end, _)) = shown.char_indices().nth(CHARS_MAX) {
        shown.truncate(end);
        shown.push('…');
    }
    shown.trim().to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::notify) fn failed() -> Notification {
        Notification {
            id: "0192".to_owned(),
            kind: "job.failed".to_owned(),
            at: "2026-11-29T16:00:00.000Z".to_owned(),
            flow: "labelling".to_owned(),
            name: Some("interests".to_owned()),
            about: "0123456789abcdef0123456789abcdef".to_owned(),
            state: Some("failed".to_owned()),
            error: Some("disk full\n<b>&".to_owned()),
            log: vec!["one".to_owned(), "two\u{202e}".to_owned()],
            started_by: Some("anna".to_owned()),
            link: Some("https://box.example/jobs/0123".to_owned()),
            ..Notification::default()
        }
    }

    #[test]
    fn a_message_says_what_why_who_and_where() {
        let mut message = Message::of(failed());
        let expected = "labelling interests failed\nReason: disk full <b>&\nStarted by: anna\n\
            At: 2026-11-29T16:00:00.000Z\nId: 0123456789abcdef0123456789abcdef\n\
            https://box.example/jobs/0123\nLast lines of the log:\n  one\n  two";
        assert_eq!(text(&message, Language::English), expected);
        message.again(failed());
        assert_eq!(
            headline(&message, Language::English),
            "labelling interests failed (2 times)"
        );
        assert_eq!(
            headline(&message, Language::TraditionalChinese),
            "labelling interests 失敗 (2 次)"
        );
    }

    #[test]
    fn a_digest_lists_its_parts() {
        let mut message = Message::of(failed());
        message.join(Message::of(Notification {
            name: Some("other".to_owned()),
            ..failed()
        }));
        message.more = 3;
        let text = text(&message, Language::English);
        assert!(
            text.starts_with("5 notifications\n\nlabelling interests failed\n"),
            "{text}"
        );
        assert!(text.ends_with("\n\nand 3 more") && text.contains("\nlabelling other failed\n"));
    }

    #[test]
    fn a_long_reason_is_cut() {
        let shown = one_line(&"x".repeat(1_000_000));
        assert_eq!(shown.chars().count(), CHARS_MAX + 1);
    }
}
