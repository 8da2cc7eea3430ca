use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use unicode_normalization::UnicodeNormalization;

use super::super::fold::{Lowered, has_no_case, lowered_len};
use super::super::invisible::{is_invisible, visible};
use super::super::segment::{is_nfkc_surely, nfkc, segments};
use super::super::sigma::Context;

/// All characters of the planes that have any; the private ones fold to themselves.
fn all_chars() -> impl Iterator<Item = char> {
    ('\0'..='\u{33fff}').chain('\u{e0000}'..='\u{e0fff}')
}

fn lowered(text: &str) -> String {
    Lowered::new(text.chars()).collect()
}

#[test]
fn every_character_is_lowered_as_the_standard_library_does() {
    for c in all_chars() {
        let text = format!("a{c}b");
        assert_eq!(lowered(&text), text.to_lowercase(), "{c:?}");
        assert_eq!(lowered_len(c), c.to_string().to_lowercase().len(), "{c:?}");
        assert!(!has_no_case(c) || c.to_lowercase().eq([c]), "{c:?}");
    }
}

#[test]
fn the_short_ways_agree_with_the_standard_library_about_sigmas() {
    for c in all_chars() {
        assert_eq!(Context::of(c), Context::probe(c), "{c:?}");
    }
}

#[test]
fn a_sigma_is_lowered_as_the_standard_library_does() {
    let around = [
        "", "a", "A", "'", "1", "王", "\u{301}", "Σ", " ", "ς", "İ", "\u{345}",
    ];
    for one in around {
        for two in around {
            for three in around {
                for text in [
                    format!("{one}{two}Σ{three}"),
                    format!("{one}Σ{two}{three}"),
                    format!("Σ{one}{two}Σ{three}Σ"),
                ] {
                    assert_eq!(lowered(&text), text.to_lowercase(), "{text:?}");
                }
            }
        }
    }
}

#[test]
fn many_sigmas_are_lowered_in_linear_time() {
    for part in ["Σ", "Σ'", "aΣ", "'Σa", "王Σ "] {
        let text = part.repeat(50_000) + &"'".repeat(50_000);
        assert_eq!(lowered(&text), text.to_lowercase());
    }
}

#[test]
fn what_is_not_seen_is_told_by_the_property_alone() {
    for c in [
        '\u{ad}',
        '\u{34f}',
        '\u{200b}',
        '\u{200d}',
        '\u{2060}',
        '\u{feff}',
        '\u{fe0f}',
        '\u{e0101}',
    ] {
        assert!(is_invisible(c), "{c:?}");
    }
    for c in all_chars() {
        let by_property = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
        assert_eq!(is_invisible(c), by_property, "{c:?}");
    }
}

#[test]
fn every_character_is_normalised_as_by_the_whole_text() {
    for c in all_chars() {
        for text in [
            c.to_string(),
            format!("a{c}王"),
            format!("か{c}\u{3099}"),
            format!("Ａ{c}한\u{11ab}"),
            format!("e{c}\u{301}{c}"),
        ] {
            let expected: String = visible(&text).nfkc().collect();
            assert!(!expected.contains(is_invisible), "{text:?}");
            assert!(nfkc(&text).eq(expected.chars()), "{text:?}");
            let parts = segments(&text).flat_map(|part| visible(part).nfkc());
            let parts: String = parts.collect();
            assert_eq!(parts, expected, "{text:?}");
            assert!(!is_nfkc_surely(&text) || expected == text, "{text:?}");
        }
    }
}
