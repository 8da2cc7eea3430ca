//! What shows that an instance is made. A form is a file here and a line in [`FORMS`].

mod glob;
mod http;
mod marker;
mod path;
mod sql;

use super::fault::Faults;
use super::shape::{Key, Mapping, Shape};
use super::spot::Spot;
use super::task::TaskScope;
use crate::systems::pipelines::values::Template;

/// All forms of outputs.
static FORMS: &[Form] = &[path::FORM, glob::FORM, sql::FORM, http::FORM, marker::FORM];

#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// A file or a directory, relative to the project.
    Path {
        path: Template,
        min_bytes: u64,
        /// Made beside its place and moved there whole.
        atomic: bool,
    },
    Glob {
        glob: Template,
        min: u64,
    },
    /// The first value of the first row says it. Nothing in `sql` is replaced: `:date` binds.
    Sql {
        sql: String,
        connection: String,
    },
    Http {
        url: Template,
        status: u16,
    },
    /// This instance succeeded once.
    Marker,
}

/// A form of outputs.
struct Form {
    /// The first one chooses this form.
    keys: &'static [Key],
    /// `None` after a fault.
    read: fn(&Spot<'_>, &TaskScope<'_>, &mut Faults) -> Option<Output>,
}

/// A path, or a mapping with the keys of a form.
pub(super) const SHAPE: Shape = Shape::Any(&[
    Shape::Text,
    Shape::Keys(&Mapping {
        keys: &[],
        variants: || FORMS.iter().map(|form| form.keys).collect(),
        needs_variant: true,
        others: None,
    }),
]);

pub(super) fn read(spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Output> {
    if !spot.node.is_mapping() {
        return path::read_text(spot, scope, faults);
    }
    let form = FORMS
        .iter()
        .find(|form| spot.node.entry(form.keys[0].name).is_some())?;
    (form.read)(spot, scope, faults)
}
