//! Compares figures of a job with thresholds. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::Thresholds;
use crate::systems::labelling::rules::health::{Figure, Report};

/// What people have said of the rule set and its results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reviewed {
    /// Of the gold of the set, the share that is as people said; `None`: it has none.
    pub gold: Option<f64>,
    /// By label, the lower end of its precision.
    pub precision: BTreeMap<String, f64>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub breaches: Vec<Breach>,
    /// Thresholds that nothing could be compared with, and why.
    pub not_judged: Vec<String>,
}

/// A figure that is not as its threshold wants it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    pub key: String,
    /// Of thresholds of labels.
    pub label: Option<String>,
    #[serde(serialize_with = "as_number")]
    pub figure: f64,
    #[serde(serialize_with = "as_number")]
    pub threshold: f64,
}

/// Breaches that one sentence names.
const NAMED: usize = 3;

impl Judgement {
    /// `None`: nothing was counted of the job.
    pub fn of(thresholds: &Thresholds, report: Option<&Report>, reviewed: &Reviewed) -> Self {
        let mut judgement = Self::default();
        match report {
            Some(report) => judgement.judge_report(thresholds, report),
            None => judgement.judge_nothing(thresholds),
        }
        if let Some(least) = thresholds.gold_min {
            let gold = reviewed.gold.ok_or("the rule set has no gold");
            judgement.least("gold_min", None, least, gold);
        }
        for (label, least) in &thresholds.precision_min {
            let found = reviewed.precision.get(label).copied();
            judgement.least(
                "precision_min",
                Some(label),
                *least,
                found.ok_or("no review"),
            );
        }
        judgement
    }

    fn judge_report(&mut self, thresholds: &Thresholds, report: &Report) {
        let share = |figure: Option<Figure>, why| match (report.received, figure) {
            (0, _) => Err("no rows were received"),
            (_, None) => Err(why),
            (_, Some(Figure(figure))) => Ok(figure),
        };
        let of_members = |moved: Option<u64>| match (moved, report.members_before) {
            (Some(_), Some(0)) => Err("the earlier job has no members"),
            (Some(moved), Some(before)) => Ok(Figure::share(moved, before).0),
            _ => Err("there is no earlier job"),
        };
        let coverage = share(Some(report.coverage), "");
        if let Some(least) = thresholds.coverage_min {
            self.least("coverage_min", None, least, coverage);
        }
        let overlap = share(report.overlap, "it is not known of these rules");
        let conflict = share(report.conflict, "authors were not counted");
        let drift = share(report.drift, "there is no earlier job");
        for (key, most, figure) in [
            ("coverage_max", thresholds.coverage_max, coverage),
            ("overlap_max", thresholds.overlap_max, overlap),
            ("conflict_max", thresholds.conflict_max, conflict),
            ("drift_max", thresholds.drift_max, drift),
            (
                "entered_max",
                thresholds.entered_max,
                of_members(report.entered),
            ),
            ("left_max", thresholds.left_max, of_members(report.left)),
        ] {
            if let Some(most) = most {
                self.most(key, most, figure);
            }
        }
        for (label, least) in &thresholds.label_members_min {
            let members = report.labels.get(label).and_then(|label| label.members);
            let members = members.map(|members| members as f64);
            let members = members.ok_or("members were not counted");
            self.least("label_members_min", Some(label), *least as f64, members);
        }
    }

    fn judge_nothing(&mut self, thresholds: &Thresholds) {
        let of_job = [
            ("coverage_min", thresholds.coverage_min),
            ("coverage_max", thresholds.coverage_max),
            ("overlap_max", thresholds.overlap_max),
            ("conflict_max", thresholds.conflict_max),
            ("drift_max", thresholds.drift_max),
            ("entered_max", thresholds.entered_max),
            ("left_max", thresholds.left_max),
        ];
        let why = "nothing was counted of the job";
        for (key, _) in of_job.into_iter().filter(|(_, given)| given.is_some()) {
            self.skip(key, None, why);
        }
        for label in thresholds.label_members_min.keys() {
            self.skip("label_members_min", Some(label), why);
        }
    }

    fn least(
        &mut self,
        key: &str,
        label: Option<&str>,
        threshold: f64,
        figure: Result<f64, &'static str>,
    ) {
        match figure {
            Ok(figure) if figure < threshold => self.breach(key, label, figure, threshold),
            Ok(_) => {}
            Err(why) => self.skip(key, label, why),
        }
    }

    fn most(&mut self, key: &str, threshold: f64, figure: Result<f64, &'static str>) {
        match figure {
            Ok(figure) if figure > threshold => self.breach(key, None, figure, threshold),
            Ok(_) => {}
            Err(why) => self.skip(key, None, why),
        }
    }

    fn breach(&mut self, key: &str, label: Option<&str>, figure: f64, threshold: f64) {
        self.breaches.push(Breach {
            key: key.to_owned(),
            label: label.map(str::to_owned),
            figure,
            threshold,
        });
    }

    fn skip(&mut self, key: &str, label: Option<&str>, why: &str) {
        let label = label.map(|label| format!(".{label}"));
        let label = label.unwrap_or_default();
        self.not_judged.push(format!("{key}{label}: {why}"));
    }

    /// The breaches in a sentence.
    pub fn sentence(&self) -> String {
        let named: Vec<String> = self
            .breaches
            .iter()
            .take(NAMED)
            .map(Breach::to_string)
            .collect();
        let named = named.join("; ");
        match self.breaches.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named}; and {more} more"),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (figure, threshold) = (Figure(self.figure).rounded(), self.threshold);
        let bound = match self.key.ends_with("_min") {
            true => "at least",
            false => "at most",
        };
        match &self.label {
            Some(label) => write!(formatter, "{}.{label}", self.key)?,
            None => write!(formatter, "{}", self.key)?,
        }
        write!(
            formatter,
            ": the figure is {figure}, expected {bound} {threshold}"
        )
    }
}

/// With six decimals at most, and none where it is a whole number.
fn as_number<S: Serializer>(figure: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    let rounded = Figure(*figure).rounded();
    match rounded.fract() == 0.0 && rounded.abs() < 1e15 {
        true => serializer.serialize_i64(rounded as i64),
        false => serializer.serialize_f64(rounded),
    }
}
