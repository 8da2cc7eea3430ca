//! An import: what became of its rows, what was wrong, and its removal.

use askama::Template;

use super::data::{Import, ProblemPage, read};
use super::room::ROOT;
use super::shown::{
    ProblemRow, code_word, counts, import_path, mapping_of, mapping_path, moment, short, state,
};
use crate::access::Role;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, number, query};

#[derive(Template)]
#[template(path = "systems/prediction/pages/import.html")]
struct ImportShown<'a> {
    frame: &'a Frame,
    import: &'a Import,
    state: Markup,
    job: String,
    figures: Vec<(String, String)>,
    facts: Vec<(String, String)>,
    mapping: String,
    mapping_href: Option<String>,
    ago: Markup,
    exact: Markup,
    tables: Vec<TableRow>,
    has_problems: bool,
    /// Value, word and whether it is chosen.
    codes: Vec<(String, String, bool)>,
    columns: Vec<(String, String, bool)>,
    problems: Vec<ProblemRow>,
    is_first: bool,
    first: String,
    next: Option<String>,
    may_remove: bool,
    remove: String,
    question: String,
}

struct TableRow {
    into: String,
    counts: [String; 4],
    /// What shows its rows in the database.
    line: String,
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let data = format!("/v1/imports/{id}");
    let import: Import = read(asked.get(&data).await?);
    let filters = ["code", "column"].map(|name| (name, asked.parameter(name)));
    let after = asked.parameter("after");
    let mut parameters = filters.to_vec();
    parameters.push(("after", after.clone()));
    parameters.push(("counts", "true".to_owned()));
    let problems = format!("{data}/problems{}", query(&parameters));
    let page: ProblemPage = read(asked.get(&problems).await?);
    let frame = &asked.frame.clone().with_data(data);
    let here = import_path(&import.id);
    let with = |more: &[(&str, String)]| {
        let own = filters.iter().cloned();
        let all: Vec<_> = own.chain(more.iter().cloned()).collect();
        frame.path(&format!("{here}{}#problems", query(&all)))
    };
    let [(_, code), (_, column)] = &filters;
    let codes = page.counts.iter().map(|count| count.code.as_str());
    let codes = counted(codes, |own| {
        let own = page.counts.iter().filter(|count| count.code == own);
        own.map(|count| count.problems).sum()
    });
    let columns = page.counts.iter();
    let columns = columns.filter_map(|count| count.column.as_deref());
    let columns = counted(columns, |own| {
        let own = page
            .counts
            .iter()
            .filter(|count| count.column.as_deref() == Some(own));
        own.map(|count| count.problems).sum()
    });
    let (ago, exact) = moment(frame, &import.at);
    let rows = import.problems;
    let removed = import.rows.inserted + import.rows.updated + import.rows.unchanged;
    let template = ImportShown {
        state: state(frame, &import.state),
        job: frame.path(&format!("/jobs/{}", import.job_id)),
        figures: figures(frame, &import),
        facts: facts(frame, &import),
        mapping: mapping_of(&import),
        mapping_href: import
            .mapping_version
            .map(|_| frame.path(&mapping_path(&import.mapping))),
        ago,
        exact,
        tables: tables(&import),
        has_problems: rows > 0,
        codes: codes
            .into_iter()
            .map(|(own, count)| {
                let word = format!("{} ({})", code_word(frame, own), number(count));
                (own.to_owned(), word, own == code)
            })
            .collect(),
        columns: columns
            .into_iter()
            .map(|(own, count)| {
                let word = format!("{own} ({})", number(count));
                (own.to_owned(), word, own == column)
            })
            .collect(),
        problems: page
            .problems
            .iter()
            .enumerate()
            .map(|(no, problem)| ProblemRow::of(frame, no, problem))
            .collect(),
        is_first: after.is_empty(),
        first: with(&[]),
        next: page.next.map(|next| with(&[("after", next.to_string())])),
        may_remove: frame.has_role(Role::Admin),
        remove: frame.path(&format!("{here}/remove")),
        question: frame.words.count("imports-remove-ask", removed),
        import: &import,
        frame,
    };
    Answer::page(&template)
}

pub(super) async fn remove(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    asked.delete(&format!("/v1/imports/{id}")).await?;
    Ok(asked.elsewhere(ROOT))
}

/// Each name once, in order, with how many there are of it.
fn counted<'n>(
    names: impl Iterator<Item = &'n str>,
    count: impl Fn(&str) -> u64,
) -> Vec<(&'n str, u64)> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let counted = names.into_iter().map(|name| (name, count(name)));
    counted.collect()
}

fn figures(frame: &Frame, import: &Import) -> Vec<(String, String)> {
    let [inserted, updated, unchanged, replaced] = counts(import.rows);
    vec![
        (frame.say("imports-inserted"), inserted),
        (frame.say("imports-updated"), updated),
        (frame.say("imports-unchanged"), unchanged),
        (frame.say("imports-replaced"), replaced),
        (frame.say("imports-problems"), number(import.problems)),
    ]
}

fn facts(frame: &Frame, import: &Import) -> Vec<(String, String)> {
    let strict = match import.strict {
        true => "imports-yes",
        false => "imports-no",
    };
    let facts = [
        ("imports-format", import.format.clone()),
        ("imports-digest", Some(short(&import.sha256))),
        ("imports-output", import.output.clone()),
        ("imports-strict", Some(frame.say(strict))),
        ("started-by", import.started_by.clone()),
    ];
    let facts = facts.into_iter();
    let facts = facts.filter_map(|(name, value)| Some((frame.say(name), value?)));
    facts.collect()
}

fn tables(import: &Import) -> Vec<TableRow> {
    let rows = import.tables.iter().map(|table| TableRow {
        counts: counts(table.rows),
        line: format!(
            "SELECT * FROM {} WHERE _import_id = '{}'",
            table.into, import.id
        ),
        into: table.into.clone(),
    });
    rows.collect()
}

/// The path of the problems of an import, for lists of few.
pub(super) fn problems_path(id: &str, limit: u32) -> String {
    format!("/v1/imports/{}/problems?limit={limit}", encoded(id))
}
