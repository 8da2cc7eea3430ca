//! A trigger as a project's page shows it.

use super::data::{Fire, FormSchema, Trigger};
use super::fields::Field;
use super::room::ROOT;
use super::shown::{moment, run_path};
use crate::ui::{Frame, Markup, encoded, look};

/// Fires that are shown as marks.
const FIRES: usize = 8;
/// Next times that are shown.
const NEXT: usize = 3;

pub(super) struct TriggerRow {
    pub name: String,
    pub icon: &'static str,
    /// What kind it is, as a word.
    pub kind: String,
    pub on: Option<String>,
    /// Tasks that it makes.
    pub runs: String,
    /// Values that it is fired with.
    pub with: String,
    pub overlap: String,
    pub next: Vec<Markup>,
    pub fires: Vec<FireMark>,
    /// What became of the last one, where it has started nothing.
    pub message: Option<String>,
    /// Who has paused it.
    pub paused: Option<String>,
    pub fire: String,
    pub pause: String,
    pub resume: String,
    /// Of a form.
    pub fields: Vec<Field>,
    pub is_form: bool,
}

pub(super) struct FireMark {
    pub href: Option<String>,
    pub look: &'static str,
    pub text: String,
}

impl TriggerRow {
    pub(super) fn of(
        frame: &Frame,
        project: &str,
        trigger: &Trigger,
        schema: Option<&FormSchema>,
        given: &[(String, String)],
    ) -> Self {
        let name = encoded(&trigger.trigger);
        let action = |action: &str| {
            let path = format!("{ROOT}/{}/triggers/{name}/{action}", encoded(project));
            frame.path(&path)
        };
        let next = trigger.next.iter().filter_map(|at| moment(at));
        let with = trigger.with.iter();
        let with = with.map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}={text}"),
            None => format!("{name}={value}"),
        });
        let fires = trigger.fires.iter();
        let newest = trigger.fires.first();
        Self {
            icon: icon(&trigger.kind),
            kind: frame.say(&format!("pipelines-kind-{}", trigger.kind)),
            on: trigger.on.clone().filter(|on| !on.is_empty()),
            runs: trigger.run.join(", "),
            with: with.collect::<Vec<_>>().join(", "),
            overlap: frame.say(&format!("pipelines-overlap-{}", trigger.overlap)),
            next: next.take(NEXT).map(|at| frame.exact(at)).collect(),
            fires: fires.take(FIRES).map(|fire| mark(frame, fire)).collect(),
            message: newest.and_then(|fire| fire.message.clone()),
            paused: trigger.paused.then(|| {
                let by = trigger.paused_by.clone();
                by.unwrap_or_else(|| "project.yaml".to_owned())
            }),
            fire: action("fire"),
            pause: action("pause"),
            resume: action("resume"),
            fields: schema.map_or_else(Vec::new, |schema| Field::of_schema(schema, given)),
            is_form: trigger.kind == "form",
            name: trigger.trigger.clone(),
        }
    }
}

fn mark(frame: &Frame, fire: &Fire) -> FireMark {
    let state = fire.run_state.as_ref().unwrap_or(&fire.state);
    let at = moment(&fire.at).map(|at| frame.zone.absolute(at));
    let word = frame.say(&format!("state-{state}"));
    let by = fire.fired_by.clone();
    let parts = [Some(word), at, by, fire.message.clone()];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    FireMark {
        href: fire.run.as_deref().map(|run| frame.path(&run_path(run))),
        look: look(state),
        text: parts.join(" · "),
    }
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "cron" => "clock",
        "webhook" => "branch",
        "file" => "file",
        "after" => "pipeline",
        _ => "form",
    }
}
