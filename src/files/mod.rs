//! Files in a directory or in an S3 bucket, written whole or not at all. Knows no job.
//!
//! [`Files`] is a place, opened by its URL; a file in it has a path such as `job/<id>/1/report.zip`. What is
//! written shows under its path once it is complete, never before: a directory gets it by a rename, a
//! bucket by the end of its upload.

mod error;
mod opening;
mod path;
mod place;
#[cfg(test)]
mod tests;
mod writer;

pub use error::FilesError;
pub use opening::{S3Options, beside};
pub use path::{FILE_NAME_MAX, FilePath, is_file_name};
pub use place::{FileBody, Files, Listed};
pub use writer::{FileWriter, Written};

pub type Result<T> = std::result::Result<T, FilesError>;
