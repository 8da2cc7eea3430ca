//! Models beside the Python libraries that trained them: every answer is asked twice.

mod agreement;
mod examples;
mod libraries;
mod made;
mod mutations;
mod refusals;
