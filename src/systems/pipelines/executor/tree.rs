//! Which processes belong to an attempt.
//!
//! A command's process leads a group of its own. Beside that group, these belong to it: what descends
//! from one that belongs to it, what is in the session of its process, what has the attempt's variables
//! in its environment, and among the orphans that the executor was given, what has the attempt's pipe
//! open. What belonged to it once does so until it ends.

use std::collections::{HashMap, HashSet};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::process::Signal;

use super::process_table::{Identity, Process, has_environment, holds_pipe, processes, signal};

/// How often new members are looked for before those that are known are killed.
const FREEZES_MAX: usize = 20;

#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// The processes of its commands.
    mains: Vec<Identity>,
    pipes: Vec<u64>,
    /// Alternatives; each is a set of `NAME=value`.
    markers: Vec<Vec<Vec<u8>>>,
    seen: HashSet<Identity>,
    asked_to_end: HashSet<Identity>,
    /// Its executor was killed: its orphans may have any parent.
    is_abandoned: bool,
    /// The executor that was killed. Everything in its session came from it, also a process that has not
    /// become its program yet and looks like the executor itself.
    session: Option<Identity>,
}

impl Tree {
    pub(super) fn new(temporary: &Path, marker: &[(String, String)]) -> Self {
        let mut tree = Self::of_marker(marker);
        let temporary = [b"TMPDIR=", temporary.as_os_str().as_bytes()].concat();
        tree.markers.push(vec![temporary]);
        tree
    }

    /// Of an attempt of which nothing else is known.
    pub(super) fn of_marker(marker: &[(String, String)]) -> Self {
        let marker = marker
            .iter()
            .map(|(name, value)| format!("{name}={value}").into_bytes());
        let mut tree = Self::default();
        tree.markers.push(marker.collect());
        tree
    }

    pub(super) fn abandon(&mut self, executor: Option<Identity>) {
        self.is_abandoned = true;
        self.session = executor;
    }

    pub(super) fn add_pipe(&mut self, pipe: u64) {
        self.pipes.push(pipe);
    }

    pub(super) fn add_main(&mut self, main: Identity) {
        self.mains.push(main);
        self.seen.insert(main);
    }

    pub(super) fn add_member(&mut self, member: Identity) {
        self.seen.insert(member);
    }

    /// The members that live, of these processes.
    pub(super) fn members(&mut self, processes: &[Process]) -> Vec<Identity> {
        let own = i32::try_from(std::process::id()).unwrap_or(0);
        let known = self.mains.iter().chain(&self.session);
        let since = known.map(|known| known.started).min().unwrap_or(0);
        let mut children: HashMap<i32, Vec<&Process>> = HashMap::new();
        let mut undecided = Vec::new();
        for process in processes {
            // A parent may be a zombie whose threads live; its children are found through it.
            children.entry(process.parent).or_default().push(process);
            if process.identity.started >= since && process.identity.pid != own {
                undecided.push(process);
            }
        }
        let groups = self.groups(processes);
        let mut found = HashSet::new();
        let certain = |process: &Process| {
            self.seen.contains(&process.identity)
                || groups.contains(&process.group)
                || groups.contains(&process.session)
        };
        for process in undecided.iter().filter(|process| certain(process)) {
            add_with_descendants(process, &children, own, &mut found);
        }
        for process in &undecided {
            if !process.is_zombie
                && !found.contains(&process.identity)
                && self.is_marked(process, own)
            {
                add_with_descendants(process, &children, own, &mut found);
            }
        }
        let living = processes.iter().filter(|process| !process.is_zombie);
        let living = living
            .map(|process| process.identity)
            .filter(|process| found.contains(process));
        let members: Vec<Identity> = living.collect();
        self.seen.retain(|seen| found.contains(seen));
        self.seen.extend(&members);
        members
    }

    /// The ids of its commands' groups and sessions, unless such an id is another process's meanwhile.
    fn groups(&self, processes: &[Process]) -> HashSet<i32> {
        let is_reused = |leader: &Identity| {
            let mut others = processes.iter().map(|process| process.identity);
            others.any(|other| other.pid == leader.pid && other.started != leader.started)
        };
        let leaders = self.mains.iter().chain(&self.session);
        leaders
            .filter(|leader| !is_reused(leader))
            .map(|leader| leader.pid)
            .collect()
    }

    fn is_marked(&self, process: &Process, own: i32) -> bool {
        let pid = process.identity.pid;
        let may_be_orphan = self.is_abandoned || process.parent == own;
        has_environment(pid, &self.markers)
            || (may_be_orphan && self.pipes.iter().any(|&pipe| holds_pipe(pid, pipe)))
    }

    /// Asks each member once to end; returns all that live.
    pub(super) fn ask_to_end(&mut self) -> Vec<Identity> {
        let members = self.members(&processes());
        for &member in &members {
            if self.asked_to_end.insert(member) {
                signal(member, Signal::TERM);
                // A stopped process sees it only when it continues.
                signal(member, Signal::CONT);
            }
        }
        members
    }

    /// Kills every member; returns those that were there. As long as there are some, it has to be called
    /// again: killed processes are found until they have ended.
    pub(super) fn kill(&mut self) -> Vec<Identity> {
        let mut members = self.members(&processes());
        // Stopped processes start no others: what forks faster than it is killed is stopped first.
        let mut stopped = HashSet::new();
        for _ in 0..FREEZES_MAX {
            let new: Vec<Identity> = members
                .iter()
                .copied()
                .filter(|&member| stopped.insert(member))
                .collect();
            if new.is_empty() {
                break;
            }
            for &member in &new {
                signal(member, Signal::STOP);
            }
            members = self.members(&processes());
        }
        for &member in &members {
            signal(member, Signal::KILL);
        }
        members
    }
}

fn add_with_descendants(
    process: &Process,
    children: &HashMap<i32, Vec<&Process>>,
    own: i32,
    found: &mut HashSet<Identity>,
) {
    let mut open = vec![process];
    while let Some(process) = open.pop() {
        let pid = process.identity.pid;
        if pid != own && found.insert(process.identity) {
            open.extend(children.get(&pid).into_iter().flatten());
        }
    }
}
