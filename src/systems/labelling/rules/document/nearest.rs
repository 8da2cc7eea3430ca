//! Names that are not known, and the known one that was probably meant.

use strsim::damerau_levenshtein;

/// Characters of a name that are shown, and compared.
const SHOWN: usize = 40;

/// `did you mean match_type?`, or all that are known.
pub fn did_you_mean(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}

/// The known name that is most alike, if any is.
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let name: String = name.chars().take(SHOWN).collect::<String>().to_lowercase();
    let distances = known
        .iter()
        .map(|known| (damerau_levenshtein(&name, &known.to_lowercase()), *known));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    let length = name.chars().count().max(nearest.chars().count());
    (distance * 3 <= length.max(3)).then_some(nearest)
}

/// The beginning of a text that strangers wrote.
pub fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
