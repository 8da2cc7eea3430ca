//! What a set may cost: time, memory, and how large its patterns are together.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::samples::{empty_set, label, terms};
use super::super::{Allowance, COMPILED_BYTES_MAX, CompileError, Compiled, SetPart, check};
use crate::systems::labelling::rules::language::FaultCode;
use crate::systems::labelling::rules::set::{Node, NodeKind, RuleSet};

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
    let rules: Vec<String> = (0..1_000)
        .map(|number| format!("keyword{number}"))
        .collect();
    let set = set_of(&rules);
    let stop = CancellationToken::new();
    let no_time = Allowance::of(Duration::ZERO, COMPILED_BYTES_MAX, stop.clone());
    let too_long = error(&set, &no_time);
    assert!(
        matches!(too_long, CompileError::TooLong { seconds: 0 }),
        "{too_long}"
    );
    let no_room = Allowance::of(Duration::from_secs(600), 1_000, stop.clone());
    let too_large = error(&set, &no_room);
    let is_said =
        matches!(too_large, CompileError::TooLarge { bytes, bytes_max: 1_000 } if bytes > 1_000);
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

#[test]
fn keywords_that_are_too_long_together_are_a_fault_said_once() {
    let keyword = |number: usize| format!("{number:04}{}", "x".repeat(996));
    let mut rules: Vec<String> = (0..3_010).map(keyword).collect();
    let faults = check(&set_of(&rules));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].fault.code, FaultCode::E08);
    assert_eq!(
        faults[0].part,
        SetPart::Rule {
            label: 0,
            rule: 3_000
        }
    );
    // What is written often counts once.
    rules.truncate(2_000);
    rules.extend_from_within(..);
    assert_eq!(check(&set_of(&rules)), []);
}

#[test]
fn lists_may_hold_many_others_but_never_themselves() {
    let mut set = empty_set();
    let inner = |list: usize| {
        (list + 1..200).map(|other| Node::new(NodeKind::List(format!("l{other}")), 1))
    };
    set.lists = (0..200)
        .map(|list| {
            (
                format!("l{list}"),
                inner(list).chain(terms(&["word"])).collect(),
            )
        })
        .collect();
    assert_eq!(check(&set), []);
    set.lists[199]
        .1
        .push(Node::new(NodeKind::List("l198".to_owned()), 1));
    let faults = check(&set);
    let parts: Vec<SetPart> = faults.iter().map(|fault| fault.part).collect();
    assert_eq!(
        parts,
        [
            SetPart::List { list: 198, term: 0 },
            SetPart::List { list: 199, term: 1 },
        ]
    );
    assert!(
        faults
            .iter()
            .all(|fault| fault.fault.code == FaultCode::E06)
    );
}
