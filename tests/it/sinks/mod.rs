//! What every kind of output database must do alike.

mod adopting;
mod beside;
mod conflicts;
mod fences;
mod health;
mod latest;
mod members;
mod publishing;
mod removing;
mod roles;
mod task;
mod texts;
mod times;
mod trouble;
