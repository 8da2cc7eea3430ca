//! Briefs: what platforms have is collected, whatever they do.

mod browser;
mod changing;
mod collecting;
mod dying;
mod fixture;
mod pages;
mod policy;
mod topics;
