//! From targets down to a plan: which instances there are, what each needs, and what is to be done
//! about it. Pure: the caller looks at files and tables, and answers the questions of the planner.

mod catalog;
mod circle;
mod error;
mod finish;
mod graph;
mod kept;
mod lack;
mod lanes;
mod order;
mod picture;
mod plan;
mod planner;
mod requirement;
mod scope;
mod stale;
mod target;
#[cfg(test)]
mod tests;
mod why;

pub(crate) use catalog::PlanProject;
pub(crate) use error::PlanError;
pub(crate) use lack::{lack, lacked};
pub(crate) use picture::{Drawn, picture};
pub(crate) use plan::{Action, Counts, Instance, Need, Plan, Reason, in_words};
pub(crate) use planner::{Answer, Options, Planner, Question};
pub(crate) use scope::InstanceScope;
pub(crate) use target::{Target, read_identity};
pub(crate) use why::Because;

/// Instances of a plan; a larger one is refused.
pub(crate) const MOST_INSTANCES: usize = 100_000;

/// Requirements between the instances of a plan: more would not fit into the memory of a server.
const MOST_NEEDS: usize = 5_000_000;
