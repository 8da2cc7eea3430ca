//! Rows of texts under each other, as wide as a terminal shows them.

use unicode_width::UnicodeWidthStr;

use crate::printable::printable;

/// Places that a text takes at most.
const WIDTH_MAX: usize = 40;

/// The rows as lines, their columns aligned. A text may be of a stranger.
pub(super) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|text| shortened(text)).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let texts = rows.iter().filter_map(|row| row.get(column));
            texts.map(|text| text.width()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let texts = row.iter().zip(&widths);
        let texts = texts.map(|(text, width)| {
            let missing = width.saturating_sub(text.width());
            format!("{text}{}", " ".repeat(missing))
        });
        texts.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn shortened(text: &str) -> String {
    let text = printable(text);
    if text.width() <= WIDTH_MAX {
        return text.into_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if short.width() >= WIDTH_MAX - 1 {
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
    fn wide_characters_take_two_places() {
        let row = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        let lines = aligned(&[row(["店", "1"]), row(["abc", "2"]), row(["", "3"])]);
        assert_eq!(lines, ["店   1", "abc  2", "     3"]);
    }

    #[test]
    fn a_long_text_is_cut_and_a_control_character_is_shown() {
        let lines = aligned(&[vec!["x".repeat(100)], vec!["\u{1b}[2J".to_owned()]]);
        assert_eq!(lines[0], format!("{}…", "x".repeat(39)));
        assert_eq!(lines[1], "\\u{1b}[2J");
    }
}
