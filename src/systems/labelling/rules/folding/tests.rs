//! Folding agrees with its definition, and every part knows what it is from.

use unicode_normalization::UnicodeNormalization as _;

use super::{FoldedText, Folding, Origins, WordPart, han, is_inside_word, pairs};
use crate::systems::labelling::label::rules::is_invisible;

const ALL: Folding = Folding {
    nfkc: true,
    han: true,
    lower: true,
};

fn by_definition(folding: Folding, text: &str) -> String {
    let visible: String = match folding.nfkc {
        true => text.chars().filter(|c| !is_invisible(*c)).nfkc().collect(),
        false => text.to_owned(),
    };
    let lower = |c: char| match c.to_lowercase().next().unwrap() {
        'ς' => 'σ',
        lower => lower,
    };
    let of_char = |c| if folding.han { han(c) } else { c };
    let of_char = |c| {
        if folding.lower {
            lower(of_char(c))
        } else {
            of_char(c)
        }
    };
    visible.chars().map(of_char).collect()
}

/// Characters that do something, in an order that a small generator chooses.
fn random_text(seed: &mut u64, len: usize) -> String {
    const CHARS: [char; 40] = [
        'a', 'A', 'İ', 'Σ', 'ς', '\u{212a}', 'ﬁ', 'ａ', 'Ａ', 'e', '\u{301}', '\u{307}', '\u{323}',
        '\u{302}', 'q', 'ｶ', 'ﾞ', 'カ', '\u{3099}', '麵', '面', '乾', '幹', '㜢', '\u{200b}',
        '\u{200d}', '\u{fe0f}', '👩', '가', 'ᄀ', 'ᅡ', 'ᆨ', '\u{fdfa}', '①', '\u{3164}', ' ',
        '\u{3000}', '\n', 'é', '\u{212b}',
    ];
    let mut next = || {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize
    };
    (0..len).map(|_| CHARS[next() % CHARS.len()]).collect()
}

#[test]
fn folding_is_what_its_definition_says() {
    let mut seed = 7;
    let mut folded = FoldedText::default();
    let mut origins = Origins::default();
    for round in 0..20_000 {
        let folding = Folding {
            nfkc: round % 2 == 0,
            han: round % 3 == 0,
            lower: round % 5 != 0,
        };
        let text = random_text(&mut seed, 1 + round % 9);
        folded.fold(folding, &text);
        assert_eq!(
            folded.text(),
            by_definition(folding, &text),
            "{text:?} {folding:?}"
        );
        let before_case = by_definition(
            Folding {
                lower: false,
                ..folding
            },
            &text,
        );
        assert_eq!(
            folded.before_case(&text),
            before_case,
            "{text:?} {folding:?}"
        );
        origins.find(folding, &text);
        let mut chars = folded.text().char_indices();
        for (start, c) in &mut chars {
            let span = origins.span(start..start + c.len_utf8());
            let original = &text[span.clone()];
            assert!(!original.is_empty(), "{text:?} {folding:?} {start}");
            // What a character is from gives all of its parts; alone it may give another
            // character, since marks are put in order.
            let parts: String = original.nfkd().collect();
            let given = by_definition(
                Folding {
                    nfkc: false,
                    ..folding
                },
                &parts,
            );
            assert!(
                c.nfkd().all(|part| given.contains(part)),
                "{text:?} {folding:?} {c:?} {span:?}"
            );
        }
    }
}

#[test]
fn spans_are_the_smallest_runs() {
    for (text, folded, expected) in [
        ("拉\u{200b}麵\u{200b}", 0..6, 0..9),
        ("ｶﾞ", 0..3, 0..6),
        ("ﬁ", 0..1, 0..3),
        ("xİy", 1..2, 1..3),
        ("q\u{307}\u{323}", 0..1, 0..1),
        // The dot below comes first.
        ("q\u{307}\u{323}", 1..3, 3..5),
        ("q\u{307}\u{323}", 0..3, 0..5),
        ("a\u{301}\u{323}b", 0..3, 0..5),
        ("㜢x", 4..5, 3..4),
    ] {
        let mut origins = Origins::default();
        origins.find(ALL, text);
        assert_eq!(
            origins.span(folded.clone()),
            expected,
            "{text:?} {folded:?}"
        );
    }
}

#[test]
fn the_table_is_whole_and_at_its_fixed_point() {
    assert_eq!(pairs().count(), 3_233);
    for (from, to) in pairs() {
        assert_eq!((han(from), han(to)), (to, to));
    }
    assert_eq!((han('麵'), han('面'), han('a')), ('面', '面', 'a'));
}

#[test]
fn words_are_runs_of_joining_characters_and_single_others() {
    use WordPart::{Alone, Joining, None};
    for (chars, expected) in [
        ("aZ9_éσя\u{301}①٣", Joining),
        ("麵かカー가ㄅก一〇\u{3099}𠀀ｶ", Alone),
        (" ,。、\u{3000}👩「-\n", None),
    ] {
        for c in chars.chars() {
            assert_eq!(WordPart::of(c), expected, "{c:?}");
        }
    }
    assert!(is_inside_word("ab", 1) && !is_inside_word("a麵", 1) && !is_inside_word("ab", 2));
}
