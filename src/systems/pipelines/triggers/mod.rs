//! Triggers of projects: when they fire, and the runs that their fires start.

mod filling;
mod form;
mod kinds;
mod source;

pub(crate) use form::{check_params, schema as form_schema};
pub(crate) use kinds::{id_of, of_project};
pub(crate) use source::ProjectTriggers;
