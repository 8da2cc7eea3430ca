//! Bodies are read as they were written, and damaged ones are refused.

use super::random::{Random, row};
use crate::systems::labelling::rules::ledger::outcome::{LabelOutcome, OutcomeKind, RowOutcome};
use crate::systems::labelling::rules::ledger::{
    KnownRows, LedgerFault, LedgerRow, LedgerRows, read, row_key,
};
use crate::systems::labelling::rules::matching::{Reason, Span};
use crate::systems::labelling::rules::set::{Field, Fields};

fn number(random: &mut Random) -> usize {
    let bits = random.below(31);
    random.below(1 << bits)
}

fn span(random: &mut Random) -> Span {
    let start = number(random);
    Span {
        field: Field::ALL[random.below(Field::COUNT)],
        start,
        end: start + number(random),
    }
}

fn outcome(random: &mut Random) -> RowOutcome {
    let label = |random: &mut Random| LabelOutcome {
        label: random.below(1 << 16) as u16,
        rule: number(random) as u32,
        kind: match random.below(4) {
            0 => OutcomeKind::Matched,
            1 => OutcomeKind::Excepted(number(random) as u32),
            2 => {
                let hit = span(random);
                let parts = vec![hit];
                OutcomeKind::Given(Reason { hit, parts })
            }
            _ => OutcomeKind::Given(Reason {
                hit: span(random),
                parts: (0..random.below(4)).map(|_| span(random)).collect(),
            }),
        },
    };
    let labels = (0..random.below(4)).map(|_| label(random)).collect();
    let rule = |random: &mut Random| (random.below(1 << 16) as u16, number(random) as u32);
    let true_rules = (0..random.below(5)).map(|_| rule(random)).collect();
    RowOutcome { labels, true_rules }
}

#[test]
fn rows_are_found_again_as_they_were_kept() {
    let fields = Fields::one(Field::Title).with(Field::Content);
    let mut random = Random(1);
    for _ in 0..500 {
        let mut ledger = LedgerRows::default();
        let rows: Vec<_> = (0..random.below(20))
            .map(|_| (random.texts(), outcome(&mut random)))
            .collect();
        for (number, (texts, outcome)) in rows.iter().enumerate() {
            let of_row = LedgerRow {
                id: &number.to_string(),
                post_time: "2020",
                group: number as u16,
                s_id: "WH",
                author: "阿美",
            };
            ledger.receive(row_key(of_row.id, row(texts), fields), of_row, outcome);
        }
        let body = ledger.take_bytes();
        assert_eq!(ledger.take_bytes(), [1, 0], "it begins anew");
        let mut known = KnownRows::default();
        assert_eq!(known.add(&body), Ok(true));
        known.finish();
        let mut found = RowOutcome::default();
        for (number, (texts, outcome)) in rows.iter().enumerate() {
            let id = number.to_string();
            let key = row_key(&id, row(texts), fields);
            assert_eq!(known.find(key, &mut found), Ok(true));
            match outcome.true_rules.is_empty() {
                true => assert_eq!(found, RowOutcome::default()),
                false => assert_eq!(found, *outcome),
            }
            let edited = (Some("edited".to_owned()), texts.1.clone());
            let key = row_key(&id, row(&edited), fields);
            assert_eq!(known.find(key, &mut found), Ok(false));
        }
        let cut = random.below(body.len());
        match read(&body[..cut], &mut |_| true) {
            // It was cut between two entries.
            Ok(()) => {}
            Err(fault) => assert_eq!(fault, LedgerFault::Damaged),
        }
    }
}

#[test]
fn texts_that_only_stand_in_other_fields_are_others() {
    let fields = Fields::one(Field::Title).with(Field::Content);
    let text = |text: &str| Some(text.to_owned());
    let mut keys = Vec::new();
    for (id, texts) in [
        ("1", (text("ab"), text(""))),
        ("1", (text("a"), text("b"))),
        ("1", (text("ab"), None)),
        ("1", (None, text("ab"))),
        ("1a", (text("b"), text(""))),
    ] {
        keys.push(row_key(id, row(&texts), fields));
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 5);
}

#[test]
fn another_form_is_refused() {
    let expected = LedgerFault::OtherForm {
        expected: 1,
        found: 2,
    };
    assert_eq!(read(&[2, 0], &mut |_| true), Err(expected));
    assert_eq!(read(&[], &mut |_| true), Err(LedgerFault::Damaged));
}
