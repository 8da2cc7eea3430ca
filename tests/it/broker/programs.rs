//! Kafka's own programs, in Java.

use std::process::{Command, Stdio};

use tokio::task::block_in_place;

use crate::support::servers_script;

/// To be started by the caller: `kafka_program("org.apache.kafka.tools.TopicCommand", …)`.
pub(crate) fn kafka_program(class: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(servers_script());
    command.args(["kafka-tool", class]).args(arguments);
    command
}

/// Waits until it has succeeded.
pub(super) fn run_kafka_program(class: &str, arguments: &[&str]) {
    let mut program = kafka_program(class, arguments);
    let done = block_in_place(|| program.stdin(Stdio::null()).output()).unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{class} {arguments:?}: {errors}");
}
