//! The graph of a run or of a project: what there is, what it needs, and where it stands in a picture.
//!
//! ```text
//! instances ─► focus ─► collapse ─► labels ─► layout ─► picture
//! ```
//!
//! Pure: the caller reads instances and their states.

mod collapse;
mod drawn;
mod focus;
mod label;
mod layout;
mod marks;
mod model;
mod picture;
mod states;
mod style;
#[cfg(test)]
mod tests;

pub(crate) use collapse::{BOXES_MAX, collapsed};
pub(crate) use drawn::Drawn;
pub(crate) use focus::neighbourhood;
pub(crate) use layout::{Point, Rect, Route};
pub(crate) use model::{Graph, GraphNode};
pub(crate) use picture::picture;
pub(crate) use states::NodeState;
pub(crate) use style::STYLE;
