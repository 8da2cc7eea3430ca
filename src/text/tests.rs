use super::{Dictionary, inverse_frequencies, is_space, is_word_character, lowercase, words};

#[test]
fn words_are_cut_as_jieba_for_python_cuts_them() {
    for (text, expected) in [
        ("", &[][..]),
        ("我来到北京清华大学", &["我", "来到", "北京", "清华大学"]),
        (
            "他来到了网易杭研大厦",
            &["他", "来到", "了", "网易", "杭研", "大厦"],
        ),
        (
            "hello world\r\n  x",
            &["hello", " ", "world", "\r\n", " ", " ", "x"],
        ),
        (
            "v1.2.3-rc.4 a.b-c_d 3.14% 5%",
            &[
                "v1.2", ".", "3", "-", "rc.4", " ", "a", ".", "b", "-", "c", "_", "d", " ",
                "3.14%", " ", "5%",
            ],
        ),
        (
            "2020-04-01的C++和R&D",
            &[
                "2020", "-", "04", "-", "01", "的", "C++", "和", "R", "&", "D",
            ],
        ),
        ("鿖㐀𠮷野", &["鿖", "㐀", "𠮷", "野"]),
        ("とても良い。", &["と", "て", "も", "良", "い", "。"]),
    ] {
        let mut found = Vec::new();
        words(text, |word| found.push(word));
        assert_eq!(found, expected, "{text}");
        assert_eq!(found.concat(), text);
    }
}

/// As after `jieba.add_word` of Python.
#[test]
fn words_that_are_added_stay_whole_unless_others_are_likelier() {
    let added = ["油皮", "水杨酸棉片", "spf", "a-b"].map(str::to_owned);
    let dictionary = Dictionary::with(&added);
    for (text, expected) in [
        ("我是油皮", &["我", "是", "油皮"][..]),
        ("混油皮肤", &["混油", "皮肤"]),
        ("用水杨酸棉片", &["用", "水杨酸棉片"]),
        ("spf50 a-b", &["spf", "50", " ", "a-b"]),
    ] {
        let mut found = Vec::new();
        dictionary.words(text, |word| found.push(word));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn words_of_any_length_are_weighed() {
    let (one, other) = ("a".repeat(30_000), "a".repeat(29_999));
    let found = inverse_frequencies(&[&one, &other, "囗囗囗囗"]);
    assert!(found[0] > 5.0);
    assert_eq!((found[0], found[1]), (found[2], found[2]));
}

#[test]
fn characters_are_those_of_python() {
    for character in [
        'a', 'Z', '0', '_', 'é', '語', 'ガ', '한', '①', '½', 'Ⅳ', '〇', 'ª', 'ʰ', '٣', '𐐀',
    ] {
        assert!(is_word_character(character), "{character}");
    }
    for character in [
        '-', ' ', '\u{301}', '\u{3099}', 'Ⓐ', '😀', '、', '\u{200D}', '$', '\u{93E}',
    ] {
        assert!(!is_word_character(character), "{character}");
    }
    for character in [
        ' ', '\t', '\n', '\r', '\u{B}', '\u{1C}', '\u{1F}', '\u{85}', '\u{A0}', '\u{3000}',
    ] {
        assert!(is_space(character), "{character:?}");
    }
    for character in ['\0', '\u{200B}', '\u{FEFF}', '\u{180E}', '\u{1B}'] {
        assert!(!is_space(character), "{character:?}");
    }
}

#[test]
fn capitals_become_small_as_in_python() {
    for (text, small) in [
        ("ABC とても", "abc とても"),
        ("İstanbul", "i\u{307}stanbul"),
        ("STRASSE ẞ", "strasse ß"),
        ("ΣΊΣΥΦΟΣ Σ", "σίσυφος σ"),
        ("ＡＢＣ", "ａｂｃ"),
        ("ⒶǅꙀ𐐀", "ⓐǆꙁ𐐨"),
    ] {
        assert_eq!(lowercase(text), small);
    }
}

#[test]
fn rare_words_weigh_more_and_unknown_ones_the_median() {
    let words = [
        "防晒霜",
        "中国",
        "没有人知道的词",
        "spf50",
        "防晒",
        "café",
        "我们",
    ];
    let found = inverse_frequencies(&words);
    assert_eq!(found.len(), words.len());
    let alone: Vec<f64> = words
        .iter()
        .map(|word| inverse_frequencies(&[word])[0])
        .collect();
    for (one, other) in found.iter().zip(&alone) {
        assert!((one - other).abs() < 1e-6, "{found:?} {alone:?}");
    }
    // As the table of jieba 0.42 for Python has them.
    assert!((found[1] - 3.027_320_686_66).abs() < 1e-6, "{found:?}");
    assert!(found[0] > found[1], "{found:?}");
    assert!((found[2] - 11.954_767_502_9).abs() < 1e-6, "{found:?}");
}
