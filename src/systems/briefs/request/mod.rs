//! What a brief looks for: the body of `submit` and `change`, read and completed. Pure.

mod fault;
mod model;
mod read;
mod times;

#[cfg(test)]
mod tests;

pub(crate) use fault::RequestFault;
pub(crate) use model::{BriefRequest, Matching};
pub(crate) use read::{KnownPlatforms, change, submit};
pub(crate) use times::{read_time, shown_time};
