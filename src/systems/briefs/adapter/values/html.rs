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
    for edge in document.tree.root().traverse() {
        use ego_tree::iter::Edge;
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(found) if hidden == 0 => text.push_str(found),
                Node::Element(element) if element.name() == "br" => text.push('\n'),
                Node::Element(element) if HIDDEN.contains(&element.name()) => hidden += 1,
                _ => {}
            },
            Edge::Close(node) => match node.value() {
                Node::Element(element) if HIDDEN.contains(&element.name()) => hidden -= 1,
                Node::Element(element) if BLOCKS.contains(&element.name()) => text.push('\n'),
                _ => {}
            },
        }
    }
    text.trim().to_owned()
}
