//! What every kind of output database must do alike.

mod conflicts;
mod fences;
mod place;
mod publishing;
mod task;
mod texts;
mod trouble;
