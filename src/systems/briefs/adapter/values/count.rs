//! Counts as platforms write them: `12`, `1,234`, `1.2万`, `3w+`, `10万+`, `1.5亿`, `2k`.

use unicode_normalization::UnicodeNormalization;

/// What a text counts; `Ok(None)` if it says that nothing is known, `Err` if it is no count.
pub(crate) fn count(text: &str) -> Result<Option<i64>, ()> {
    let folded: String = text.nfkc().filter(|found| !found.is_whitespace()).collect();
    let folded = folded.to_lowercase();
    let digits = folded.strip_suffix('+').unwrap_or(&folded);
    if matches!(digits, "" | "-" | "--" | "—" | "–" | "−") {
        return Ok(None);
    }
    let (digits, factor) = scaled(digits);
    let digits = without_commas(digits).ok_or(())?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || digits.ends_with('.') {
        return Err(());
    }
    let whole: i64 = whole.parse().map_err(|_| ())?;
    let mut value = whole.checked_mul(factor).ok_or(())?;
    // Digits beyond the ones are cut, as the platform has cut them.
    let mut worth = factor;
    for digit in fraction.bytes() {
        worth /= 10;
        value = value
            .checked_add(i64::from(digit - b'0') * worth)
            .ok_or(())?;
    }
    Ok(Some(value))
}

/// A number without its unit, and what the unit multiplies it by.
fn scaled(text: &str) -> (&str, i64) {
    const UNITS: [(&str, i64); 10] = [
        ("亿", 100_000_000),
        ("億", 100_000_000),
        ("千万", 10_000_000),
        ("百万", 1_000_000),
        ("万", 10_000),
        ("萬", 10_000),
        ("w", 10_000),
        ("千", 1_000),
        ("k", 1_000),
        ("m", 1_000_000),
    ];
    let unit = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
    unit.unwrap_or((text, 1))
}

/// A number without the commas between its thousands; `None` if they stand elsewhere.
fn without_commas(text: &str) -> Option<String> {
    if !text.contains(',') {
        return Some(text.to_owned());
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let are_thousands = groups.all(|group| group.len() == 3);
    if first.is_empty() || first.len() > 3 || !are_thousands {
        return None;
    }
    let mut number = whole.replace(',', "");
    if let Some(fraction) = fraction {
        number.push('.');
        number.push_str(fraction);
    }
    Some(number)
}
