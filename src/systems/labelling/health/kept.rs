//! What is kept of a job's health: its counts, and what was known of authors and members when it published.
//!
//! It is measured before publishing, which may drop the staged rows, and completed behind it. A process that
//! dies in between leaves nothing that the next one does not find or measure again, with the same figures.

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::systems::labelling::panels::{
    BesideKind, Fence, Lineage, MembersOf, Publication, Sink, SinkError,
};
use crate::systems::labelling::rules::health::{
    Counts, CountsFault, Earlier, Facts, Members, StagedAuthors,
};

/// As it is stored.
#[derive(Clone, Debug)]
pub struct Kept {
    pub facts: Facts,
    /// Names, in the order of the counts.
    pub labels: Vec<String>,
    pub groups: Vec<String>,
    /// Of the rule set.
    pub version: Option<i32>,
    pub counts: Vec<u8>,
}

/// The first body; the second one are the counts.
#[derive(Serialize, Deserialize)]
struct Head {
    facts: Facts,
    labels: Vec<String>,
    groups: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
}

impl Kept {
    pub fn read(sink: &Sink, task_id: &str) -> Result<Option<Self>, SinkError> {
        let mut bodies = Vec::new();
        sink.beside(task_id, BesideKind::Report, &mut |body| {
            bodies.push(body.to_vec());
            true
        })?;
        let (Some(counts), Some(head)) = (bodies.pop(), bodies.pop()) else {
            return Ok(None);
        };
        let head: Head = serde_json::from_slice(&head).map_err(corrupt)?;
        Ok(Some(Self {
            facts: head.facts,
            labels: head.labels,
            groups: head.groups,
            version: head.version,
            counts,
        }))
    }

    fn write(&self, sink: &Sink, fence: &Fence) -> Result<(), SinkError> {
        let head = Head {
            facts: self.facts.clone(),
            labels: self.labels.clone(),
            groups: self.groups.clone(),
            version: self.version,
        };
        let head = serde_json::to_vec(&head).map_err(corrupt)?;
        sink.replace_beside(fence, BesideKind::Report, &[head, self.counts.clone()])
    }

    /// What the rows of a labelled task tell; `None`: nothing was counted.
    fn measure(
        sink: &Sink,
        task_id: &str,
        publication: &Publication,
    ) -> Result<Option<Self>, SinkError> {
        let Some(counts) = counted(sink, task_id)? else {
            return Ok(None);
        };
        let authors = sink.staged_authors(task_id, &publication.layout)?;
        let panels = publication.panels.iter();
        let lineage = publication.lineage.as_ref();
        Ok(Some(Self {
            facts: Facts {
                authors: Some(StagedAuthors {
                    all: authors.all,
                    conflicting: authors.conflicting,
                }),
                members: None,
                earlier: match lineage {
                    Some(lineage) => earlier(sink, task_id, lineage)?,
                    None => None,
                },
            },
            labels: panels.map(|panel| label_of(panel).to_owned()).collect(),
            groups: publication.layout.groups.clone(),
            version: lineage.and_then(|lineage| lineage.version),
            counts: counts.to_bytes(),
        }))
    }

    fn count_members(
        &mut self,
        sink: &Sink,
        task: (&str, MembersOf),
        publication: &Publication,
        cancel: &CancellationToken,
    ) -> Result<(), SinkError> {
        let earlier = self.facts.earlier.as_ref();
        let groups: Vec<String> = match earlier {
            Some(earlier) if !earlier.groups.is_empty() => {
                let groups = earlier.groups.iter();
                groups.map(|(name, _)| name.clone()).collect()
            }
            _ => publication.layout.groups.clone(),
        };
        let earlier = earlier.map(|earlier| (earlier.job.as_str(), &groups[..]));
        let has_earlier = earlier.is_some();
        let found = sink.members(task, publication, earlier, cancel)?;
        let members: u64 = found.of_panels.iter().sum();
        self.facts.members = Some(Members {
            of_labels: found.of_panels,
            entered: has_earlier.then(|| members.saturating_sub(found.kept)),
            left: has_earlier.then(|| found.before.saturating_sub(found.kept)),
        });
        if let Some(earlier) = &mut self.facts.earlier {
            earlier.members = found.before;
        }
        Ok(())
    }
}

/// Of a task that is to be published now.
pub fn before_publishing(
    sink: &Sink,
    fence: &Fence,
    publication: &Publication,
) -> Result<(), SinkError> {
    match Kept::measure(sink, &fence.task_id, publication)? {
        Some(kept) => kept.write(sink, fence),
        None => Ok(()),
    }
}

/// Of a task that is published.
pub fn after_publishing(
    sink: &Sink,
    fence: &Fence,
    publication: &Publication,
    cancel: &CancellationToken,
) -> Result<(), SinkError> {
    let Some(mut kept) = Kept::read(sink, &fence.task_id)? else {
        return Ok(());
    };
    if kept.facts.members.is_some() {
        return Ok(());
    }
    let task = (fence.task_id.as_str(), MembersOf::Published);
    kept.count_members(sink, task, publication, cancel)?;
    kept.write(sink, fence)
}

/// Of a task that is labelled and waits to be published: who would be a member.
pub fn measure_held(
    sink: &Sink,
    fence: &Fence,
    publication: &Publication,
    cancel: &CancellationToken,
) -> Result<Option<Kept>, SinkError> {
    let Some(mut kept) = Kept::measure(sink, &fence.task_id, publication)? else {
        return Ok(None);
    };
    let task = (fence.task_id.as_str(), MembersOf::Staged);
    kept.count_members(sink, task, publication, cancel)?;
    kept.write(sink, fence)?;
    Ok(Some(kept))
}

/// The counts of all slices that are durable; `None`: there are none.
pub(super) fn counted(sink: &Sink, task_id: &str) -> Result<Option<Counts>, SinkError> {
    let (mut sum, mut fault) = (None::<Counts>, None::<CountsFault>);
    sink.beside(task_id, BesideKind::Health, &mut |body| {
        let added = match &mut sum {
            Some(sum) => sum.add_bytes(body),
            None => Counts::of_bytes(body).map(|counts| sum = Some(counts)),
        };
        fault = added.err();
        fault.is_none()
    })?;
    match fault {
        Some(fault) => Err(corrupt(fault)),
        None => Ok(sum),
    }
}

/// The last published task of the same rule set, source and table.
pub fn earlier(
    sink: &Sink,
    task_id: &str,
    lineage: &Lineage,
) -> Result<Option<Earlier>, SinkError> {
    let Some(job) = sink.last_published(task_id, lineage)? else {
        return Ok(None);
    };
    let Some(kept) = Kept::read(sink, &job)? else {
        // It published before health was kept: its members are known, and nothing else.
        return Ok(Some(Earlier {
            job,
            ..Earlier::default()
        }));
    };
    let counts = Counts::of_bytes(&kept.counts).map_err(corrupt)?;
    let groups = kept.groups.iter().zip(&counts.groups);
    let groups = groups.map(|(name, group)| (name.clone(), group.given_rows(&kept.labels)));
    let members = kept.facts.members.unwrap_or_default();
    Ok(Some(Earlier {
        job,
        version: kept.version,
        members: members.of_labels.iter().sum(),
        given: counts.given_rows(&kept.labels),
        groups: groups.collect(),
    }))
}

/// Panels are called `/<label>`.
fn label_of(panel: &str) -> &str {
    panel.strip_prefix('/').unwrap_or(panel)
}

pub(super) fn corrupt(reason: impl ToString) -> SinkError {
    SinkError::Corrupt {
        reason: reason.to_string(),
    }
}
