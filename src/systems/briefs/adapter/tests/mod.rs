//! Adapters as tables: what is wrong with a file is named with its line, and answers are read as they come.

mod examples;
mod faults;
mod keys;
mod reading;
mod requests;

use super::{Adapter, Http, Kind, read};

/// The adapter of a text, or what is wrong with it, a line each.
fn adapter(text: &str) -> Result<Adapter, Vec<String>> {
    read(text.as_bytes()).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

fn http(adapter: &Adapter) -> &Http {
    match &adapter.kind {
        Kind::Http(http) => http,
        other => panic!("{other:?}"),
    }
}
