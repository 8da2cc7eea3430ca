//! A graph as a picture: SVG that needs nothing else.

use std::fmt::Write;

use super::drawn::Drawn;
use super::label::{Label, STACK};
use super::layout::{Point, Rect};
use super::marks::{colour, shape};
use super::model::GraphNode;
use super::states::NodeState;
use super::style::STYLE;

/// The picture, as large as its layout.
pub(crate) fn picture(drawn: &Drawn, title: &str) -> String {
    let mut picture = Picture(String::with_capacity(4_096 + 700 * drawn.graph.nodes.len()));
    // Writing into a text cannot fail.
    picture.write(drawn, title).unwrap_or_default();
    picture.0
}

struct Picture(String);

impl Picture {
    fn write(&mut self, drawn: &Drawn, title: &str) -> std::fmt::Result {
        let (width, height) = (drawn.layout.width, drawn.layout.height);
        write!(
            self.0,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{0}\">\
             <title>{0}</title><style>{STYLE}</style>",
            Escaped(title),
        )?;
        self.shapes(drawn)?;
        write!(
            self.0,
            "<rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>"
        )?;
        self.edges(drawn)?;
        let nodes = drawn.graph.nodes.iter().zip(&drawn.labels);
        for ((node, label), rect) in nodes.zip(&drawn.layout.boxes) {
            self.node(node, label, rect)?;
        }
        self.0.push_str("</svg>\n");
        Ok(())
    }

    /// Shapes of the states that there are.
    fn shapes(&mut self, drawn: &Drawn) -> std::fmt::Result {
        let mut is_used = [false; NodeState::ALL.len()];
        for state in drawn.graph.nodes.iter().filter_map(|node| node.state) {
            is_used[state as usize] = true;
        }
        self.0.push_str("<defs>");
        for state in NodeState::ALL {
            if is_used[state as usize] {
                let (word, shape) = (state.as_str(), shape(state));
                write!(self.0, "<g id=\"s-{word}\">{shape}</g>")?;
            }
        }
        self.0.push_str("</defs>");
        Ok(())
    }

    /// Those behind failures are drawn last, so that they are seen.
    fn edges(&mut self, drawn: &Drawn) -> std::fmt::Result {
        let has_failed = |node: u32| {
            let state = drawn.graph.nodes[node as usize].state;
            matches!(state, Some(NodeState::Failed | NodeState::Missing))
        };
        for (is_red, class) in [(false, "e"), (true, "e red")] {
            let routes = drawn.layout.routes.iter();
            let routes = routes.filter(|route| has_failed(route.from) == is_red);
            let mut has_begun = false;
            for route in routes {
                if !has_begun {
                    write!(self.0, "<path class=\"{class}\" d=\"")?;
                    has_begun = true;
                }
                self.curve(&route.points)?;
            }
            if has_begun {
                self.0.push_str("\"/>");
            }
        }
        Ok(())
    }

    /// Level at each point, so that the pieces of an edge are one line.
    fn curve(&mut self, points: &[Point]) -> std::fmt::Result {
        let Some(first) = points.first() else {
            return Ok(());
        };
        write!(self.0, "M{} {}", first.x, first.y)?;
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            if from.y == to.y {
                write!(self.0, "H{}", to.x)?;
            } else {
                let bend = (to.x - from.x) * 3 / 5;
                write!(
                    self.0,
                    "C{} {} {} {} {} {}",
                    from.x + bend,
                    from.y,
                    to.x - bend,
                    to.y,
                    to.x,
                    to.y
                )?;
            }
        }
        Ok(())
    }

    fn node(&mut self, node: &GraphNode, label: &Label, rect: &Rect) -> std::fmt::Result {
        write!(
            self.0,
            "<g class=\"{}\"><title>{}</title>",
            colour(node.state),
            Full(node)
        )?;
        let mut front = *rect;
        if node.stack.is_some() {
            front.y += STACK;
            front.width -= STACK;
            front.height -= STACK;
            for up in [STACK, STACK / 2] {
                self.sheet(&Rect {
                    x: front.x + up,
                    y: front.y - up,
                    ..front
                })?;
            }
        }
        self.sheet(&front)?;
        self.band(node, &front)?;
        let text = match node.state {
            Some(state) => {
                let (x, y) = (front.x + 11, front.y + front.height / 2 - 8);
                write!(
                    self.0,
                    "<use href=\"#s-{}\" class=\"i\" x=\"{x}\" y=\"{y}\"/>",
                    state.as_str()
                )?;
                front.x + 34
            }
            None => front.x + 14,
        };
        let has_detail = !label.detail.is_empty();
        let first = front.y + if has_detail { 18 } else { 25 };
        write!(
            self.0,
            "<text x=\"{text}\" y=\"{first}\">{}</text>",
            Escaped(&label.name)
        )?;
        if has_detail {
            write!(
                self.0,
                "<text class=\"s\" x=\"{text}\" y=\"{}\">{}</text>",
                front.y + 33,
                Escaped(&label.detail)
            )?;
        }
        self.0.push_str("</g>");
        Ok(())
    }

    fn sheet(&mut self, rect: &Rect) -> std::fmt::Result {
        let Rect {
            x,
            y,
            width,
            height,
        } = rect;
        write!(
            self.0,
            "<rect class=\"b\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"5\"/>"
        )
    }

    /// At the left border: the colour of the state; of several the share of each.
    fn band(&mut self, node: &GraphNode, front: &Rect) -> std::fmt::Result {
        let Some(stack) = &node.stack else {
            return self.bar(front.x, front.y, front.height, None);
        };
        let mut before = 0;
        let height = i64::from(front.height);
        let share = |count: u32| (i64::from(count) * height / i64::from(stack.count.max(1))) as i32;
        for (state, count) in &stack.states {
            let top = share(before);
            before += count;
            self.bar(front.x, front.y + top, share(before) - top, Some(*state))?;
        }
        Ok(())
    }

    fn bar(&mut self, x: i32, y: i32, height: i32, state: Option<NodeState>) -> std::fmt::Result {
        let own = state.map_or("", |state| colour(Some(state)));
        let gap = if own.is_empty() { "" } else { " " };
        write!(
            self.0,
            "<rect class=\"c{gap}{own}\" x=\"{x}\" y=\"{y}\" width=\"4\" height=\"{height}\" rx=\"2\"/>"
        )
    }
}

/// All that is known of a node.
struct Full<'n>(&'n GraphNode);

impl std::fmt::Display for Full<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let node = self.0;
        write!(f, "{}", Escaped(&node.task))?;
        for (place, (name, value)) in node.params.iter().enumerate() {
            let before = if place == 0 { "(" } else { "," };
            write!(f, "{before}{}={}", Escaped(name), Escaped(value))?;
        }
        if !node.params.is_empty() {
            f.write_str(")")?;
        }
        match (&node.stack, node.state) {
            (Some(stack), _) => {
                write!(f, " ×{}", stack.count)?;
                for (place, (state, count)) in stack.states.iter().enumerate() {
                    let before = if place == 0 { ": " } else { ", " };
                    write!(f, "{before}{count} {}", state.as_str())?;
                }
                Ok(())
            }
            (None, Some(state)) => write!(f, ": {}", state.as_str()),
            (None, None) => Ok(()),
        }
    }
}

/// A text as it may stand in a picture. What XML does not have is shown as `�`.
struct Escaped<'t>(&'t str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\t' => f.write_char(' ')?,
                '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}
