//! The slow twin agrees with itself and with Unicode's own normalisation.

use unicode_normalization::UnicodeNormalization as _;

use super::properties::is_default_ignorable;
use super::{Folding, Text, Tree, faults, parse, print};
use crate::rules::random::set_and_rows;

#[test]
fn characters_with_positions_are_those_of_the_normalisation() {
    let folding = Folding {
        nfkc: true,
        han: false,
        case_sensitive: true,
    };
    for seed in 0..3_000 {
        for text in set_and_rows(seed).1.iter().flatten().flatten() {
            let folded = Text::fold(text, folding);
            let letters: String = folded.letters.iter().map(|letter| letter.folded).collect();
            let visible = text.chars().filter(|c| !is_default_ignorable(*c));
            assert_eq!(letters, visible.nfkc().collect::<String>(), "{text:?}");
        }
    }
}

#[test]
fn what_is_printed_reads_as_the_same_expression() {
    for seed in 0..3_000 {
        let (set, _) = set_and_rows(seed);
        assert!(faults(&set).iter().all(|code| *code == "E03"));
        for tree in set.labels.iter().flat_map(|label| &label.rules) {
            let tree: &Tree = &tree.tree;
            let text = print(tree);
            assert_eq!(parse(&text).as_ref(), Ok(tree), "{text}");
        }
    }
}
