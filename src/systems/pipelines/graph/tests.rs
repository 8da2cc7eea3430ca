//! Graphs of runs.

mod around;
mod drawing;
mod example;
mod pictures;
mod stacks;

use super::layout::tests::Random;
use super::*;
