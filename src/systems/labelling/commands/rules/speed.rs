//! `audience rules speed`, which `scripts/bench rules` calls: how long sets take to compile, to look
//! through texts and to explain one, on one thread and without anything around it.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::outcome::{Outcome, read_good};
use crate::process;
use crate::systems::labelling::label::rules as keyword_model;
use crate::systems::labelling::rules::explain::Explainer;
use crate::systems::labelling::rules::matching::{Compiled, Row, Verdict};
use crate::systems::labelling::rules::set::{Field, Fields, NodeKind, RuleSet};

/// Texts that are explained.
const EXPLAINED: usize = 200;

#[derive(Debug, Args)]
pub(super) struct SpeedArguments {
    /// Sets to compare, in any form
    #[arg(value_name = "RULES", required = true)]
    rules: Vec<PathBuf>,
    /// A text a line, the contents of rows
    #[arg(long, value_name = "PATH")]
    texts: PathBuf,
    /// So many of them, from the first again when they end
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    rows: usize,
    /// All sets in turn, so often
    #[arg(long, value_name = "N", default_value_t = 3)]
    runs: usize,
    /// Compare with a keyword_model of the keywords of the first set
    #[arg(long)]
    keyword_model: bool,
}

/// A set, and what was measured.
struct Measured {
    set: RuleSet,
    compiled: Compiled,
    compile_s: f64,
    resident_bytes: f64,
    runs: Vec<Run>,
}

/// All texts, once.
#[derive(Serialize)]
struct Run {
    match_s: f64,
    with_rules_s: f64,
    labels: usize,
    true_rules: usize,
}

pub(super) fn run(arguments: &SpeedArguments) -> Outcome {
    let texts = match std::fs::read_to_string(&arguments.texts) {
        Ok(texts) => texts,
        Err(error) => {
            let path = arguments.texts.display();
            return Outcome::bad_usage(&format!("failed to read {path}: {error}"));
        }
    };
    let texts: Vec<&str> = texts.lines().cycle().take(arguments.rows).collect();
    match measure(arguments, &texts) {
        Ok(figures) => Outcome {
            document: Some(figures.to_string()),
            ..Outcome::default()
        },
        Err(outcome) => outcome,
    }
}

fn measure(arguments: &SpeedArguments, texts: &[&str]) -> Result<Value, Outcome> {
    let mut sets = Vec::new();
    for path in &arguments.rules {
        sets.push(compiled(path)?);
    }
    let matcher = match arguments.keyword_model {
        true => Some(matcher_of(&sets[0].set)?),
        false => None,
    };
    let mut of_matcher = Vec::new();
    for _ in 0..arguments.runs {
        of_matcher.extend(
            matcher
                .as_ref()
                .map(|matcher| look_as_before(matcher, texts)),
        );
        for measured in &mut sets {
            let run = look(&measured.compiled, texts);
            measured.runs.push(run);
        }
    }
    let figures = sets.iter().zip(&arguments.rules).map(|(measured, path)| {
        json!({
            "rules": path.display().to_string(),
            "compile_s": measured.compile_s,
            "compiled_bytes": measured.compiled.heap_bytes(),
            "resident_bytes": measured.resident_bytes,
            "runs": measured.runs,
            "explain_ms": explain(measured, texts),
        })
    });
    Ok(json!({"sets": figures.collect::<Vec<_>>(), "keyword_model_s": of_matcher}))
}

fn compiled(path: &Path) -> Result<Measured, Outcome> {
    let mut set = read_good(path, false)?.set;
    if set.fields.is_empty() {
        set.fields = Fields::one(Field::Content);
    }
    let before = process::memory().bytes;
    let begun = Instant::now();
    let compiled = Compiled::of(&set);
    let compile_s = begun.elapsed().as_secs_f64();
    let resident_bytes = process::memory().bytes - before;
    match compiled {
        Ok(compiled) => Ok(Measured {
            set,
            compiled,
            compile_s,
            resident_bytes,
            runs: Vec::new(),
        }),
        Err(error) => Err(Outcome::bad_usage(&error.to_string())),
    }
}

/// With what is stored beside each label, as a job does it.
fn look(compiled: &Compiled, texts: &[&str]) -> Run {
    let mut run = Run {
        match_s: 0.0,
        with_rules_s: 0.0,
        labels: 0,
        true_rules: 0,
    };
    let mut scratch = compiled.scratch();
    let mut verdict = Verdict::default();
    for with_rules in [false, true] {
        let begun = Instant::now();
        for text in texts {
            let row = Row::default().with(Field::Content, Some(text));
            match with_rules {
                true => compiled.find_with_rules(row, &mut scratch, &mut verdict),
                false => compiled.find(row, &mut scratch, &mut verdict),
            }
            for label in &verdict.labels {
                black_box(compiled.meta(row, &mut scratch, &label.reported));
            }
            run.labels += usize::from(!with_rules) * verdict.labels.len();
            run.true_rules += verdict.true_rules.len();
        }
        let took = begun.elapsed().as_secs_f64();
        match with_rules {
            true => run.with_rules_s = took,
            false => run.match_s = took,
        }
    }
    run
}

/// Milliseconds of each text, the fastest first.
fn explain(measured: &Measured, texts: &[&str]) -> Vec<f64> {
    let explainer = Explainer::new(&measured.set, &measured.compiled);
    let mut took: Vec<f64> = texts
        .iter()
        .take(EXPLAINED)
        .map(|text| {
            let begun = Instant::now();
            // What cannot be looked for in time took as long as it may.
            let row = Row::default().with(Field::Content, Some(text));
            black_box(explainer.explain(row)).ok();
            begun.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took
}

/// The keywords of a set, in the words of the model that only knows keywords.
fn matcher_of(set: &RuleSet) -> Result<keyword_model::Matcher, Outcome> {
    let mut labels = serde_json::Map::new();
    for label in &set.labels {
        let rules = label.rules.iter().filter_map(|rule| match &rule.tree.kind {
            NodeKind::Keyword(keyword) => Some(json!([keyword.text, keyword.match_type.as_str()])),
            _ => None,
        });
        labels.insert(label.name.clone(), rules.collect());
    }
    let allowance = keyword_model::Allowance::default();
    let kind = keyword_model::RuleKind::KeywordModel;
    let body = Value::Object(labels);
    keyword_model::RuleSet::from_body("rules", &body, kind, &allowance)
        .and_then(|loaded| {
            let mut same = loaded.set;
            same.row_labels = set.row_labels;
            same.normalize = set.normalize;
            same.case_sensitive = set.case_sensitive;
            keyword_model::Matcher::compile(&same, &allowance)
        })
        .map_err(|error| Outcome::bad_usage(&error.without_paths()))
}

fn look_as_before(matcher: &keyword_model::Matcher, texts: &[&str]) -> f64 {
    let mut scratch = matcher.scratch();
    let mut hits = Vec::new();
    let begun = Instant::now();
    for text in texts {
        matcher.find(text, &mut scratch, &mut hits);
        for hit in &hits {
            black_box(matcher.meta(hit));
        }
    }
    begun.elapsed().as_secs_f64()
}
