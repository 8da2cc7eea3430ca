//! Mixed models: what the fast matcher says is what a slow evaluator says.

mod bad;
mod cases;
pub mod comparison;
mod fast;
mod random;
mod slow;
