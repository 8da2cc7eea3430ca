//! Random edits of random sets: what is copied is what would be found.

use super::random::{Random, Texts, row};
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::rules::health::Counts;
use crate::systems::labelling::rules::ledger::{
    Changes, Earlier, KnownRows, LedgerRow, LedgerRows, OutcomeKind, RowLabeller, compare, read,
    row_key,
};
use crate::systems::labelling::rules::matching::Compiled;
use crate::systems::labelling::rules::set::RuleSet;

/// How many edits a run of the tests tries; `AUDIENCE_RULE_EDITS` names another number, of whole sets in each thread.
const ALL_EDITS: usize = 800;
const THREADS: usize = 4;
const EDITS_OF_A_SET: usize = 20;
const ROWS: usize = 24;
const GROUPS: usize = 2;

/// What a run brings about.
#[derive(Debug, PartialEq)]
struct Run {
    /// Row, label, `match_meta`.
    given: Vec<(usize, u16, String)>,
    counts: Vec<u8>,
    /// Without the order in which true rules are found, and which one of several true `except`s is named: both
    /// mean nothing.
    ledger: Vec<String>,
}

fn run(
    (set, compiled): (&RuleSet, &Compiled),
    rows: &[Texts],
    earlier: Option<&Earlier>,
) -> (Run, Vec<u8>) {
    let fields = fields_in_use(set);
    let mut labeller = RowLabeller::new(compiled, earlier);
    let mut counts = Counts::new(set, GROUPS);
    let (mut ledger, mut given) = (LedgerRows::default(), Vec::new());
    for (number, texts) in rows.iter().enumerate() {
        let id = number.to_string();
        let key = row_key(&id, row(texts), fields);
        let (verdict, outcome) = labeller.label(key, row(texts));
        counts.receive(number % GROUPS, verdict);
        for label in &outcome.labels {
            if let OutcomeKind::Given(reason) = &label.kind {
                let meta = compiled.meta_of(label.label, label.rule, reason);
                given.push((number, label.label, meta));
            }
        }
        let of_row = LedgerRow {
            id: &id,
            post_time: "2020-01-01 00:00:00",
            group: (number % GROUPS) as u16,
            s_id: "s",
            author: "amy",
        };
        ledger.receive(key, of_row, outcome);
    }
    let body = ledger.take_bytes();
    let mut kept = Vec::new();
    read(&body, &mut |entry| {
        let of_row = entry.kept.map(|(row, outcome)| {
            let mut outcome = outcome.read().unwrap();
            outcome.true_rules.sort_unstable();
            for label in &mut outcome.labels {
                if let OutcomeKind::Excepted(except) = &mut label.kind {
                    *except = 0;
                }
            }
            format!("{row:?} {outcome:?}")
        });
        kept.push(format!("{} {of_row:?}", entry.key));
        true
    })
    .unwrap();
    let run = Run {
        given,
        counts: counts.to_bytes(),
        ledger: kept,
    };
    (run, body)
}

fn earlier(changes: Changes, body: &[u8]) -> Earlier {
    let mut known = KnownRows::default();
    assert!(known.add(body).unwrap());
    known.finish();
    Earlier {
        looked_for: Compiled::of(&changes.looked_for).unwrap(),
        changes,
        known,
    }
}

fn edits_of_a_thread() -> usize {
    let wanted = std::env::var("AUDIENCE_RULE_EDITS").ok();
    wanted.map_or(ALL_EDITS, |wanted| wanted.parse().unwrap()) / THREADS
}

#[test]
fn an_incremental_run_finds_what_a_full_run_finds() {
    // All at once: most of the time is spent in compiling.
    std::thread::scope(|scope| {
        for seed in 0..THREADS {
            scope.spawn(move || compare_runs(seed as u64));
        }
    });
}

fn compare_runs(seed: u64) {
    let edits = edits_of_a_thread();
    let mut random = Random(seed);
    let (mut compared, mut full_runs) = (0, 0);
    for _ in 0..edits / EDITS_OF_A_SET {
        let mut set = random.set();
        let mut rows: Vec<Texts> = (0..ROWS).map(|_| random.texts()).collect();
        let (_, mut body) = run((&set, &Compiled::of(&set).unwrap()), &rows, None);
        for _ in 0..EDITS_OF_A_SET {
            let edited = random.edited(&set);
            // One row is edited in place, and one is new.
            let place = random.below(rows.len());
            rows[place] = random.texts();
            rows.push(random.texts());
            let compiled = Compiled::of(&edited).unwrap();
            let (full, full_body) = run((&edited, &compiled), &rows, None);
            match compare(&set, &edited) {
                Ok(changes) => {
                    let earlier = earlier(changes, &body);
                    let (incremental, kept) = run((&edited, &compiled), &rows, Some(&earlier));
                    assert!(
                        incremental == full,
                        "{}\nbecomes\n{}\n{}",
                        shown(&set),
                        shown(&edited),
                        difference(&incremental, &full, &rows)
                    );
                    // The next edit stands on the ledger of an incremental run.
                    (body, compared) = (kept, compared + 1);
                }
                Err(_) => (body, full_runs) = (full_body, full_runs + 1),
            }
            set = edited;
        }
    }
    assert_eq!(compared + full_runs, edits);
    assert!(full_runs < edits / 4, "{full_runs} were full runs");
}

/// A set in few words.
fn shown(set: &RuleSet) -> String {
    let labels = set.labels.iter().map(|label| {
        let rules = label.rules.iter();
        let rules = rules.map(|rule| format!("{:?} {} {}", rule.fields, rule.id, rule.text));
        let except = label.except.iter().map(|except| &except.text);
        let (rules, except) = (rules.collect::<Vec<_>>(), except.collect::<Vec<_>>());
        format!("{}: {rules:?} except {except:?}", label.name)
    });
    let lists = set.lists.iter().map(|(name, terms)| {
        let terms = terms.iter().map(|term| format!("{:?}", term.kind));
        format!("list {name}: {:?}", terms.collect::<Vec<_>>())
    });
    labels.chain(lists).collect::<Vec<_>>().join("\n")
}

/// The first row that differs.
fn difference(found: &Run, expected: &Run, rows: &[Texts]) -> String {
    let mut ledgers = found.ledger.iter().zip(&expected.ledger);
    let ledger = ledgers.find(|(found, expected)| found != expected);
    let mut given = found.given.iter().zip(&expected.given);
    let given = given.find(|(found, expected)| found != expected);
    let texts = given.map(|(found, _)| &rows[found.0]);
    format!("{ledger:#?}\n{given:#?}\n{texts:?}")
}
