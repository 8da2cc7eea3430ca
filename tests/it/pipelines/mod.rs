//! Pipelines by the command line: planned, made once, and finished after whatever was killed.

mod databases;
mod example;
mod failures;
mod killed;
mod own_project;
mod project_file;
mod pruning;
mod secrets;
mod slots;
