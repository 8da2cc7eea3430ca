//! Units of numbers: `千円`, `8人`, `12.5%`, `（単位：百万円）`.

use super::fold::{fold, nfkc};

/// A unit, with the power of ten that its numbers stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// 3 of 千円, -2 of %.
    pub scale: i32,
    /// What is counted, the same for all of its names: 人 for 名.
    pub kind: &'static str,
    /// Of units that are measured in each other: 3 of km, which is 10³ m; else 0.
    size: i32,
    /// As it is written, folded.
    pub text: String,
}

/// Names of each kind, the first of which stands for it. Those that are ten or more times another have
/// their power of ten behind them.
const KINDS: &[&[(&str, i32)]] = &[
    &[
        ("円", 0),
        ("¥", 0),
        ("\\", 0),
        ("円也", 0),
        ("JPY", 0),
        ("yen", 0),
    ],
    &[("ドル", 0), ("$", 0), ("米ドル", 0), ("USD", 0), ("US$", 0)],
    &[("ユーロ", 0), ("€", 0), ("EUR", 0)],
    &[("元", 0), ("人民元", 0)],
    &[("ウォン", 0)],
    &[("ポンド", 0), ("£", 0)],
    &[("人", 0), ("名", 0), ("名様", 0), ("人数", 0)],
    &[
        ("m", 0),
        ("mm", -3),
        ("cm", -2),
        ("km", 3),
        ("メートル", 0),
        ("ミリメートル", -3),
        ("センチメートル", -2),
        ("キロメートル", 3),
        ("ミリ", -3),
        ("センチ", -2),
    ],
    &[
        ("g", 0),
        ("mg", -3),
        ("kg", 3),
        ("t", 6),
        ("グラム", 0),
        ("キログラム", 3),
        ("トン", 6),
        ("キロ", 3),
    ],
    &[
        ("m2", 0),
        ("平方メートル", 0),
        ("平米", 0),
        ("a", 2),
        ("アール", 2),
        ("ha", 4),
        ("ヘクタール", 4),
        ("km2", 6),
        ("平方キロメートル", 6),
    ],
    &[
        ("l", 0),
        ("L", 0),
        ("リットル", 0),
        ("ml", -3),
        ("mL", -3),
        ("ミリリットル", -3),
        ("dl", -1),
        ("kl", 3),
        ("kL", 3),
        ("キロリットル", 3),
        ("m3", 3),
        ("立方メートル", 3),
    ],
    &[("Wh", 0), ("kWh", 3), ("MWh", 6)],
    &[("W", 0), ("kW", 3), ("MW", 6)],
    &[("Pa", 0), ("hPa", 2), ("kPa", 3)],
    &[("J", 0), ("kJ", 3), ("MJ", 6), ("GJ", 9), ("TJ", 12)],
    &[("cal", 0), ("kcal", 3)],
    &[("バイト", 0), ("B", 0)],
    &[
        ("か月", 0),
        ("ヶ月", 0),
        ("カ月", 0),
        ("ケ月", 0),
        ("ヵ月", 0),
        ("箇月", 0),
        ("月間", 0),
    ],
    &[
        ("か所", 0),
        ("ヶ所", 0),
        ("カ所", 0),
        ("ケ所", 0),
        ("ヵ所", 0),
        ("箇所", 0),
    ],
    &[("時間", 0), ("h", 0)],
    &[("分", 0), ("min", 0), ("分間", 0)],
    &[("秒", 0), ("s", 0), ("秒間", 0)],
    &[("日", 0), ("日間", 0)],
    &[("週", 0), ("週間", 0)],
    &[("年", 0), ("年間", 0), ("か年", 0)],
    &[("歳", 0), ("才", 0)],
    &[("ポイント", 0), ("pt", 0), ("ポイント差", 0)],
    &[("頁", 0), ("ページ", 0)],
    &[("種類", 0), ("種", 0)],
    &[("店舗", 0), ("店", 0)],
    &[("°C", 0), ("度C", 0)],
    &[("m/s", 0)],
    &[("km/h", 0)],
    &[("ppm", 0)],
    &[("dB", 0)],
    &[("Hz", 0)],
    &[("件", 0)],
    &[("個", 0)],
    &[("台", 0)],
    &[("本", 0)],
    &[("枚", 0)],
    &[("冊", 0)],
    &[("箱", 0)],
    &[("社", 0)],
    &[("戸", 0)],
    &[("世帯", 0)],
    &[("棟", 0)],
    &[("室", 0)],
    &[("席", 0)],
    &[("回", 0)],
    &[("度", 0)],
    &[("倍", 0)],
    &[("点", 0)],
    &[("位", 0)],
    &[("月", 0)],
    &[("時", 0)],
    &[("校", 0)],
    &[("園", 0)],
    &[("床", 0)],
    &[("頭", 0)],
    &[("羽", 0)],
    &[("匹", 0)],
    &[("隻", 0)],
    &[("両", 0)],
    &[("着", 0)],
    &[("足", 0)],
    &[("組", 0)],
    &[("票", 0)],
    &[("口", 0)],
    &[("株", 0)],
    &[("字", 0)],
    &[("文字", 0)],
    &[("語", 0)],
    &[("行", 0)],
    &[("列", 0)],
    &[("巻", 0)],
    &[("品", 0)],
    &[("品目", 0)],
    &[("案", 0)],
    &[("坪", 0)],
    &[("畳", 0)],
    &[("袋", 0)],
    &[("束", 0)],
    &[("基", 0)],
    &[("機", 0)],
    &[("軒", 0)],
    &[("杯", 0)],
    &[("便", 0)],
    &[("区画", 0)],
    &[("階", 0)],
    &[("単位", 0)],
    &[("セット", 0)],
    &[("ケース", 0)],
    &[("ロット", 0)],
    &[("缶", 0)],
    &[("錠", 0)],
    &[("号", 0)],
    &[("番", 0)],
    &[("級", 0)],
    &[("段", 0)],
];

/// Parts of a whole, with their powers of ten.
const RATIOS: &[(&str, i32)] = &[
    ("%", -2),
    ("パーセント", -2),
    ("percent", -2),
    ("‰", -3),
    ("割", -1),
];

/// Brackets that may begin a unit, also those that NFKC makes others of.
const OPENING: [char; 9] = ['(', '（', '[', '［', '〔', '【', '<', '＜', '〈'];

const RATIO: &str = "%";

/// Kind of a unit that only says how many: 千, 万.
const PLAIN: &str = "";

impl Unit {
    /// The unit that a text is, as in `unit: 千円`.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text);
        if folded.is_empty() {
            return None;
        }
        let (scale, rest) = powers(&folded);
        let (kind, size, power) = if rest.is_empty() {
            (PLAIN, 0, 0)
        } else if let Some((_, power)) = RATIOS.iter().find(|(name, _)| *name == rest) {
            (RATIO, 0, *power)
        } else {
            let names = KINDS.iter().find_map(|names| {
                let found = names.iter().find(|(name, _)| *name == rest)?;
                Some((names[0].0, found.1))
            });
            let (kind, size) = names?;
            (kind, size, 0)
        };
        Some(Self {
            scale: scale + power,
            kind,
            size,
            text: folded,
        })
    }

    /// The unit that a heading names in brackets: 金額（千円）, 面積[ha], （単位：人）.
    pub fn of_heading(heading: &str) -> Option<Self> {
        if !heading.contains(OPENING) {
            return None;
        }
        bracketed(&nfkc(heading))
            .into_iter()
            .rev()
            .find_map(|(_, inner)| {
                let inner = fold(inner);
                let inner = inner.strip_prefix("単位").unwrap_or(&inner);
                Self::parse(inner.trim_start_matches([':', '/', '・']))
            })
    }

    /// The unit that a text states, in brackets or not: 単位：千円.
    pub fn stated(text: &str) -> Option<Self> {
        Self::of_heading(text).or_else(|| {
            let folded = fold(text);
            Self::parse(folded.strip_prefix("単位")?.trim_start_matches([':', '/']))
        })
    }

    /// Whether it only says how many: 千, 万.
    pub fn is_plain(&self) -> bool {
        self.kind == PLAIN
    }

    /// The power of ten by which a number with this unit is a number of a column with that one;
    /// `None` if they measure different things.
    pub fn power_in(&self, column: &Self) -> Option<i32> {
        let is_same = self.kind == column.kind;
        is_same.then_some(self.scale + self.size - column.size)
    }

    /// Whether a heading with this unit says something else than the column's.
    pub fn contradicts(&self, column: &Self) -> bool {
        self.kind != column.kind || self.scale != column.scale || self.size != column.size
    }
}

/// A heading without the brackets that hold its unit.
pub(crate) fn without_unit(heading: &str) -> Option<String> {
    if !heading.contains(OPENING) {
        return None;
    }
    let normal = nfkc(heading);
    let brackets = bracketed(&normal);
    let (whole, _) = brackets
        .iter()
        .rev()
        .find(|(whole, _)| Unit::of_heading(whole).is_some())?;
    Some(normal.replacen(whole, "", 1))
}

/// Whether nothing but a unit in brackets is written there: （時間） below 残業.
pub(crate) fn is_only_unit(heading: &str) -> bool {
    without_unit(heading).is_some_and(|rest| fold(&rest).is_empty())
}

/// Parts in brackets, with and without them.
fn bracketed(text: &str) -> Vec<(&str, &str)> {
    const BRACKETS: &[(char, char)] = &[
        ('(', ')'),
        ('[', ']'),
        ('〔', '〕'),
        ('【', '】'),
        ('<', '>'),
        ('〈', '〉'),
    ];
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some((start, opening)) = text[from..]
        .char_indices()
        .find(|(_, c)| BRACKETS.iter().any(|(o, _)| o == c))
    {
        let start = from + start;
        let inner = start + opening.len_utf8();
        let closing = BRACKETS
            .iter()
            .find(|(o, _)| *o == opening)
            .map(|(_, c)| *c);
        let Some(closing) = closing else { break };
        let Some(length) = text[inner..].find(closing) else {
            break;
        };
        let end = inner + length + closing.len_utf8();
        parts.push((&text[start..end], &text[inner..inner + length]));
        from = end;
    }
    parts
}

/// 百万 in front of 円: the power of ten, and what is left.
fn powers(text: &str) -> (i32, &str) {
    let mut power = 0;
    let mut rest = text;
    for names in [
        &[("十", 1), ("百", 2), ("千", 3)][..],
        &[("万", 4), ("億", 8), ("兆", 12)][..],
    ] {
        if let Some((name, exponent)) = names.iter().find(|(name, _)| rest.starts_with(name)) {
            rest = &rest[name.len()..];
            power += exponent;
        }
    }
    (power, rest)
}
