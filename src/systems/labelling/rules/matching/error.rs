//! Why a set could not be compiled.

use super::check::SetFault;

#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("the set has {} faults", .0.len())]
    Faults(Vec<SetFault>),
    #[error("failed to build the automaton of {keywords} keywords: {reason}")]
    Keywords { keywords: usize, reason: String },
    #[error("failed to compile {patterns} patterns together: {reason}")]
    Patterns { patterns: usize, reason: String },
    #[error("lists that hold each other have more than {terms_max} terms together")]
    Lists { terms_max: usize },
}
