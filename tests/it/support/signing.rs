//! Signatures of deliveries, by Python's `hmac`.

use std::io::Write;
use std::process::{Command, Stdio};

/// What `sign.py` prints for a body.
pub(crate) fn signed(kind: &str, secret: &str, body: &[u8]) -> String {
    let mut python = Command::new("python3")
        .args([
            "-c",
            include_str!("../../../src/webhooks/tests/sign.py"),
            kind,
            secret,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(body).unwrap();
    let output = python.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
