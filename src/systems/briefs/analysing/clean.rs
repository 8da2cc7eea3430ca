//! The text of an article without what is no language: addresses, names of people, stickers, topics.

use std::sync::LazyLock;

use regex_automata::meta::Regex;

use crate::systems::briefs::keywords::fold;

/// Addresses, `@name`, stickers such as `[doge]`, and topics as `#话题#`, `#话题[话题]#` and `#tag`.
static LEFT_OUT: LazyLock<Regex> = LazyLock::new(|| {
    let address = r"(?:https?://|www\.)[\x21-\x7E]+";
    let name = r"@[\w\-·]{1,30}";
    let sticker = r"\[[^\[\]\n]{1,12}\]";
    let topic = r"#[^#\s](?:[^#\n]{0,58}[^#\s])?#|#[^\s#\[\],，。！？!?;；:：、]{1,60}";
    Regex::new(&format!("{address}|{topic}|{name}|{sticker}")).expect("the pattern is valid")
});

/// Folded, with a blank for each piece that is left out.
pub(super) fn clean(title: Option<&str>, content: Option<&str>) -> String {
    let parts = [title, content].into_iter().flatten();
    let text = fold(&parts.collect::<Vec<_>>().join("\n"));
    let mut cleaned = String::with_capacity(text.len());
    let mut end = 0;
    for found in LEFT_OUT.find_iter(&text) {
        cleaned.push_str(&text[end..found.start()]);
        cleaned.push(' ');
        end = found.end();
    }
    cleaned.push_str(&text[end..]);
    cleaned
}
