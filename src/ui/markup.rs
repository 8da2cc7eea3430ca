//! Pieces of HTML that are made in code. Everything else is text, and is escaped by the templates.

use std::fmt::{self, Display};

use askama::Template;
use askama::filters::HtmlSafe;

/// HTML that is used as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// `html` has been made here, and what others wrote in it is escaped.
    pub fn of(html: String) -> Self {
        Self(html)
    }

    /// What a template makes of what it is given. Writing to memory does not fail.
    pub fn rendered(template: &impl Template) -> Self {
        Self(template.render().unwrap_or_default())
    }
}

impl Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// A text as a part of HTML, also in attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            letter => html.push(letter),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_text_is_never_markup() {
        let text = "<img src=x onerror='a(\"&\")'>";
        let expected = "&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;";
        assert_eq!(escaped(text), expected);
    }
}
