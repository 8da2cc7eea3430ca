//! Cron expressions of five fields, on the wall clock of a time zone.
//!
//! - `fields` checks an expression and says what is wrong with it.
//! - `schedule` finds the instants at which it fires, also where clocks are changed.

mod fields;
mod schedule;

#[cfg(test)]
mod tests;

pub(crate) use fields::faults;
pub(crate) use schedule::Cron;
