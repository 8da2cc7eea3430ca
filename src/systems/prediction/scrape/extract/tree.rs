//! The tree of a page of HTML, within limits.
//!
//! A page of 20 MB can ask for a tree of gigabytes, and for hours: elements nested a million deep, formatting
//! that is opened once and repeated in every paragraph. So the parser is fed piece by piece, and nodes and time
//! are counted between the pieces.

use std::borrow::Cow;
use std::cell::{Cell, Ref};

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName, parse_document};
use scraper::{Html, HtmlTreeSink};

use super::error::ExtractError;
use super::page::Budget;

/// Bytes that are read before limits are looked at.
const PIECE: usize = 4 << 10;

/// Browsers stop at 512.
const DEPTH_MAX: usize = 1_000;

/// The tree of a text.
pub(super) fn parse(text: &str, budget: &Budget) -> Result<Html, ExtractError> {
    let sink = CountingSink {
        inner: HtmlTreeSink::new(Html::new_document()),
        nodes: Cell::new(0),
    };
    let mut parser = parse_document(sink, ParseOpts::default());
    let whole = StrTendril::from_slice(text);
    let mut from = 0;
    while from < text.len() {
        let mut to = (from + PIECE).min(text.len());
        while !text.is_char_boundary(to) {
            to += 1;
        }
        let too_large = |_| ExtractError::TooLarge;
        let at = u32::try_from(from).map_err(too_large)?;
        let length = u32::try_from(to - from).map_err(too_large)?;
        parser.process(whole.subtendril(at, length));
        from = to;
        let most = budget.limits.nodes;
        if parser.tokenizer.sink.sink.nodes.get() > most {
            return Err(ExtractError::TooManyNodes { most });
        }
        budget.check_time()?;
    }
    let tree = parser.finish();
    check_depth(&tree)?;
    Ok(tree)
}

/// Selectors look at all that encloses an element: in a deep tree they would take hours.
fn check_depth(tree: &Html) -> Result<(), ExtractError> {
    let root = tree.tree.root();
    let (mut node, mut depth) = (root, 0_usize);
    loop {
        if let Some(child) = node.first_child() {
            (node, depth) = (child, depth + 1);
            if depth > DEPTH_MAX {
                return Err(ExtractError::TooDeep);
            }
            continue;
        }
        loop {
            if node.id() == root.id() {
                return Ok(());
            }
            if let Some(sibling) = node.next_sibling() {
                node = sibling;
                break;
            }
            let Some(parent) = node.parent() else {
                return Ok(());
            };
            (node, depth) = (parent, depth - 1);
        }
    }
}

/// Counts what the tree becomes, and leaves out what nobody asks for: errors of the page.
struct CountingSink {
    inner: HtmlTreeSink,
    nodes: Cell<usize>,
}

impl CountingSink {
    fn count(&self) {
        self.nodes.set(self.nodes.get() + 1);
    }

    fn count_text(&self, child: &NodeOrText<<Self as TreeSink>::Handle>) {
        if matches!(child, NodeOrText::AppendText(_)) {
            self.count();
        }
    }
}

impl TreeSink for CountingSink {
    type Output = Html;
    type Handle = <HtmlTreeSink as TreeSink>::Handle;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Html {
        self.inner.finish()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Self::Handle {
        self.inner.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a Self::Handle) -> Self::ElemName<'a> {
        self.inner.elem_name(target)
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> Self::Handle {
        self.count();
        self.inner.create_element(name, attributes, flags)
    }

    fn create_comment(&self, text: StrTendril) -> Self::Handle {
        self.count();
        self.inner.create_comment(text)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Self::Handle {
        self.count();
        self.inner.create_pi(target, data)
    }

    fn append(&self, parent: &Self::Handle, child: NodeOrText<Self::Handle>) {
        self.count_text(&child);
        self.inner.append(parent, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Self::Handle,
        previous: &Self::Handle,
        child: NodeOrText<Self::Handle>,
    ) {
        self.count_text(&child);
        let inner = &self.inner;
        inner.append_based_on_parent_node(element, previous, child);
    }

    fn append_doctype_to_document(
        &self,
        name: StrTendril,
        public_id: StrTendril,
        system_id: StrTendril,
    ) {
        let inner = &self.inner;
        inner.append_doctype_to_document(name, public_id, system_id);
    }

    fn get_template_contents(&self, target: &Self::Handle) -> Self::Handle {
        self.inner.get_template_contents(target)
    }

    fn same_node(&self, one: &Self::Handle, other: &Self::Handle) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.inner.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &Self::Handle, child: NodeOrText<Self::Handle>) {
        self.count_text(&child);
        self.inner.append_before_sibling(sibling, child);
    }

    fn add_attrs_if_missing(&self, target: &Self::Handle, attributes: Vec<Attribute>) {
        self.inner.add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &Self::Handle) {
        self.inner.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &Self::Handle, parent: &Self::Handle) {
        self.inner.reparent_children(node, parent);
    }
}
