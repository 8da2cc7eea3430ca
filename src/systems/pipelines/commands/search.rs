//! `audience logs --search`: lines of what the commands of an instance have written.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::arguments::Given;
use super::local;
use crate::printable::{counted, printable};
use crate::process::{print_document, print_error_line, print_line};
use crate::systems::pipelines::attempt_logs::AttemptLog;
use crate::systems::pipelines::console::{Findings, Pattern, Side, Wanted};

/// Lines that are printed, at most.
const LINES_MAX: u64 = 1_000;

/// `command` with the options of `logs`.
pub(super) fn with_options(command: Command) -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let lines = clap::value_parser!(u64).range(1..);
    command
        .arg(
            flag("follow")
                .short('f')
                .help("Follow what is written until the job has ended"),
        )
        .arg(
            Arg::new("tail")
                .long("tail")
                .help("Only the last N lines")
                .value_name("N")
                .value_parser(lines),
        )
        .arg(flag("folds").help("Print the parts of the log with their times instead"))
        .arg(
            Arg::new("search")
                .long("search")
                .help("Print the lines that contain TEXT, with their numbers; with --tail N the last N of them")
                .value_name("TEXT")
                .allow_hyphen_values(true)
                .conflicts_with_all(["follow", "folds"]),
        )
        .arg(flag("regex").help("TEXT of --search is a regular expression"))
        .arg(flag("ignore-case").short('i').help("--search ignores case"))
}

/// Takes the options of a search.
pub(super) fn take(given: &mut Given, matches: &ArgMatches) {
    let is_set = |name: &str| matches!(matches.try_get_one::<bool>(name), Ok(Some(true)));
    let text = matches.try_get_one::<String>("search").ok().flatten();
    given.search = text.cloned().or(given.search.take());
    given.regex |= is_set("regex");
    given.ignore_case |= is_set("ignore-case");
}

/// What is looked for in a log.
pub(super) struct Search<'a> {
    text: &'a str,
    given: &'a Given,
}

impl<'a> Search<'a> {
    /// `None`: the whole log is wanted.
    pub(super) fn of(given: &'a Given) -> Option<Self> {
        let text = given.search.as_deref()?;
        Some(Self { text, given })
    }

    fn limit(&self) -> u64 {
        self.given.tail.unwrap_or(LINES_MAX).min(LINES_MAX)
    }

    /// Searches a log that is read here.
    pub(super) async fn print(&self, log: &AttemptLog) -> anyhow::Result<ExitCode> {
        let pattern = match self.given.regex {
            true => Pattern::regex(self.text, self.given.ignore_case),
            false => Pattern::text(self.text, self.given.ignore_case),
        };
        let pattern = match pattern {
            Ok(pattern) => pattern,
            Err(error) => {
                print_error_line(&format!("--search: {error}"));
                return Ok(ExitCode::from(local::BAD_USAGE));
            }
        };
        let wanted = Wanted {
            side: match self.given.tail {
                Some(_) => Side::Before(u64::MAX),
                None => Side::Start,
            },
            limit: usize::try_from(self.limit()).unwrap_or(usize::MAX),
            first_error: false,
        };
        let found = log.search(pattern, wanted).await?;
        Ok(self.show(&document(&found)))
    }

    /// The query of the same search on a server.
    pub(super) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", self.text);
        query.append_pair("regex", &self.given.regex.to_string());
        query.append_pair("ignore_case", &self.given.ignore_case.to_string());
        query.append_pair("limit", &self.limit().to_string());
        if self.given.tail.is_some() {
            query.append_pair("before", &i64::MAX.to_string());
        }
        query.finish()
    }

    /// Prints what was found, as `GET /v1/jobs/{id}/console/search` answers it.
    pub(super) fn show(&self, found: &Value) -> ExitCode {
        let lines = found["lines"].as_array().map_or(&[][..], Vec::as_slice);
        let total = found["total"].as_u64().unwrap_or(0);
        if self.given.json {
            print_document(&found.to_string());
        } else {
            for line in lines {
                let number = line["number"].as_u64();
                let number = number.map_or_else(|| "?".to_owned(), |number| number.to_string());
                let text = line["text"].as_str().unwrap_or_default();
                print_line(&format!("{number}: {}", printable(text)));
            }
            if total > lines.len() as u64 {
                let all = counted(total, "line");
                let others = match self.given.tail {
                    Some(_) => "",
                    None => "; --tail N prints the last N, a longer TEXT fewer",
                };
                print_error_line(&format!("{} of {all}{others}", lines.len()));
            }
        }
        match total {
            0 => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        }
    }
}

fn document(found: &Findings) -> Value {
    let lines = found.hits.iter().map(|hit| {
        let excerpt = &hit.excerpt;
        json!({
            "number": hit.number, "offset": hit.offset, "text": excerpt.text,
            "start": excerpt.matched.start, "end": excerpt.matched.end, "cut": excerpt.is_cut,
        })
    });
    json!({"total": found.total, "lines": lines.collect::<Vec<_>>()})
}
