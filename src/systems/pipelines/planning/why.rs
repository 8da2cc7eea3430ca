//! Why an instance of a plan is not complete, as far as the plan says it.

use super::{Action, Plan, Reason};

/// One reason; places are those of [`Plan::instances`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// It needs this one, which is not complete.
    Requirement {
        on: u32,
        action: Action,
        optional: bool,
    },
    /// It is made by others and is not there.
    Input {
        missing: String,
        is_waited_for: bool,
    },
    /// Something below it is made by others, is not there, and is not waited for.
    Upstream { on: u32, missing: String },
}

impl Plan {
    /// Nothing: it is complete, or it can begin.
    pub(crate) fn why(&self, place: u32) -> Vec<Because> {
        let instance = &self.instances[place as usize];
        let mut because = Vec::new();
        if let (Action::Wait | Action::Missing, Some(Reason::No(missing))) =
            (instance.action, &instance.reason)
        {
            let is_waited_for = instance.action == Action::Wait;
            because.push(Because::Input {
                missing: missing.clone(),
                is_waited_for,
            });
        }
        if let Some((on, missing)) = self.missing_below(place) {
            because.push(Because::Upstream {
                on,
                missing: missing.to_owned(),
            });
        }
        for need in &instance.needs {
            let action = self.instances[need.on as usize].action;
            if action != Action::Complete {
                because.push(Because::Requirement {
                    on: need.on,
                    action,
                    optional: need.optional,
                });
            }
        }
        because
    }

    /// A sentence for people.
    pub(crate) fn why_sentence(&self, place: u32) -> String {
        let instance = &self.instances[place as usize];
        let name = self.name(instance);
        match self.why(place).first() {
            Some(Because::Input {
                missing,
                is_waited_for: true,
            }) => {
                format!("{name} waits for {missing}, which others make")
            }
            Some(Because::Input { missing, .. }) => {
                format!("{name} is made by others, and there is no {missing}")
            }
            Some(Because::Upstream { on, missing }) => {
                let on = self.name(&self.instances[*on as usize]);
                format!("{name} needs {on}, which is made by others, and there is no {missing}")
            }
            Some(Because::Requirement { on, action, .. }) => {
                let needs = self.why(place).len() - 1;
                let others = if needs == 0 {
                    String::new()
                } else {
                    format!(" and {needs} more")
                };
                let on = self.name(&self.instances[*on as usize]);
                let word = match action {
                    Action::Run => "is not made yet",
                    Action::Shared => "is being made",
                    Action::Wait => "is waited for",
                    _ => "is not complete",
                };
                format!("{name} waits for {on}, which {word}{others}")
            }
            None if instance.action == Action::Complete => format!("{name} is complete"),
            None => format!("{name} can begin"),
        }
    }

    /// Follows blocked instances down to the one that is missing.
    fn missing_below(&self, mut place: u32) -> Option<(u32, &str)> {
        while let Some(Reason::Needs(on)) = self.instances[place as usize].reason {
            place = on;
            if let (Action::Missing, Some(Reason::No(missing))) = (
                self.instances[on as usize].action,
                &self.instances[on as usize].reason,
            ) {
                return Some((on, missing));
            }
        }
        None
    }
}
