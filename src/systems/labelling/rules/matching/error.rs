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
    #[error("compiling the set takes longer than {seconds} s")]
    TooLong { seconds: u64 },
    #[error("the compiled set takes {bytes} bytes of memory, and {bytes_max} are allowed")]
    TooLarge { bytes: usize, bytes_max: usize },
    #[error("nobody waits for the set any more")]
    Stopped,
    #[error("lists that hold each other have more than {terms_max} terms together")]
    Lists { terms_max: usize },
}
