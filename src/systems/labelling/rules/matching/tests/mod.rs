//! The cases of the specification, and what they leave open.

mod cases;
mod hostile;
mod sets;
