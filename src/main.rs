//! The binary: all it does is in the library.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Batches and connections allocate on many threads that come and go. The allocator of glibc gives each
/// an arena, of which only the top is ever returned: the memory of a server that runs small jobs grew by
/// some kilobytes a job while what was in use did not. This one returns what has been free for a while;
/// `.cargo/config.toml` has its parameters.
///
/// C code (SQLite, librdkafka) keeps glibc's: a `malloc` that asks for the time waits for itself below a
/// library that makes up times of day, such as libfaketime, which allocates when it is first asked.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    audience::cli::run()
}
