//! Random texts out of few characters, so that rules find something in them.

use super::Choice;

/// Characters that belong together, because some folding makes them equal or because they change
/// what stands beside them.
const FAMILIES: &[&[&str]] = &[
    &[
        "a", "A", "ａ", "Ａ", "à", "a\u{300}", "\u{300}", "ª", "𝐀", "ⓐ",
    ],
    &["b", "B", "ｂ", "c", "C", "x", "y"],
    &["i", "I", "İ", "ı", "i\u{307}", "\u{307}", "ï", "Ⅰ"],
    &["Σ", "σ", "ς", "α", "Α", "ά", "ͅ", "ᾳ", "ΑΣ"],
    &[
        "k", "K", "\u{212A}", "s", "ſ", "ß", "ẞ", "ﬁ", "fi", "ﬀ", "f",
    ],
    &[
        "q\u{307}\u{323}",
        "q",
        "\u{323}",
        "\u{307}",
        "q\u{323}",
        "ṩ",
        "s\u{323}",
        "s\u{307}",
    ],
    &["拉", "麵", "面", "麪", "麺", "店", "飯", "饭"],
    &["乾", "幹", "干", "后", "後", "后", "發", "髮", "发"],
    &["裏", "裡", "里", "臺", "台", "颱", "㑯", "㑔"],
    &[
        "ｶ", "ﾞ", "ガ", "カ", "\u{3099}", "が", "か", "ｶﾞ", "ﾊﾟ", "パ", "ー", "ｰ",
    ],
    &["한", "ᄒ", "ᅡ", "ᆫ", "하", "ㅎ", "ﾡ", "ᄒ"],
    &[
        "\u{200b}",
        "\u{feff}",
        "\u{ad}",
        "\u{fe0f}",
        "\u{34f}",
        "\u{3164}",
        "\u{e0020}",
    ],
    &[
        "👨\u{200d}👩\u{200d}👧",
        "👨",
        "\u{200d}",
        "👩",
        "😀",
        "👍🏽",
        "🏽",
        "☺\u{fe0f}",
    ],
    &[
        "א", "ב", "\u{200f}", "\u{202e}", "ع", "ﻊ", "ﷺ", "لا", "ﻻ", "\u{64b}",
    ],
    &["\u{378}", "\u{fdd0}", "\u{10ffff}", "\u{e000}", "\u{ffff}"],
    &["𠮷", "吉", "豈", "\u{2f800}", "丽", "㍿", "株", "①", "1"],
    &["ไ", "ท", "ย", "ำ", "ํา", "ກ", "ຳ"],
    &["1", "２", "2", "½", "²", "_", "＿", "٣"],
    &["é", "e", "e\u{301}", "\u{301}", "E", "É", "ｅ"],
];

const BETWEEN: &[&str] = &[
    " ", " ", " ", ",", "，", "。", "、", "\n", "-", "\u{3000}", "#", "!", ".", "?", "\t",
    "\u{a0}", "…", "／", "/", "\"", "\\", "@", ":", "：", "(", "（", "「",
];

/// What the texts and keywords of one set are made of.
pub struct Alphabet {
    pieces: Vec<&'static str>,
}

impl Alphabet {
    pub fn new(choice: &mut Choice) -> Self {
        let families = choice.between(1, 3);
        let mut pieces = Vec::new();
        for _ in 0..families {
            let family = *choice.one(FAMILIES);
            for _ in 0..choice.between(1, 4) {
                pieces.push(*choice.one(family));
            }
        }
        for _ in 0..choice.between(0, 2) {
            pieces.push(*choice.one(BETWEEN));
        }
        pieces.push(*choice.one(&["a", "拉", " ", "b"]));
        Self { pieces }
    }

    pub fn text(&self, choice: &mut Choice, lengths: (usize, usize)) -> String {
        choice
            .several(lengths, |choice| *choice.one(&self.pieces))
            .concat()
    }

    /// One character of it, as a pattern has to write it.
    pub fn literal(&self, choice: &mut Choice) -> String {
        let piece = *choice.one(&self.pieces);
        let character = piece.chars().next().expect("a piece has characters");
        if character.is_ascii_punctuation() && character != '/' {
            return format!("\\{character}");
        }
        character.to_string()
    }
}
