//! Rows of a page of HTML, by CSS selectors.

use std::borrow::Cow;

use encoding_rs::Encoding;
use scraper::{ElementRef, Html, Node};
use url::Url;

use super::error::ExtractError;
use super::fields::{Converter, Wanted};
use super::page::{Budget, Found, Rows};
use crate::systems::prediction::import::Cell;
use crate::systems::prediction::scrape::definition::{CssPath, Field};

/// Attributes that hold a URL, which is relative to its page.
const URLS: [&str; 10] = [
    "href",
    "src",
    "action",
    "formaction",
    "poster",
    "data",
    "cite",
    "background",
    "longdesc",
    "icon",
];

/// A page, and what its URLs are relative to.
pub(super) struct HtmlPage<'p> {
    pub tree: &'p Html,
    base: Url,
    encoding: &'static Encoding,
}

impl<'p> HtmlPage<'p> {
    pub fn new(tree: &'p Html, url: &Url, encoding: &'static Encoding) -> Self {
        let href = base_element(tree).and_then(|base| attribute(base, "href"));
        let base = href.and_then(|href| url.join(href.trim()).ok());
        Self {
            tree,
            base: base.unwrap_or_else(|| url.clone()),
            encoding,
        }
    }

    /// The rows of the page; `is_needed` says of a field whether its row needs it.
    pub fn rows(
        &self,
        rows: &CssPath,
        fields: &[Field<CssPath>],
        is_needed: &dyn Fn(usize) -> bool,
        converter: &mut Converter<'_>,
        budget: &Budget,
    ) -> Result<Rows, ExtractError> {
        let mut read = Rows::new(fields.len());
        let Some(selector) = rows.selector() else {
            return Ok(read);
        };
        for element in self.tree.select(selector) {
            read.count += 1;
            budget.check(read.count)?;
            let mut values = Vec::with_capacity(fields.len());
            let mut is_whole = true;
            for (index, field) in fields.iter().enumerate() {
                let found = self.find(&field.path, element);
                read.is_found[index] |= found.is_some();
                let cell = found.as_deref().map_or(Cell::Empty, Cell::Text);
                let wanted = Wanted {
                    row: read.count,
                    name: &field.name,
                    conversion: &field.conversion,
                    is_needed: is_needed(index),
                };
                match converter.value(&wanted, cell) {
                    Some(value) => values.push(value),
                    None => is_whole = false,
                }
            }
            if is_whole {
                let row = read.count;
                read.found.push(Found { row, values });
            }
        }
        Ok(read)
    }

    /// The text or the attribute that a path names below an element. `None`: there is no such element.
    fn find<'e>(&self, path: &CssPath, within: ElementRef<'e>) -> Option<Cow<'e, str>> {
        let element = path.find(within)?;
        match path.attribute() {
            None => Some(text_of(element)),
            Some(name) => {
                let value = attribute(element, name)?;
                Some(match URLS.contains(&name) {
                    true => self.absolute(value),
                    false => Cow::Borrowed(value),
                })
            }
        }
    }

    /// What the page names as the next one. Links to a place of this page and to scripts name none.
    pub fn next(&self, path: &CssPath) -> Option<String> {
        let found = match path.selector() {
            Some(selector) => self.tree.select(selector).next(),
            None => Some(self.tree.root_element()),
        }?;
        let text = match path.attribute() {
            None => text_of(found),
            Some(name) => Cow::Borrowed(attribute(found, name)?),
        };
        let text = text.trim();
        let is_url = path.attribute().is_some_and(|name| URLS.contains(&name));
        if text.is_empty() || is_url && text.starts_with('#') {
            return None;
        }
        if !is_url {
            return Some(text.to_owned());
        }
        let next = self.absolute(text);
        next.starts_with("http").then(|| next.into_owned())
    }

    fn absolute<'v>(&self, value: &'v str) -> Cow<'v, str> {
        // Queries are in the encoding of the page.
        let encode: &dyn Fn(&str) -> Cow<'_, [u8]> = &|text| {
            let (bytes, ..) = self.encoding.encode(text);
            bytes
        };
        let options = Url::options().base_url(Some(&self.base));
        let joined = match self.encoding.output_encoding() == encoding_rs::UTF_8 {
            true => options.parse(value.trim()),
            false => options.encoding_override(Some(encode)).parse(value.trim()),
        };
        joined.map_or(Cow::Borrowed(value), |url| Cow::Owned(url.into()))
    }
}

/// `<base>` is looked for in the head only, whose elements are few.
fn base_element(tree: &Html) -> Option<ElementRef<'_>> {
    let is = |element: &ElementRef<'_>, name: &str| element.value().name() == name;
    let html = tree
        .tree
        .root()
        .children()
        .filter_map(ElementRef::wrap)
        .next()?;
    let head = html.child_elements().find(|child| is(child, "head"))?;
    head.child_elements().find(|child| is(child, "base"))
}

/// Names are compared as texts: looking one up in the table of all names takes longer.
fn attribute<'e>(element: ElementRef<'e>, name: &str) -> Option<&'e str> {
    let mut attributes = element.value().attrs();
    attributes
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// The text that a person sees: without scripts and styles, with an end of line where there is a break.
fn text_of(element: ElementRef<'_>) -> Cow<'_, str> {
    let mut children = element.children();
    if let (Some(only), None) = (children.next(), children.next())
        && let Node::Text(text) = only.value()
    {
        return Cow::Borrowed(text);
    }
    let mut text = String::new();
    let mut node = element.first_child();
    // Down, to the right, up again, without a stack: pages are nested as deep as they like.
    while let Some(current) = node {
        let is_entered = match current.value() {
            Node::Text(piece) => {
                text.push_str(piece);
                false
            }
            Node::Element(inner) => match inner.name() {
                "script" | "style" | "template" => false,
                "br" => {
                    text.push('\n');
                    false
                }
                _ => true,
            },
            _ => false,
        };
        let mut next = is_entered.then(|| current.first_child()).flatten();
        let mut from = Some(current);
        while let (None, Some(here)) = (next, from) {
            if here.id() == element.id() {
                break;
            }
            next = here.next_sibling();
            from = here.parent();
        }
        node = next;
    }
    Cow::Owned(text)
}
