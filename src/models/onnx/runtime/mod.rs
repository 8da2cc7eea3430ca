//! Other graphs, by ONNX Runtime: a library that whoever runs this program installs beside it and names in a setting.

mod external;
mod library;
mod load;
mod session;

#[cfg(test)]
mod tests;

pub use library::{Library, library, look, use_library};
pub(super) use load::load;
pub(super) use session::Session;
