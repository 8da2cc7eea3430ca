//! Numbers as people write them in Japan: `１，２３４`, `▲５６`, `(25)`, `¥1,200`, `二十`, `1億2,000万円`.

use super::decimal::Decimal;
use super::fold::{is_space, nfkc, without_marks};
use super::unit::Unit;

/// A number, and the unit that stands with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrittenNumber {
    pub number: Decimal,
    pub unit: Option<Unit>,
}

const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// Digits that documents use because no stroke can be added to them.
const FORMAL: &[(char, i128)] = &[
    ('零', 0),
    ('壱', 1),
    ('壹', 1),
    ('弐', 2),
    ('貳', 2),
    ('参', 3),
    ('參', 3),
    ('伍', 5),
];

impl WrittenNumber {
    /// `None` of what is no number, or has something else with it than a unit.
    pub fn parse(text: &str) -> Option<Self> {
        let normal = nfkc(without_marks(text));
        let mut rest = Rest(normal.trim_matches(is_space));
        let front = Front::take(&mut rest);
        let number = composite(&mut rest)?;
        rest.skip_spaces();
        let is_open = front.has_bracket && !rest.take(')');
        rest.skip_spaces();
        let mut written = rest.0;
        if is_open {
            written = written.strip_suffix(')')?.trim_end_matches(is_space);
        }
        let own = match written {
            "" => None,
            // A bill says where its sums end: ¥1,200-.
            "-" | "−" if front.currency.is_some() => None,
            // What only says how many belongs to the number.
            text => Some(Unit::parse(text).filter(|unit| !unit.is_plain())?),
        };
        let unit = match (front.currency, own) {
            (Some(currency), Some(unit)) if currency.kind != unit.kind => return None,
            (currency, unit) => unit.or(currency),
        };
        let has_one_sign = front.signs + u32::from(front.has_bracket) <= 1;
        let number = if front.is_negative || front.has_bracket {
            number.negated()
        } else {
            number
        };
        has_one_sign.then_some(Self { number, unit })
    }
}

/// What stands in front of the digits.
#[derive(Default)]
struct Front {
    signs: u32,
    is_negative: bool,
    has_bracket: bool,
    currency: Option<Unit>,
}

impl Front {
    fn take(rest: &mut Rest<'_>) -> Self {
        let mut front = Self::default();
        loop {
            rest.skip_spaces();
            match rest.peek() {
                Some('▲' | '△' | '−' | '-' | '‐' | '‑' | '–') => {
                    front.signs += 1;
                    front.is_negative = true;
                }
                Some('+') => front.signs += 1,
                Some('(') if !front.has_bracket => front.has_bracket = true,
                Some(sign @ ('¥' | '\\' | '$' | '€' | '£')) if front.currency.is_none() => {
                    front.currency = Unit::parse(sign.encode_utf8(&mut [0; 4]));
                }
                _ => return front,
            }
            rest.skip();
        }
    }
}

/// What has not been read yet.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn peek(&self) -> Option<char> {
        self.0.chars().next()
    }

    fn skip(&mut self) {
        let mut characters = self.0.chars();
        characters.next();
        self.0 = characters.as_str();
    }

    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start_matches(is_space);
    }

    fn take(&mut self, character: char) -> bool {
        let rest = self.0.strip_prefix(character);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

/// A number of digits and of the words for powers of ten, which go down: 1億2,000万, 三千五百.
fn composite(rest: &mut Rest<'_>) -> Option<Decimal> {
    let mut total = Decimal::ZERO;
    let mut section = None;
    let mut current = None;
    let (mut below, mut below_myriad) = (4, i32::MAX);
    while let Some(character) = rest.peek() {
        if let Some(power) = small_power(character) {
            if power >= below {
                return None;
            }
            below = power;
            let digits: Decimal = current.take().unwrap_or(Decimal::ONE);
            section = Some(sum(section, Some(digits.times_ten_to(power)))?);
            rest.skip();
        } else if let Some(power) = myriad(character) {
            let count = sum(section.take(), current.take())?;
            if power >= below_myriad {
                return None;
            }
            (below, below_myriad) = (4, power);
            total = total.plus(count.times_ten_to(power))?;
            rest.skip();
            if !rest.peek().is_some_and(begins_number) {
                return Some(total);
            }
        } else if current.is_none() && begins_number(character) {
            current = Some(literal(rest)?);
        } else {
            break;
        }
    }
    total.plus(sum(section, current)?)
}

/// `None` without either.
fn sum(one: Option<Decimal>, other: Option<Decimal>) -> Option<Decimal> {
    match (one, other) {
        (Some(one), Some(other)) => one.plus(other),
        (one, other) => one.or(other),
    }
}

fn begins_number(character: char) -> bool {
    character.is_ascii_digit()
        || character == '.'
        || kanji_digit(character).is_some()
        || small_power(character).is_some()
}

fn small_power(character: char) -> Option<i32> {
    match character {
        '十' | '拾' => Some(1),
        '百' => Some(2),
        '千' | '阡' => Some(3),
        _ => None,
    }
}

fn myriad(character: char) -> Option<i32> {
    match character {
        '万' | '萬' => Some(4),
        '億' => Some(8),
        '兆' => Some(12),
        '京' => Some(16),
        _ => None,
    }
}

fn kanji_digit(character: char) -> Option<i128> {
    let plain = DIGITS.iter().position(|digit| *digit == character);
    let plain = plain.and_then(|digit| i128::try_from(digit).ok());
    plain.or_else(|| {
        FORMAL
            .iter()
            .find(|(digit, _)| *digit == character)
            .map(|(_, value)| *value)
    })
}

/// Digits of one script, with commas by threes, a point and an exponent.
fn literal(rest: &mut Rest<'_>) -> Option<Decimal> {
    if rest.peek().is_some_and(|c| kanji_digit(c).is_some()) {
        return kanji_literal(rest);
    }
    let length = rest.0.find(|c: char| !(c.is_ascii_digit() || c == ','));
    let (whole, after) = rest.0.split_at(length.unwrap_or(rest.0.len()));
    let digits = digits_by_threes(whole)?;
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => {
            let length = after.find(|c: char| !c.is_ascii_digit());
            let (fraction, after) = after.split_at(length.unwrap_or(after.len()));
            (Some(fraction), after)
        }
        None => (None, after),
    };
    if fraction == Some("") || whole.is_empty() && fraction.is_none() {
        return None;
    }
    let fraction = fraction.unwrap_or("");
    let all = format!("{digits}{fraction}");
    let mantissa = all.parse().ok()?;
    let decimals = i32::try_from(fraction.len()).ok()?;
    let (exponent, after) = scientific(after).unwrap_or((0, after));
    rest.0 = after;
    Some(Decimal {
        mantissa,
        exponent: exponent - decimals,
    })
}

fn digits_by_threes(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    let mut has_more = false;
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        digits.push_str(group);
        has_more = true;
    }
    let fits = !has_more || (1..=3).contains(&first.len());
    fits.then_some(digits)
}

/// `E+05` as spreadsheets write it.
fn scientific(text: &str) -> Option<(i32, &str)> {
    let after = text.strip_prefix(['E', 'e'])?;
    let (sign, digits) = match after.strip_prefix(['+', '-']) {
        Some(digits) if after.starts_with('-') => (-1, digits),
        Some(digits) => (1, digits),
        None => (1, after),
    };
    let length = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let exponent: i32 = digits[..length].parse().ok()?;
    (exponent <= 300).then_some((sign * exponent, &digits[length..]))
}

fn kanji_literal(rest: &mut Rest<'_>) -> Option<Decimal> {
    let mut mantissa: i128 = 0;
    while let Some(digit) = rest.peek().and_then(kanji_digit) {
        mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
        rest.skip();
    }
    Some(Decimal::integer(mantissa))
}

/// Numbers of kanji inside of a text as digits: 令和二年十一月 as 令和2年11月.
pub(crate) fn with_digits(text: &str) -> String {
    let mut digits = String::with_capacity(text.len());
    let mut rest = Rest(text);
    while let Some(character) = rest.peek() {
        let is_number = kanji_digit(character).is_some() || small_power(character).is_some();
        let before = rest.0;
        match is_number.then(|| composite(&mut rest)).flatten() {
            Some(number) if rest.0.len() < before.len() => {
                digits.push_str(&number.to_double().to_string());
            }
            _ => {
                rest.0 = before;
                digits.push(character);
                rest.skip();
            }
        }
    }
    digits
}
