//! The words of a database, without data: an error quotes the rows and statements that it is about.

/// More of a message helps nobody.
const CHARS_MAX: usize = 160;

/// The first line of a message, with everything from its first quotation mark to its last one
/// replaced: a value may itself hold quotation marks. Bytes of texts, which stand there without
/// quotation marks (`0xe5`), are replaced as well.
pub(crate) fn without_data(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let marks: Vec<(usize, char)> = quotation_marks(line).collect();
    let line = match (marks.first(), marks.last()) {
        (Some(&(first, _)), Some(&(last, mark))) if first < last => {
            format!("{}'…'{}", &line[..first], &line[last + mark.len_utf8()..])
        }
        // One mark alone: what it begins has been cut off.
        (Some(&(first, _)), _) => format!("{}'…'", &line[..first]),
        _ => line.to_owned(),
    };
    let words = line.split_whitespace().map(|word| match word {
        bytes if bytes.starts_with("0x") => "…",
        word => word,
    });
    first_line(&words.collect::<Vec<_>>().join(" "))
}

/// The first line of a message as it is, if that is not too long.
pub(crate) fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let text = line.chars().filter(|letter| !letter.is_control());
    text.take(CHARS_MAX).collect()
}

/// An apostrophe within a word (`doesn't`) is none.
fn quotation_marks(line: &str) -> impl Iterator<Item = (usize, char)> {
    const MARKS: [char; 11] = ['\'', '"', '`', '‘', '’', '“', '”', '„', '«', '»', '「'];
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphabetic);
    line.char_indices().filter(move |&(at, mark)| {
        let behind = line[at + mark.len_utf8()..].chars().next();
        let is_within_word =
            mark == '\'' && is_letter(line[..at].chars().next_back()) && is_letter(behind);
        MARKS.contains(&mark) && !is_within_word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_quotation_marks_is_left_out() {
        for (message, words) in [
            ("deadlock detected", "deadlock detected"),
            (
                "Duplicate entry 'o'brien' for key 'PRIMARY'",
                "Duplicate entry '…'",
            ),
            (
                "invalid input syntax for type integer: \"amy\"",
                "invalid input syntax for type integer: '…'",
            ),
            (
                "Table 'secret.rows' doesn't exist",
                "Table '…' doesn't exist",
            ),
            (
                "invalid byte sequence for encoding \"UTF8\": 0xe5 0xaa",
                "invalid byte sequence for encoding '…': … …",
            ),
            ("near 'cut off\nDETAIL: amy", "near '…'"),
            ("a \u{1b}[31mred\u{7} word", "a [31mred word"),
        ] {
            assert_eq!(without_data(message), words);
        }
        assert_eq!(without_data(&"x".repeat(9_000)).len(), CHARS_MAX);
    }
}
