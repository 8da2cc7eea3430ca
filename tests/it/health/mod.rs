//! What the rules of jobs did, against a count that was written from the specification alone.

mod killed;
pub(crate) mod recount;
mod reports;
mod sample;

use serde_json::Value;

use crate::support::{Place, TASK};

/// What the command prints, from the output that has the engine's tables, too.
fn health(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command();
    let command = command
        .env("AUDIENCE__DATABASE__URL", "sqlite://out.db")
        .env("AUDIENCE__OUTPUTS__OUTPUT__URL", "sqlite://out.db")
        .args(["rules", "health", TASK])
        .args(arguments);
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    String::from_utf8(done.stdout).unwrap()
}

/// What a report says is what was counted; that does not tell ids of rules.
fn is_counted(shown: &str, expected: &Value) {
    let mut shown: Value = serde_json::from_str(shown).unwrap();
    let members = shown.as_object_mut().unwrap();
    let listed = members.shift_remove("rules").unwrap();
    assert!(listed.as_str().unwrap().ends_with("/health/rules"));
    assert!(members.shift_remove("dominant").unwrap().is_array());
    // Numbers are compared as they are written.
    let expected: Value = serde_json::from_str(&expected.to_string()).unwrap();
    assert_eq!(shown, expected);
}
