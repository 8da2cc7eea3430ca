//! A message as HTML, for mail. What comes from users is text in it, never markup.

use std::fmt::Write;

use super::language::{Label, Language};
use super::text::{facts, headline, log, part_headline};
use super::{EventKind, Message, Part};

/// Mail programs read no sheets of styles.
const CELL: &str = "padding:2px 12px 2px 0;vertical-align:top";
const LOG: &str = "background:#f4f4f5;padding:8px;white-space:pre-wrap;font-size:12px";

/// The whole message.
pub fn html(message: &Message, language: Language) -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body style=\"font-family:sans-serif;font-size:14px;color:#18181b\">",
        language.tag(),
        escaped(&headline(message, language)),
    );
    if message.is_digest() {
        let headline = escaped(&headline(message, language));
        write!(html, "<h1 style=\"font-size:18px\">{headline}</h1>").ok();
    }
    for part in &message.parts {
        add_part(&mut html, part, language, message.is_digest());
    }
    if message.more > 0 {
        write!(html, "<p>{}</p>", escaped(&language.more(message.more))).ok();
    }
    html.push_str("</body></html>");
    html
}

fn add_part(html: &mut String, part: &Part, language: Language, in_digest: bool) {
    let notification = &part.notification;
    let kind = notification.kind.parse::<EventKind>();
    let colour = match kind.is_ok_and(EventKind::is_trouble) {
        true => "#b91c1c",
        false => "#15803d",
    };
    let headline = escaped(&part_headline(part, language));
    // Writing to a text cannot fail.
    write!(
        html,
        "<h2 style=\"font-size:16px;color:{colour}\">{headline}</h2><table>"
    )
    .ok();
    for (label, value) in facts(notification, language) {
        let (label, value) = (escaped(&label), escaped(&value));
        write!(
            html,
            "<tr><th align=\"left\" style=\"{CELL}\">{label}</th><td style=\"{CELL}\">{value}</td></tr>"
        )
        .ok();
    }
    html.push_str("</table>");
    if let Some(link) = &notification.link {
        let (link, open) = (escaped(link), escaped(language.label(Label::Open)));
        write!(html, "<p><a href=\"{link}\">{open}</a></p>").ok();
    }
    let log = log(notification);
    // In a digest there is no room for it.
    if !in_digest && !log.is_empty() {
        let (label, log) = (
            escaped(language.label(Label::Log)),
            escaped(&log.join("\n")),
        );
        write!(html, "<p>{label}:</p><pre style=\"{LOG}\">{log}</pre>").ok();
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::failed;
    use super::*;

    #[test]
    fn nothing_of_users_is_markup() {
        let html = html(&Message::of(failed()), Language::Japanese);
        assert!(html.starts_with("<!doctype html><html lang=\"ja\">"));
        assert!(html.contains("disk full &lt;b&gt;&amp;"), "{html}");
        assert!(!html.contains("<b>"));
        assert!(html.contains("<a href=\"https://box.example/jobs/0123\">開く</a>"));
        assert!(html.contains("#b91c1c") && html.contains("one\ntwo"));
    }
}
