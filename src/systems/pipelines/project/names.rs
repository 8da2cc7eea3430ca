//! What the placeholders of a template may name.

use std::collections::HashSet;

use chrono::NaiveDateTime;

use super::declaration::{Declared, sample_moment};
use super::fault::{Faults, quoted};
use super::spot::Spot;
use crate::systems::pipelines::values::{
    ParamType, ParamValue, Piece, PlaceholderKind, Scope, Template,
};

/// The names that are known at some place of the file.
#[derive(Clone, Default)]
pub(super) struct Names<'n> {
    /// Nothing is reported while something about the names themselves is wrong.
    is_unclear: bool,
    params: &'n [Declared],
    samples: Vec<(&'n str, ParamValue)>,
    /// Variables of the project.
    env: Option<&'n HashSet<&'n str>>,
    /// Variables of the task, and paths such as `OUT`.
    texts: HashSet<String>,
    /// `now` or `fire`.
    moment: Option<&'static str>,
}

impl<'n> Names<'n> {
    pub fn moment(name: &'static str) -> Self {
        Self {
            moment: Some(name),
            ..Self::default()
        }
    }

    pub fn of_env(env: &'n HashSet<&'n str>) -> Self {
        Self {
            env: Some(env),
            ..Self::default()
        }
    }

    /// `None`: the parameters cannot be made out.
    pub fn with_params(mut self, params: Option<&'n [Declared]>) -> Self {
        self.is_unclear |= params.is_none();
        self.params = params.unwrap_or_default();
        let samples = self.params.iter().filter_map(|declared| {
            let sample = declared.param.as_ref()?.sample()?;
            Some((declared.name.as_str(), sample))
        });
        self.samples = samples.collect();
        self
    }

    pub fn with_moment(mut self, name: &'static str) -> Self {
        self.moment = Some(name);
        self
    }

    pub fn add(&mut self, text: impl Into<String>) {
        self.texts.insert(text.into());
    }

    /// A template whose placeholders all lead somewhere; `None` if there is a fault.
    pub fn template(&self, spot: &Spot<'_>, faults: &mut Faults) -> Option<Template> {
        self.template_of(spot.text()?, spot, faults)
    }

    /// The same of a part of the value.
    pub fn template_of(
        &self,
        text: &str,
        spot: &Spot<'_>,
        faults: &mut Faults,
    ) -> Option<Template> {
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(fault) => {
                faults.value(spot, format!("in {}: {}", quoted(text), fault.problem));
                return None;
            }
        };
        if !self.check(&template, spot, faults) || !self.check_types(&template, spot, faults) {
            return None;
        }
        if self.has_samples(&template)
            && let Err(problem) = template.fill(self)
        {
            faults.value(spot, format!("in {}: {problem}", quoted(text)));
            return None;
        }
        Some(template)
    }

    /// Whether all placeholders lead somewhere.
    pub fn check(&self, template: &Template, spot: &Spot<'_>, faults: &mut Faults) -> bool {
        let unknown = template
            .names()
            .filter(|name| !self.is_unclear && !self.has(name));
        let unknown: Vec<&str> = unknown.collect();
        for name in &unknown {
            let problem = match *name {
                "now" => "{now} is known in `default` only".to_owned(),
                "fire" => "{fire} is known in triggers only".to_owned(),
                name if self.is_text_only() => {
                    let hint = faults.hint(name, self.moment);
                    format!("unknown placeholder {}{hint}", quoted(name))
                }
                name => {
                    let hint = faults.hint(name, self.all());
                    let name = quoted(name);
                    format!("unknown placeholder {name}: no parameter and no variable{hint}")
                }
            };
            faults.value(spot, problem);
        }
        unknown.is_empty()
    }

    /// Whether all that is shifted or formatted is a time.
    fn check_types(&self, template: &Template, spot: &Spot<'_>, faults: &mut Faults) -> bool {
        if self.is_unclear {
            return true;
        }
        let found = template.faults(&|name| self.kind(name));
        for fault in &found {
            faults.value(spot, fault.problem.clone());
        }
        found.is_empty()
    }

    fn kind(&self, name: &str) -> Option<PlaceholderKind> {
        if self.moment == Some(name) {
            return Some(PlaceholderKind::Moment);
        }
        let declared = self.params.iter().find(|declared| declared.name == name);
        Some(match declared.map(|declared| &declared.param) {
            Some(Some(param)) => PlaceholderKind::Param(param.kind),
            // Something is wrong with its declaration: it may be meant to be a time.
            Some(None) => PlaceholderKind::Moment,
            None => PlaceholderKind::Text,
        })
    }

    /// What a template comes to for some values of the parameters; `None` if that says nothing
    /// about other values.
    pub fn trial(&self, template: &Template) -> Option<String> {
        let is_typical = |name: &str| {
            let declared = self.params.iter().find(|declared| declared.name == name);
            let param = declared.and_then(|declared| declared.param.as_ref());
            param.is_some_and(|param| param.kind != ParamType::String)
        };
        let is_known = template
            .names()
            .all(|name| is_typical(name) && self.has_sample(name));
        if is_known {
            template.fill(self).ok()
        } else {
            None
        }
    }

    fn is_text_only(&self) -> bool {
        self.env.is_none() && self.params.is_empty()
    }

    fn has(&self, name: &str) -> bool {
        self.moment == Some(name)
            || self.params.iter().any(|declared| declared.name == name)
            || self.env.is_some_and(|env| env.contains(name))
            || self.texts.contains(name)
    }

    fn has_samples(&self, template: &Template) -> bool {
        template.names().all(|name| self.has_sample(name))
    }

    fn has_sample(&self, name: &str) -> bool {
        let is_param = self.params.iter().any(|declared| declared.name == name);
        !is_param && !self.is_unclear || self.param(name).is_some()
    }

    fn all(&self) -> Vec<&str> {
        let params = self.params.iter().map(|declared| declared.name.as_str());
        let env = self.env.into_iter().flatten().copied();
        let mut all: Vec<&str> = params.chain(env).collect();
        all.extend(self.texts.iter().map(String::as_str));
        all.extend(self.moment);
        all.sort_unstable();
        all
    }
}

impl Scope for Names<'_> {
    fn param(&self, name: &str) -> Option<&ParamValue> {
        let sample = self.samples.iter().find(|(known, _)| *known == name);
        sample.map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        let is_param = self.params.iter().any(|declared| declared.name == name);
        (!is_param && self.moment != Some(name)).then_some("x")
    }

    fn moment(&self, name: &str) -> Option<NaiveDateTime> {
        if self.moment == Some(name) {
            sample_moment()
        } else {
            None
        }
    }
}

pub(super) fn has_values(template: &Template) -> bool {
    template.names().next().is_some()
}

/// Whether it is the parameter of this name as it is.
pub(super) fn is_unchanged(template: &Template, name: &str) -> bool {
    matches!(
        template.pieces.as_slice(),
        [Piece::Value { name: used, shift, format: None, .. }] if used == name && shift.is_empty()
    )
}
