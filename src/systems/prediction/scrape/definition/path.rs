//! CSS selectors with an attribute behind them: `td.s a@href`, `td.t`, `@data-id`.

use scraper::{ElementRef, Selector};

/// Where a value stands below an element of a page.
#[derive(Clone, Debug)]
pub(crate) struct CssPath {
    text: String,
    /// `None`: the element itself.
    selector: Option<Selector>,
    /// In small letters; `None`: the text of the element.
    attribute: Option<String>,
}

/// Longer ones are mistakes.
const CHARS_MAX: usize = 1_000;

impl CssPath {
    /// Reads a path, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > CHARS_MAX {
            return Err(format!(
                "the selector is longer than {CHARS_MAX} characters"
            ));
        }
        // An @ inside of brackets or quotes is followed by what no name has.
        let (css, attribute) = match text.rsplit_once('@') {
            Some((css, name)) if is_attribute(name) => (css, Some(name.trim())),
            _ => (text, None),
        };
        let css = css.trim();
        if css.is_empty() && attribute.is_none() {
            return Err("expected a CSS selector such as `td.name` or `a@href`".to_owned());
        }
        let selector = match css {
            "" => None,
            css => Some(Selector::parse(css).map_err(|_| {
                format!("invalid CSS selector `{css}`; expected one such as `td.name` or `a@href`")
            })?),
        };
        Ok(Self {
            text: text.to_owned(),
            selector,
            attribute: attribute.map(str::to_ascii_lowercase),
        })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn selector(&self) -> Option<&Selector> {
        self.selector.as_ref()
    }

    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }

    /// The first element that it names below another, or that one itself.
    pub fn find<'e>(&self, within: ElementRef<'e>) -> Option<ElementRef<'e>> {
        match &self.selector {
            None => Some(within),
            Some(selector) => within.select(selector).next(),
        }
    }
}

fn is_attribute(name: &str) -> bool {
    let name = name.trim();
    let may_begin = |first: char| first.is_ascii_alphabetic() || first == '_';
    name.starts_with(may_begin)
        && name
            .chars()
            .all(|part| part.is_ascii_alphanumeric() || "-_:.".contains(part))
}
