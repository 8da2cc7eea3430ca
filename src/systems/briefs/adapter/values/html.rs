//! HTML as text: no tags, entities read, `<br>` and `</p>` are line breaks.

use scraper::{Html, Node};

/// Elements behind whose end a line begins.
const BLOCKS: [&str; 10] = [
    "p",
    "div",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "blockquote",
    "section",
];

/// Elements whose content nobody reads.
const HIDDEN: [&str; 4] = ["script", "style", "template", "noscript"];

/// The text of a piece of HTML.
pub(crate) fn plain_text(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.trim().to_owned();
    }
    let document = Html::parse_fragment(html);
    let mut text = String::with_capacity(html.len());
    let mut hidden = 0_usize;
    // Each element is met twice: where it begins, and where it ends.
    let mut ahead = vec![(document.tree.root(), false)];
    while let Some((node, ends)) = ahead.pop() {
        match node.value() {
            Node::Text(found) if hidden == 0 && !ends => text.push_str(found),
            Node::Element(element) if HIDDEN.contains(&element.name()) => match ends {
                true => hidden -= 1,
                false => hidden += 1,
            },
            Node::Element(element) if element.name() == "br" && !ends => text.push('\n'),
            Node::Element(element) if BLOCKS.contains(&element.name()) && ends => text.push('\n'),
            _ => {}
        }
        if !ends {
            ahead.push((node, true));
            ahead.extend(node.children().rev().map(|child| (child, false)));
        }
    }
    text.trim().to_owned()
}
