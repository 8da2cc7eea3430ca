//! Keywords as the column of a row has them: joined by commas, which a keyword may hold itself.

use std::collections::BTreeMap;

/// The numbers of the keywords that were joined, in their order. Where a text can be read in several ways it is the
/// one with most keywords: an article that fulfils `a,b` holds `a` and `b`, too.
pub(crate) fn numbers_of(joined: &str, all: &[String]) -> Vec<usize> {
    let text = format!("{joined},");
    let commas = text.match_indices(',').map(|(place, _)| place + 1);
    let beginnings: Vec<usize> = [0].into_iter().chain(commas).collect();
    // Which keywords can follow at each place, until the end.
    let mut behind: BTreeMap<usize, Vec<usize>> = BTreeMap::from([(text.len(), Vec::new())]);
    for (number, keyword) in all.iter().enumerate().rev() {
        let part = format!("{keyword},");
        // What is found at a place only changes what comes in front of it, so that a keyword is taken once.
        for place in &beginnings {
            if !text[*place..].starts_with(&part) {
                continue;
            }
            let Some(rest) = behind.get(&(place + part.len())) else {
                continue;
            };
            let known = behind.get(place).map_or(0, Vec::len);
            if rest.len() + 1 > known {
                let mut found = vec![number];
                found.extend(rest);
                behind.insert(*place, found);
            }
        }
    }
    behind.remove(&0).unwrap_or_default()
}
