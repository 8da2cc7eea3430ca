//! Recognizes a column that holds no times at all, before a job begins to read it.

/// How many times are looked at. In a larger table the limits for rows whose time cannot be read
/// decide: its first rows say little about the others.
pub(super) const TIMES_CHECKED: u32 = 100;

/// A cell of a column of times.
pub(super) enum FirstTime {
    Readable,
    /// Nothing stands there, which says nothing about the column.
    Blank,
    /// What stands there instead of a time.
    Strange(String),
}

impl FirstTime {
    pub(super) fn of_text(text: &str, is_readable: bool) -> Self {
        if is_readable {
            Self::Readable
        } else if text.trim().is_empty() {
            Self::Blank
        } else {
            Self::Strange("text of another form".to_owned())
        }
    }
}

/// What a column holds if that is not times, from up to `TIMES_CHECKED` cells that are not NULL.
pub(super) fn strange<E>(
    cells: impl Iterator<Item = Result<FirstTime, E>>,
) -> Result<Option<String>, E> {
    let mut strange = None;
    let mut checked = 0;
    for cell in cells {
        match cell? {
            FirstTime::Readable => return Ok(None),
            FirstTime::Blank => {}
            FirstTime::Strange(found) => {
                strange.get_or_insert(found);
            }
        }
        checked += 1;
    }
    Ok(strange.filter(|_| checked < TIMES_CHECKED))
}

#[cfg(test)]
mod tests {
    use super::{FirstTime, TIMES_CHECKED, strange};

    fn of(texts: &[&str]) -> Option<String> {
        let cells = texts.iter().map(|text| {
            let is_readable = text.starts_with("20");
            Ok::<_, ()>(FirstTime::of_text(text, is_readable))
        });
        strange(cells).unwrap()
    }

    #[test]
    fn a_column_is_strange_if_all_of_its_cells_were_seen_and_none_is_a_time() {
        let found = Some("text of another form".to_owned());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["", "  "]), None);
        assert_eq!(of(&["soon"]), found);
        assert_eq!(of(&["", "soon"]), found);
        assert_eq!(of(&["soon", "2020"]), None);
        let many = TIMES_CHECKED as usize;
        assert_eq!(of(&vec!["soon"; many - 1]), found);
        assert_eq!(of(&vec!["soon"; many]), None);
    }
}
