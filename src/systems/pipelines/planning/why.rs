//! Why an instance of a plan is not complete, as far as the plan says it.

use super::{Action, Plan, Reason, lack, lacked};

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
    /// Something below it is made by others and is not there.
    Upstream {
        on: u32,
        missing: String,
        is_waited_for: bool,
    },
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
        because.extend(self.input_below(place));
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
                format!("{name} waits for {}, which others make", lacked(missing))
            }
            Some(Because::Input { missing, .. }) => {
                format!("{name} is made by others, and there is {}", lack(missing))
            }
            Some(Because::Upstream {
                on,
                missing,
                is_waited_for,
            }) => {
                let on = self.name(&self.instances[*on as usize]);
                match is_waited_for {
                    true => format!(
                        "{name} needs {on}, which waits for {}, which others make",
                        lacked(missing)
                    ),
                    false => format!(
                        "{name} needs {on}, which is made by others, and there is {}",
                        lack(missing)
                    ),
                }
            }
            Some(Because::Requirement { on, action, .. }) => {
                let needs = self.why(place).len() - 1;
                let others = if needs == 0 {
                    String::new()
                } else {
                    format!(", and {needs} more")
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

    /// The input at the end of a chain of requirements that keeps this instance: one that is missing for good,
    /// or else the first one that is waited for.
    fn input_below(&self, place: u32) -> Option<Because> {
        let mut at = place;
        while let Some(Reason::Needs(on)) = self.instances[at as usize].reason {
            at = on;
            if let (Action::Missing, Some(input)) = (self.action(at), self.upstream(at)) {
                return Some(input);
            }
        }
        self.below(place)
            .into_iter()
            .find(|on| self.action(*on) == Action::Wait)
            .and_then(|on| self.upstream(on))
    }

    /// What has to be made, or waited for, before this instance, the nearest first.
    pub(crate) fn below(&self, place: u32) -> Vec<u32> {
        let mut found = vec![place];
        let mut is_found = vec![false; self.instances.len()];
        is_found[place as usize] = true;
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            next += 1;
            for need in &self.instances[at as usize].needs {
                let is_open = !need.optional && self.action(need.on) != Action::Complete;
                if is_open && !std::mem::replace(&mut is_found[need.on as usize], true) {
                    found.push(need.on);
                }
            }
        }
        found.remove(0);
        found
    }

    fn action(&self, place: u32) -> Action {
        self.instances[place as usize].action
    }

    fn upstream(&self, on: u32) -> Option<Because> {
        let Some(Reason::No(missing)) = &self.instances[on as usize].reason else {
            return None;
        };
        Some(Because::Upstream {
            on,
            missing: missing.clone(),
            is_waited_for: self.action(on) == Action::Wait,
        })
    }
}
