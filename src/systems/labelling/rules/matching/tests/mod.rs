//! The cases of the specification, and what they leave open.

mod bounds;
mod cases;
mod hostile;
mod sets;
