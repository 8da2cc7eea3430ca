//! From the one way in which statements write their values to that of a server.

/// Turns `?1`, `?2`, … into `$1`, `$2`, … for a server that numbers values, and else into `?`:
/// then the places of the values to bind are answered, in order. No statement of ours has a
/// question mark in a text or a name: group names are the users', so whatever stands in quotes
/// is passed over.
pub(super) fn rendered(sql: &str, numbered: bool) -> (String, Option<Vec<usize>>) {
    let mut text = String::with_capacity(sql.len());
    let mut order = Vec::new();
    let mut quote = None;
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '"' | '\'' | '`') => quote = Some(letter),
            _ => {}
        }
        if quote.is_some() || letter != '?' {
            text.push(letter);
            continue;
        }
        text.push(if numbered { '$' } else { '?' });
        let mut number = 0;
        while let Some(digit) = letters.peek().and_then(|next| next.to_digit(10)) {
            number = number * 10 + digit as usize;
            letters.next();
        }
        if numbered {
            text.push_str(&number.to_string());
        } else {
            order.push(number - 1);
        }
    }
    (text, (!numbered).then_some(order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_or_counted() {
        let sql = "UPDATE t SET a = ?2 WHERE b = ?1 AND a <= ?2 AND c = ?10";
        assert_eq!(
            rendered(sql, true),
            (
                "UPDATE t SET a = $2 WHERE b = $1 AND a <= $2 AND c = $10".to_owned(),
                None
            )
        );
        assert_eq!(
            rendered(sql, false),
            (
                "UPDATE t SET a = ? WHERE b = ? AND a <= ? AND c = ?".to_owned(),
                Some(vec![1, 0, 1, 9])
            )
        );
    }

    #[test]
    fn a_question_mark_in_a_name_is_no_value() {
        for sql in [r#"SELECT "who?1""" " FROM t"#, "SELECT `who?1`` ` FROM t"] {
            assert_eq!(rendered(sql, false), (sql.to_owned(), Some(Vec::new())));
        }
    }
}
