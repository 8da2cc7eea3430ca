//! Random sets with rows in which they find something.

use super::Choice;
use super::expressions::{Words, fields};
use super::texts::Alphabet;
use crate::rules::slow::{Filter, Folding, Label, Row, Rule, Set, Tree};

pub fn set_and_rows(seed: u64) -> (Set, Vec<Row>) {
    let choice = &mut Choice::of_seed(seed);
    let alphabet = Alphabet::new(choice);
    let lists = lists(&alphabet, choice);
    let names: Vec<String> = lists.iter().map(|(name, _)| name.clone()).collect();
    let words = Words {
        alphabet: &alphabet,
        lists: &names,
    };
    let set = Set {
        fields: fields(choice),
        folding: Folding {
            nfkc: choice.once_in(2),
            han: choice.once_in(2),
            case_sensitive: choice.once_in(5),
        },
        filters: filters(&words, choice),
        labels: labels(&words, choice),
        all_labels: choice.once_in(2),
        lists,
    };
    let rows = choice.several((2, 5), |choice| row(&alphabet, choice));
    (set, rows)
}

fn lists(alphabet: &Alphabet, choice: &mut Choice) -> Vec<(String, Vec<Tree>)> {
    let mut lists: Vec<(String, Vec<Tree>)> = Vec::new();
    for name in ["brands", "towns"].iter().take(choice.below(3)) {
        let known: Vec<String> = lists.iter().map(|(name, _)| name.clone()).collect();
        let words = Words {
            alphabet,
            lists: &known,
        };
        let terms = choice.several((1, 3), |choice| words.term(choice));
        lists.push(((*name).to_owned(), terms));
    }
    lists
}

fn filters(words: &Words, choice: &mut Choice) -> Vec<Filter> {
    let count = *choice.one(&[0, 0, 0, 1, 1, 2, 3]);
    choice.several((count, count), |choice| {
        let cut = !choice.once_in(4);
        let tree = if cut {
            words.term(choice)
        } else {
            words.expression(choice, 1)
        };
        Filter {
            cut,
            rule: with_fields(tree, choice),
        }
    })
}

fn labels(words: &Words, choice: &mut Choice) -> Vec<Label> {
    let most = *choice.one(&[1, 2, 3, 4, 4, 4, 4, 25]);
    let mut labels = choice.several((1, 3), |choice| Label {
        name: String::new(),
        rules: choice.several((1, most), |choice| {
            let depth = choice.below(4);
            with_fields(words.expression(choice, depth), choice)
        }),
        except: if choice.once_in(4) {
            choice.several((1, 2), |choice| {
                with_fields(words.expression(choice, 1), choice)
            })
        } else {
            Vec::new()
        },
    });
    for (label, name) in labels.iter_mut().zip(["food", "tea", "拉麵"]) {
        label.name = name.to_owned();
    }
    labels
}

fn with_fields(tree: Tree, choice: &mut Choice) -> Rule {
    let fields = choice.once_in(4).then(|| fields(choice));
    Rule { tree, fields }
}

fn row(alphabet: &Alphabet, choice: &mut Choice) -> Row {
    let longest = *choice.one(&[4, 8, 8, 8, 16, 16, 40, 200]);
    [0, 1, 2, 3].map(|_| (!choice.once_in(8)).then(|| alphabet.text(choice, (0, longest))))
}
