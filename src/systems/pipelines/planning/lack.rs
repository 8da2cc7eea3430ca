//! What an instance lacks, in words.
//!
//! An output that is not there is known by its name, `data/x.csv`; one of which there is too little by what
//! there is of it, `only 3 B of data/x.csv` or `only 2 of 5 data/*.csv`.

/// `no data/x.csv`, `only 3 B of data/x.csv`.
pub(crate) fn lack(what: &str) -> String {
    match split(what) {
        Some(_) => what.to_owned(),
        None => format!("no {what}"),
    }
}

/// The output itself.
pub(crate) fn lacked(what: &str) -> &str {
    split(what).unwrap_or(what)
}

/// The output of which there is too little.
fn split(what: &str) -> Option<&str> {
    let (count, rest) = what.strip_prefix("only ")?.split_once(' ')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(count) {
        return None;
    }
    let of_many = rest
        .strip_prefix("of ")
        .and_then(|rest| rest.split_once(' '));
    match of_many {
        Some((min, rest)) if is_number(min) => Some(rest),
        _ => rest.strip_prefix("B of "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_is_not_nothing() {
        for (what, expected, output) in [
            ("data/x.csv", "no data/x.csv", "data/x.csv"),
            ("only 3 B of data/x", "only 3 B of data/x", "data/x"),
            ("only 2 of 5 data/*", "only 2 of 5 data/*", "data/*"),
            ("only me", "no only me", "only me"),
            ("only 3 of us", "no only 3 of us", "only 3 of us"),
        ] {
            assert_eq!((lack(what).as_str(), lacked(what)), (expected, output));
        }
    }
}
