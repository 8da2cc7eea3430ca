//! Text to tree.

use std::collections::HashMap;

use granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, Tag,
};

use super::fault::YamlFault;
use super::node::{Content, Entry, Node, Position, Style};

/// How much a text may stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Levels of mappings and lists inside each other: all that walks a tree is recursive.
    pub depth: usize,
    /// Values that a text may get by writing `*name` for them: a few lines could stand for billions.
    pub aliased: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            aliased: 1_000_000,
        }
    }
}

/// The only document of a text; null if it has none.
pub(crate) fn parse(text: &str) -> Result<Node, YamlFault> {
    parse_within(Limits::default(), text)
}

/// The same for texts that deserve narrower limits.
pub(crate) fn parse_within(limits: Limits, text: &str) -> Result<Node, YamlFault> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
    };
    Builder::new(text, options, limits).document()
}

struct Builder<'t> {
    limits: Limits,
    events: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Anchored>,
    aliased: usize,
}

/// A value that a name was given to.
struct Anchored {
    node: Node,
    /// Values in it, itself included.
    size: usize,
    depth: usize,
}

type Result_<T> = Result<T, YamlFault>;

impl<'t> Builder<'t> {
    fn new(text: &'t str, options: Options, limits: Limits) -> Self {
        Self {
            limits,
            events: Parser::new_from_str_with_options(text, options),
            anchors: HashMap::new(),
            aliased: 0,
        }
    }

    fn document(mut self) -> Result_<Node> {
        let mut document = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(..) if document.is_some() => {
                    let problem = "a second document begins here; expected only one in a file";
                    return Err(YamlFault::of_text(position(&span), problem));
                }
                Event::DocumentStart(..) => document = self.node(0)?,
                _ => {}
            }
        }
        let start = Position { line: 1, column: 1 };
        Ok(document.unwrap_or_else(|| Node::scalar(start, String::new(), Style::Plain)))
    }

    fn next(&mut self) -> Result_<Option<(Event<'t>, Span)>> {
        let event = self.events.next_event().transpose();
        event.map_err(|error| fault(error, self.limits))
    }

    /// The next value, `None` at the end of what holds it.
    fn node(&mut self, depth: usize) -> Result_<Option<Node>> {
        let Some((event, span)) = self.next()? else {
            return Ok(None);
        };
        let position = position(&span);
        if depth > self.limits.depth {
            return Err(too_deep(position, self.limits));
        }
        let (content, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = scalar_style(style, tag.as_deref());
                let node = Node::scalar(position, text.into_owned(), style);
                (node.content, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                let mut elements = Vec::new();
                while let Some(element) = self.node(depth + 1)? {
                    elements.push(element);
                }
                (Content::List(elements), anchor)
            }
            Event::MappingStart(_, anchor, _) => (self.mapping(depth)?, anchor),
            Event::Alias(anchor) => {
                let content = self.aliased(anchor, position, depth)?;
                return Ok(Some(Node { position, content }));
            }
            _ => return Ok(None),
        };
        let node = Node { position, content };
        // Most values have no name, and are not copied.
        if anchor != 0 {
            let (size, depth) = measure(&node);
            let anchored = Anchored {
                node: node.clone(),
                size,
                depth,
            };
            self.anchors.insert(anchor, anchored);
        }
        Ok(Some(node))
    }

    fn mapping(&mut self, depth: usize) -> Result_<Content> {
        let mut entries = Vec::new();
        while let Some(key) = self.node(depth + 1)? {
            if key.text().is_none() {
                let problem = "a list or a mapping cannot be a key; expected a word";
                return Err(YamlFault::of_text(key.position, problem));
            }
            let Some(value) = self.node(depth + 1)? else {
                break;
            };
            entries.push(Entry { key, value });
        }
        Ok(Content::Mapping(entries))
    }

    fn aliased(&mut self, anchor: usize, position: Position, depth: usize) -> Result_<Content> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let problem = "the alias stands inside the value that it refers to";
            return Err(YamlFault::of_text(position, problem));
        };
        self.aliased += anchored.size;
        if self.aliased > self.limits.aliased {
            let most = self.limits.aliased;
            let problem = format!("aliases stand for more than {most} values");
            return Err(YamlFault::of_text(position, problem));
        }
        if depth + anchored.depth > self.limits.depth {
            return Err(too_deep(position, self.limits));
        }
        Ok(anchored.node.content.clone())
    }
}

/// Values in a tree and its levels below the first.
fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<&Node> = match &node.content {
        Content::Scalar(_) => Vec::new(),
        Content::List(elements) => elements.iter().collect(),
        Content::Mapping(entries) => entries.iter().map(|entry| &entry.value).collect(),
    };
    children.iter().fold((1, 0), |(size, depth), child| {
        let (below, levels) = measure(child);
        (size + below, depth.max(levels + 1))
    })
}

/// The tags of the core schema say whether a scalar is a string; other tags mean nothing here.
fn scalar_style(style: ScalarStyle, tag: Option<&Tag>) -> Style {
    match tag.and_then(Tag::core_suffix) {
        Some("str") => Style::Quoted,
        Some(_) => Style::Plain,
        None if style == ScalarStyle::Plain => Style::Plain,
        None => Style::Quoted,
    }
}

fn position(span: &Span) -> Position {
    at(span.start.line(), span.start.col())
}

/// The parser counts columns from 0.
fn at(line: usize, column: usize) -> Position {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Position {
        line: number(line),
        column: number(column + 1),
    }
}

fn too_deep(position: Position, limits: Limits) -> YamlFault {
    let most = limits.depth;
    let problem = format!("is nested too deeply; expected at most {most} levels");
    YamlFault::of_text(position, problem)
}

fn fault(error: ScanError, limits: Limits) -> YamlFault {
    let position = at(error.marker().line(), error.marker().col());
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(position, limits);
    }
    let problem = format!("{} (column {})", problem(error.kind()), position.column);
    YamlFault::of_text(position, problem)
}

/// What people get wrong most often, in words that say what to do.
fn problem(kind: &ErrorKind) -> String {
    let problem = match kind {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar => "a tab in the indentation; expected spaces",
        ErrorKind::ExpectedFlowSequenceSeparator => "did not find expected `,` or `]`",
        ErrorKind::InvalidColonPlacement => {
            "did not find expected `,` or `]` before this key; is a list above it not closed?"
        }
        ErrorKind::ExpectedFlowMappingSeparator => "did not find expected `,` or `}`",
        ErrorKind::ExpectedBlockMappingKey => {
            "did not find expected key; check the indentation of this line"
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "did not find expected `-`; check the indentation of this line"
        }
        ErrorKind::UnknownAnchor => "the alias refers to no anchor above it",
        ErrorKind::UnclosedQuotedScalar => "the quote is not closed",
        ErrorKind::UnclosedFlowCollection { open } => return format!("`{open}` is not closed"),
        ErrorKind::UnexpectedCharacter { character } => {
            return format!(
                "unexpected character `{character}`; expected quotes around a text that begins \
                 with it"
            );
        }
        ErrorKind::MappingValueNotAllowed => {
            "a key is not allowed here; check the indentation, and put a text that contains `: ` \
             in quotes"
        }
        ErrorKind::BomInsideDocument => {
            "a byte order mark inside the text; expected it only at the beginning"
        }
        other => return other.to_string(),
    };
    problem.to_owned()
}
