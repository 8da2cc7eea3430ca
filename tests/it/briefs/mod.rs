//! Briefs: what platforms have is collected, whatever they do.

mod changing;
mod collecting;
mod dying;
mod fixture;
mod policy;
mod topics;
