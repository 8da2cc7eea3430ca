//! The binary: all it does is in the library.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Batches, connections and the database's own code allocate on many threads that come and go. The
/// allocator of glibc gives each an arena, of which only the top is ever returned: the memory of a server
/// that runs small jobs grew by some kilobytes a job while what was in use did not. This one returns what
/// has been free for a while, also of SQLite and librdkafka; `.cargo/config.toml` has its parameters.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    audience::cli::run()
}
