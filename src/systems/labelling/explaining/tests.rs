use super::shape::Outcome;
use super::votes::{leading, outcome};
use crate::systems::labelling::rules::forms::{Form, read};
use crate::systems::labelling::rules::preview::Votes;
use crate::systems::labelling::rules::set::RuleSet;

fn set(options: &str) -> RuleSet {
    let yaml = format!(
        "{options}model_type: mixed_model\nin: [content]\nlabels: {{a: [a], b: [b], c: [c]}}\n"
    );
    let document = read(Form::Yaml, "a.yaml", yaml.as_bytes(), "a");
    assert!(!document.findings.has_errors(), "{:?}", document.findings);
    document.set
}

#[test]
fn votes_decide_what_becomes_of_a_person() {
    use Outcome::{Lost, None, Published, Tie};
    for (options, votes, outcomes, led_by) in [
        ("", &[(0, 3), (1, 1)][..], [Published, Lost, None], Some(0)),
        ("", &[(0, 1), (1, 3)], [Lost, Published, None], Some(1)),
        ("", &[(0, 2), (1, 2)], [Tie, Tie, None], Some(0)),
        ("", &[(0, 2), (1, 2), (2, 1)], [Tie, Tie, Lost], Some(0)),
        (
            "author_conflict: majority_first\n",
            &[(1, 2), (2, 2)],
            [None, Published, Lost],
            Some(1),
        ),
        (
            "exclusive: false\n",
            &[(0, 1), (2, 2)],
            [Published, None, Published],
            Some(0),
        ),
        ("", &[], [None, None, None], Option::None),
    ] {
        let set = set(options);
        let mut of_person = Votes::default();
        votes
            .iter()
            .for_each(|(label, rows)| of_person.add(*label, *rows));
        let found = [0, 1, 2].map(|label| outcome(&set, &of_person, label));
        assert_eq!(found, outcomes, "{options} {votes:?}");
        assert_eq!(leading(&set, &of_person), led_by);
    }
}
