//! Rows of texts under each other, as wide as a terminal shows them.

use crate::printable::{columns, padded, printable};

/// Places that a text takes at most.
const WIDTH_MAX: usize = 36;

/// The rows as lines, their columns aligned. A text may be of a stranger.
pub(super) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|text| shortened(text)).collect())
        .collect();
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..most)
        .map(|column| {
            let texts = rows.iter().filter_map(|row| row.get(column));
            texts.map(|text| columns(text)).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let texts = row.iter().zip(&widths);
        let texts: Vec<String> = texts.map(|(text, width)| padded(text, *width)).collect();
        texts.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn shortened(text: &str) -> String {
    let text = text.replace(['\n', '\t', '\r'], " ");
    let text = printable(&text);
    if columns(&text) <= WIDTH_MAX {
        return text.into_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if columns(&short) >= WIDTH_MAX - 1 {
            break;
        }
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_places_and_controls_are_shown() {
        let row = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        let lines = aligned(&[row(["店", "1"]), row(["a\nc", "2"]), row(["\u{1b}", "3"])]);
        assert_eq!(lines[0], "店      1");
        assert_eq!(lines[1], "a c     2");
        assert_eq!(lines[2], "\\u{1b}  3");
        let long = aligned(&[vec!["x".repeat(100)]]);
        assert_eq!(long[0], format!("{}…", "x".repeat(35)));
    }
}
