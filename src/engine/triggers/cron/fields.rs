//! The five fields of a cron expression: `*`, numbers, names, ranges, steps, lists.

/// What a field may hold.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Of the numbers from `least` up.
    words: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        least: 0,
        most: 59,
        words: &[],
    },
    Field {
        name: "hour",
        least: 0,
        most: 23,
        words: &[],
    },
    Field {
        name: "day of the month",
        least: 1,
        most: 31,
        words: &[],
    },
    Field {
        name: "month",
        least: 1,
        most: 12,
        words: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    // Sunday is 0 and 7.
    Field {
        name: "day of the week",
        least: 0,
        most: 7,
        words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// Days that the months have at most, in leap years.
const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// What is wrong with an expression.
pub(crate) fn faults(text: &str) -> Vec<String> {
    plain(text).err().unwrap_or_default()
}

/// The same expression as lists of numbers, with a `*` where a field is nothing else.
pub(super) fn plain(text: &str) -> Result<String, Vec<String>> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        let count = parts.len();
        return Err(vec![format!(
            "found {count} fields; expected five: {}",
            names.join(", ")
        )]);
    }
    let fields = FIELDS.iter().zip(&parts);
    let (sets, faults): (Vec<_>, Vec<_>) = fields
        .map(|(field, part)| read_field(field, part))
        .partition(Result::is_ok);
    if !faults.is_empty() {
        return Err(faults.into_iter().filter_map(Result::err).collect());
    }
    let sets: Vec<Vec<u32>> = sets.into_iter().flatten().collect();
    let (days, months) = (&sets[2], &sets[3]);
    // A day of the week would be enough by itself.
    let is_any_weekday = parts[4] == "*";
    let exists = |month: &u32| days.iter().any(|day| *day <= DAYS[*month as usize - 1]);
    if is_any_weekday && !months.iter().any(exists) {
        return Err(vec![
            "this day does not exist in any of these months".to_owned(),
        ]);
    }
    let fields = parts.iter().zip(&sets).map(|(part, numbers)| match *part {
        "*" => "*".to_owned(),
        _ => {
            let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
            numbers.join(",")
        }
    });
    Ok(fields.collect::<Vec<_>>().join(" "))
}

/// All numbers of a field.
fn read_field(field: &Field, text: &str) -> Result<Vec<u32>, String> {
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let (first, last) = read_range(field, range, step.is_some())?;
        let step = step.map_or(Ok(1), |step| match step.parse::<u32>() {
            Ok(step) if (1..=field.most).contains(&step) && is_digits(range_end(part)) => Ok(step),
            _ => Err(format!("the {}: invalid step in `{part}`", field.name)),
        })?;
        numbers.extend((first..=last).step_by(step as usize));
    }
    Ok(numbers)
}

fn range_end(part: &str) -> &str {
    part.rsplit('/').next().unwrap_or_default()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn read_range(field: &Field, text: &str, has_step: bool) -> Result<(u32, u32), String> {
    if text == "*" {
        return Ok((field.least, field.most));
    }
    let Some((first, last)) = text.split_once('-') else {
        let first = read_number(field, text)?;
        // `5/10` is from 5 up.
        return Ok((first, if has_step { field.most } else { first }));
    };
    let ends_on_sunday = field.most == 7 && last.eq_ignore_ascii_case("sun");
    let first = read_number(field, first)?;
    // `fri-sun` is `5-7`.
    let last = if ends_on_sunday {
        7
    } else {
        read_number(field, last)?
    };
    if first > last {
        return Err(format!(
            "the {}: the range `{text}` ends before it begins",
            field.name
        ));
    }
    Ok((first, last))
}

fn read_number(field: &Field, text: &str) -> Result<u32, String> {
    let Field {
        name,
        least,
        most,
        words,
    } = field;
    let word = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case(text));
    if let Some(index) = word.and_then(|index| u32::try_from(index).ok()) {
        return Ok(least + index);
    }
    let number = text.parse::<u32>().ok().filter(|_| is_digits(text));
    match number.filter(|number| (*least..=*most).contains(number)) {
        Some(number) => Ok(number),
        None => {
            let expected = match words.first().zip(words.last()) {
                Some((first, last)) => format!("{least} to {most} or {first} to {last}"),
                None => format!("{least} to {most}"),
            };
            let text: String = text.chars().take(20).collect();
            Err(format!("the {name} `{text}`; expected {expected}"))
        }
    }
}
