//! What a set may cost: time, memory, and how large its patterns are together.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::samples::{empty_set, label};
use super::super::{Allowance, COMPILED_BYTES_MAX, CompileError, Compiled, check};
use crate::systems::labelling::rules::language::FaultCode;
use crate::systems::labelling::rules::set::RuleSet;

fn set_of(rules: &[String]) -> RuleSet {
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let mut set = empty_set();
    set.labels = vec![label("a", &rules, &[])];
    set
}

fn error(set: &RuleSet, allowance: &Allowance) -> CompileError {
    let compiled = Compiled::of_within(set, allowance);
    compiled.err().expect("it is too large")
}

#[test]
fn what_takes_too_long_or_too_much_or_is_not_wanted_any_more_is_given_up() {
    let rules: Vec<String> = (0..1_000).map(|number| format!("keyword{number}")).collect();
    let set = set_of(&rules);
    let stop = CancellationToken::new();
    let no_time = Allowance::of(Duration::ZERO, COMPILED_BYTES_MAX, stop.clone());
    let too_long = error(&set, &no_time);
    assert!(matches!(too_long, CompileError::TooLong { seconds: 0 }), "{too_long}");
    let no_room = Allowance::of(Duration::from_secs(600), 1_000, stop.clone());
    let too_large = error(&set, &no_room);
    let is_said = matches!(too_large, CompileError::TooLarge { bytes, bytes_max: 1_000 } if bytes > 1_000);
    assert!(is_said, "{too_large}");
    assert!(Compiled::of_within(&set, &Allowance::new(stop.clone())).is_ok());
    stop.cancel();
    let stopped = error(&set, &Allowance::until(stop));
    assert!(matches!(stopped, CompileError::Stopped), "{stopped}");
}

#[test]
fn patterns_that_take_too_much_together_are_a_fault_said_once() {
    let rules: Vec<String> = (0..1_000)
        .map(|number| format!("/{number}\\w{{300}}/"))
        .collect();
    let faults = check(&set_of(&rules));
    let codes: Vec<FaultCode> = faults.iter().map(|fault| fault.fault.code).collect();
    assert_eq!(codes, [FaultCode::E08]);
    assert!(faults[0].fault.message.contains("more than 128 MiB"));
    // The same pattern is compiled once, however often it is written.
    let same = vec!["/\\w{300}/".to_owned(); 1_000];
    assert_eq!(check(&set_of(&same)), []);
}
