//! Variables that look like ones that are read and are not: `AUDIENCE_SERVER_BIND` for
//! `AUDIENCE__SERVER__BIND`, `AUDIENCE_TOKN` for `AUDIENCE_TOKEN`.

use super::layers::{PREFIX, variable_of};

/// Those that are read and are not settings, behind the prefix.
const OTHERS: [&str; 4] = ["CA", "ENV", "SETTINGS", "TOKEN"];

/// A warning for each, with the name that was meant. `sections` are the keys at the top of the
/// files, `keys` all of them, with dots.
pub(super) fn warnings<'s>(
    names: impl Iterator<Item = String>,
    sections: impl Iterator<Item = &'s str> + Clone,
    keys: &[String],
) -> Vec<String> {
    let mut warnings: Vec<String> = names
        .filter_map(|name| {
            let upper = name.to_uppercase();
            if let Some(meant) = meant(&upper, sections.clone(), keys) {
                return Some(format!(
                    "variable {name}: ignored: two underscores stand in front of each part of a key; \
                     expected {meant}"
                ));
            }
            let meant = resembles(&upper)?;
            (name != meant).then(|| {
                format!("variable {name}: ignored: there is none of this name; did you mean {meant}?")
            })
        })
        .collect();
    warnings.sort();
    warnings
}

fn meant<'s>(
    name: &str,
    mut sections: impl Iterator<Item = &'s str>,
    keys: &[String],
) -> Option<String> {
    let key = name.strip_prefix(PREFIX)?.strip_prefix('_')?;
    if key.starts_with('_') {
        return None;
    }
    let is_of_section = |section: &&str| {
        let rest = key.strip_prefix(&section.to_uppercase());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let section = sections.find(is_of_section)?;
    let plain = |key: &str| key.replace('.', "_").replace("__", "_").to_uppercase();
    let known = keys.iter().find(|known| plain(known) == plain(key));
    Some(known.map_or_else(
        || {
            let rest = key[section.len()..].trim_start_matches('_');
            variable_of(format!("{section}.{rest}").trim_end_matches('.'))
        },
        |known| variable_of(known),
    ))
}

/// The variable that this one may be meant to be; it may be one itself.
fn resembles(name: &str) -> Option<String> {
    let own = name.strip_prefix(PREFIX)?.strip_prefix('_')?;
    let near = OTHERS.into_iter().map(|other| {
        let letters = strsim::osa_distance(own, other);
        (letters, other)
    });
    // Of a short name hardly anything is left if more is wrong.
    let near = near.filter(|(letters, other)| *letters <= (other.len() - 1) / 2);
    let (_, other) = near.min()?;
    Some(format!("{PREFIX}_{other}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_with_one_underscore_is_warned_of_with_the_right_name() {
        let keys = ["server.bind", "server.max_body_bytes", "sources.sample.url"];
        let keys = keys.map(str::to_owned);
        let sections = ["server", "sources", "log"].into_iter();
        for (name, expected) in [
            ("AUDIENCE_SERVER_BIND", Some("AUDIENCE__SERVER__BIND")),
            ("AUDIENCE_SERVER__BIND", Some("AUDIENCE__SERVER__BIND")),
            ("audience_server_bind", Some("AUDIENCE__SERVER__BIND")),
            (
                "AUDIENCE_SERVER_MAX_BODY_BYTES",
                Some("AUDIENCE__SERVER__MAX_BODY_BYTES"),
            ),
            (
                "AUDIENCE_SOURCES_SAMPLE_URL",
                Some("AUDIENCE__SOURCES__SAMPLE__URL"),
            ),
            ("AUDIENCE_LOG_LEVEL", Some("AUDIENCE__LOG__LEVEL")),
            ("AUDIENCE__SERVER__BIND", None),
            ("AUDIENCE_SERVERS", None),
            ("AUDIENCE_SETTINGS", None),
            ("AUDIENCE_ENV", None),
            ("AUDIENCE_TEST_POSTGRES", None),
            ("OTHER_SERVER_BIND", None),
        ] {
            let warnings = warnings([name.to_owned()].into_iter(), sections.clone(), &keys);
            let expected: Vec<String> = expected
                .iter()
                .map(|meant| {
                    format!(
                        "variable {name}: ignored: two underscores stand in front of each part of a \
                         key; expected {meant}"
                    )
                })
                .collect();
            assert_eq!(warnings, expected);
        }
    }

    #[test]
    fn a_variable_that_resembles_another_one_is_warned_of() {
        let sections = ["server"].into_iter();
        for (name, meant) in [
            ("AUDIENCE_TOKN", Some("AUDIENCE_TOKEN")),
            ("AUDIENCE_TOEKN", Some("AUDIENCE_TOKEN")),
            ("AUDIENCE_TOKENS", Some("AUDIENCE_TOKEN")),
            ("AUDIENCE_SETTING", Some("AUDIENCE_SETTINGS")),
            ("AUDIENCE_SETINGS", Some("AUDIENCE_SETTINGS")),
            ("AUDIENCE_ENVV", Some("AUDIENCE_ENV")),
            ("audience_env", Some("AUDIENCE_ENV")),
            ("AUDIENCE_TOKEN", None),
            ("AUDIENCE_SETTINGS", None),
            ("AUDIENCE_ENV", None),
            ("AUDIENCE_CA", None),
            // Those of runs, workers and tests.
            ("AUDIENCE_JOB", None),
            ("AUDIENCE_RUN", None),
            ("AUDIENCE_PROJECT", None),
            ("AUDIENCE_ATTEMPT", None),
            ("AUDIENCE_COMMIT", None),
            ("AUDIENCE_SECRET_TOKEN", None),
            ("AUDIENCE_WORKER_SERVER", None),
            ("AUDIENCE_TEST_CA", None),
            ("AUDIENCE", None),
            ("AUTH_TOKEN", None),
        ] {
            let found = warnings([name.to_owned()].into_iter(), sections.clone(), &[]);
            let expected = meant.map(|meant| {
                format!(
                    "variable {name}: ignored: there is none of this name; did you mean {meant}?"
                )
            });
            assert_eq!(found, Vec::from_iter(expected));
        }
    }
}
