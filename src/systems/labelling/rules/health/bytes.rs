//! Counts as bytes: only what is not zero, numbers of seven bits a byte.

use super::counts::{Counts, LabelCounts, RuleCounts};

/// The first byte.
const FORM: u64 = 1;

/// Labels and groups have numbers of 16 bits.
const NUMBERS: usize = 1 << 16;

/// Many more than a set may have.
const RULES_MAX: usize = 1 << 24;

/// Why bytes cannot be added to counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountsFault {
    #[error("expected counts of form {FORM}")]
    UnknownForm,
    #[error("expected counts of {expected} {what}, found those of {found}")]
    OtherSet {
        what: &'static str,
        expected: usize,
        found: u64,
    },
    #[error("the counts are cut off or damaged")]
    Damaged,
}

impl Counts {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer(Vec::new());
        to.numbers(&[FORM, self.labels.len() as u64, self.rules.len() as u64]);
        to.number(self.groups.len() as u64);
        to.numbers(&[self.received, self.dropped, self.covered]);
        to.numbers(&[self.overlapping, self.labelled]);
        to.sparse(&self.labels, |label| {
            [label.matched, label.given, label.excepted]
        });
        to.sparse(&self.rules, |rule| [rule.hits, rule.first, rule.unique]);
        match self.pairs.in_order() {
            Some(pairs) => {
                to.number(pairs.len() as u64 + 1);
                for ((one, other), rows) in pairs {
                    to.numbers(&[one.into(), other.into(), rows]);
                }
            }
            None => to.number(0),
        }
        for group in &self.groups {
            to.numbers(&[group.received, group.covered, group.labelled]);
            let mut given: Vec<_> = group.given.iter().collect();
            given.sort_unstable();
            to.number(given.len() as u64);
            for (label, rows) in given {
                to.numbers(&[(*label).into(), *rows]);
            }
        }
        to.0
    }

    /// From bytes alone: all rules stand behind the last label. They are good for nothing but to be added up and
    /// written again.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, CountsFault> {
        let mut from = Reader(bytes);
        if from.number()? != FORM {
            return Err(CountsFault::UnknownForm);
        }
        let sizes = from.three()?.map(usize::try_from);
        let [Ok(labels), Ok(rules), Ok(groups)] = sizes else {
            return Err(CountsFault::Damaged);
        };
        if labels.max(groups) > NUMBERS || rules > RULES_MAX {
            return Err(CountsFault::Damaged);
        }
        let of_labels = (0..labels).map(|label| match label + 1 == labels {
            true => rules,
            false => 0,
        });
        let mut counts = Self::of_labels(of_labels, groups);
        counts.add_bytes(bytes)?;
        Ok(counts)
    }

    /// Adds counts that another process wrote; after an error these are of no use.
    pub fn add_bytes(&mut self, bytes: &[u8]) -> Result<(), CountsFault> {
        let mut from = Reader(bytes);
        if from.number()? != FORM {
            return Err(CountsFault::UnknownForm);
        }
        from.expect("labels", self.labels.len())?;
        from.expect("rules", self.rules.len())?;
        from.expect("groups", self.groups.len())?;
        self.received += from.number()?;
        self.dropped += from.number()?;
        self.covered += from.number()?;
        self.overlapping += from.number()?;
        self.labelled += from.number()?;
        from.sparse(&mut self.labels, |label, [matched, given, excepted]| {
            label.add(LabelCounts {
                matched,
                given,
                excepted,
            });
        })?;
        from.sparse(&mut self.rules, |rule, [hits, first, unique]| {
            rule.add(RuleCounts {
                hits,
                first,
                unique,
            });
        })?;
        match from.number()? {
            0 => self.pairs.forget(),
            pairs => {
                for _ in 1..pairs {
                    let (one, other) = (self.label(&mut from)?, self.label(&mut from)?);
                    self.pairs.add(one, other, from.number()?);
                }
            }
        }
        for group in 0..self.groups.len() {
            let [received, covered, labelled] = from.three()?;
            let given = from.number()?;
            let sum = &mut self.groups[group];
            sum.received += received;
            sum.covered += covered;
            sum.labelled += labelled;
            for _ in 0..given {
                let (label, rows) = (self.label(&mut from)?, from.number()?);
                *self.groups[group].given.entry(label).or_default() += rows;
            }
        }
        match from.0 {
            [] => Ok(()),
            _ => Err(CountsFault::Damaged),
        }
    }

    fn label(&self, from: &mut Reader<'_>) -> Result<u16, CountsFault> {
        let label = u16::try_from(from.number()?).map_err(|_| CountsFault::Damaged)?;
        match usize::from(label) < self.labels.len() {
            true => Ok(label),
            false => Err(CountsFault::Damaged),
        }
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn numbers(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.number(*number);
        }
    }

    /// Those that are not zero, each behind its distance from the one before.
    fn sparse<T>(&mut self, all: &[T], counts: impl Fn(&T) -> [u64; 3]) {
        let found = all.iter().map(counts).enumerate();
        let found: Vec<_> = found.filter(|(_, counts)| *counts != [0; 3]).collect();
        self.number(found.len() as u64);
        let mut behind = 0;
        for (place, counts) in found {
            self.number((place - behind) as u64);
            self.numbers(&counts);
            behind = place + 1;
        }
    }
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u64, CountsFault> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(CountsFault::Damaged)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(CountsFault::Damaged)
    }

    fn three(&mut self) -> Result<[u64; 3], CountsFault> {
        Ok([self.number()?, self.number()?, self.number()?])
    }

    fn expect(&mut self, what: &'static str, expected: usize) -> Result<(), CountsFault> {
        match self.number()? {
            found if found == expected as u64 => Ok(()),
            found => Err(CountsFault::OtherSet {
                what,
                expected,
                found,
            }),
        }
    }

    fn sparse<T>(
        &mut self,
        all: &mut [T],
        add: impl Fn(&mut T, [u64; 3]),
    ) -> Result<(), CountsFault> {
        let mut behind = 0;
        for _ in 0..self.number()? {
            let distance = usize::try_from(self.number()?).map_err(|_| CountsFault::Damaged)?;
            let place = distance.checked_add(behind).ok_or(CountsFault::Damaged)?;
            let found = all.get_mut(place).ok_or(CountsFault::Damaged)?;
            add(found, self.three()?);
            behind = place + 1;
        }
        Ok(())
    }
}
