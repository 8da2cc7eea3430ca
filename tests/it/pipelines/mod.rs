//! Pipelines by the command line and over HTTP: planned, made once, and finished after whatever was killed.

mod callers;
mod calls;
mod cancelling;
mod console;
mod console_search;
mod databases;
mod example;
mod failures;
mod git;
mod graph;
mod hooks;
mod joining;
mod killed;
mod own_project;
mod pages;
mod project_file;
mod pruning;
mod remote;
mod renamed;
mod secrets;
mod served;
mod server;
mod slots;
mod triggers;
mod uploads;
mod why;
