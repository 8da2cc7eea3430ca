//! A graph made ready: operators in order, and which values can be dropped behind each.

use super::graph::{Graph, Node, ValueId, Versions};
use super::operators::{self, Building, Findings, Inputs, Operator, Outputs};
use super::tensor::Tensor;
use super::trouble::{Fault, Trouble};

/// The bytes that all values together may take while rows are scored.
const LIVE_BYTES: usize = 128 << 20;

/// The elements that the largest value of a batch should have: more rows at once gain nothing any more.
const BATCH_ELEMENTS: usize = 1 << 16;
const BATCH_ROWS: usize = 256;

#[derive(Debug)]
pub struct Plan {
    steps: Vec<Step>,
    constants: Vec<(ValueId, Tensor<'static>)>,
    values: usize,
    outputs: Vec<ValueId>,
    /// How many rows are to be computed at once.
    pub batch: usize,
}

#[derive(Debug)]
struct Step {
    operator: Box<dyn Operator>,
    place: String,
    inputs: Vec<Option<ValueId>>,
    outputs: Vec<Option<ValueId>>,
    /// Values that no later step needs.
    dropped: Vec<ValueId>,
}

/// A value while a plan runs.
#[derive(Debug)]
enum Slot<'m> {
    Empty,
    Computed(Tensor<'m>),
    Constant(&'m Tensor<'m>),
}

impl<'m> Slot<'m> {
    fn tensor(&self) -> Option<&Tensor<'m>> {
        match self {
            Self::Empty => None,
            Self::Computed(tensor) => Some(tensor),
            Self::Constant(tensor) => Some(tensor),
        }
    }
}

impl Plan {
    /// Makes the operators of a graph by running it once. `sample` has rows for its inputs: whatever their values,
    /// the types and shapes of all values show. Returns the plan with the outputs for the sample.
    pub fn new(
        mut graph: Graph,
        sample: Vec<(ValueId, Tensor<'static>)>,
        sample_rows: usize,
    ) -> Result<(Self, Vec<Tensor<'static>>), Trouble> {
        let outputs: Vec<ValueId> = graph.outputs.iter().map(|(_, value)| *value).collect();
        let nodes = needed(std::mem::take(&mut graph.nodes), &outputs, graph.values);
        let constants = graph.constants;
        let mut steps = Vec::with_capacity(nodes.len());
        let mut slots = slots(graph.values, &constants);
        let mut largest = sample
            .iter()
            .map(|(_, tensor)| tensor.len())
            .max()
            .unwrap_or(0);
        let mut live = 0;
        for (value, tensor) in sample {
            live += tensor.bytes();
            slots[value] = Slot::Computed(tensor);
        }
        let dropped = last_uses(&nodes, &outputs, graph.values);
        for (mut node, dropped) in nodes.into_iter().zip(dropped) {
            let (operator, made) = make(&mut node, graph.versions, &slots)
                .map_err(|trouble| trouble.at(&node.place))?;
            for (value, tensor) in node.outputs.iter().zip(made) {
                largest = largest.max(tensor.len());
                if let Some(value) = value {
                    live += tensor.bytes();
                    slots[*value] = Slot::Computed(tensor);
                }
            }
            live -= drop_values(&mut slots, &dropped);
            if live > LIVE_BYTES {
                return Err(Trouble::invalid("the values of the graph are too large"));
            }
            steps.push(Step {
                operator,
                place: node.place,
                inputs: node.inputs,
                outputs: node.outputs,
                dropped,
            });
        }
        let answers = outputs.iter().map(|value| {
            let tensor = slots[*value].tensor().cloned();
            let tensor = tensor.ok_or_else(|| Trouble::invalid("an output is not computed"));
            tensor.map(Tensor::into_owned)
        });
        let answers = answers.collect::<Result<_, _>>()?;
        drop(slots);
        let batch = BATCH_ELEMENTS * sample_rows / largest.max(1);
        let plan = Self {
            steps,
            constants,
            values: graph.values,
            outputs,
            batch: batch.clamp(1, BATCH_ROWS),
        };
        Ok((plan, answers))
    }

    /// Computes the outputs for rows.
    pub fn run<'m>(
        &'m self,
        inputs: Vec<(ValueId, Tensor<'m>)>,
        findings: &mut Findings,
    ) -> Result<Vec<Tensor<'m>>, Fault> {
        let mut slots = slots(self.values, &self.constants);
        let mut live = 0;
        for (value, tensor) in inputs {
            live += tensor.bytes();
            slots[value] = Slot::Computed(tensor);
        }
        for step in &self.steps {
            let made = step.run(&slots, findings)?;
            for (value, tensor) in step.outputs.iter().zip(made) {
                if let Some(value) = value {
                    live += tensor.bytes();
                    slots[*value] = Slot::Computed(tensor);
                }
            }
            live -= drop_values(&mut slots, &step.dropped);
            if live > LIVE_BYTES {
                return Err(Fault::new("the values of the graph are too large"));
            }
        }
        let outputs = self.outputs.iter().map(|value| {
            // An output may be listed twice, so that it is not taken out.
            let tensor = slots[*value].tensor().cloned();
            tensor.ok_or_else(|| Fault::new("an output is not computed"))
        });
        outputs.collect()
    }
}

/// A slot for each value, with the constants in place.
fn slots<'m>(values: usize, constants: &'m [(ValueId, Tensor<'static>)]) -> Vec<Slot<'m>> {
    let mut slots = Vec::with_capacity(values);
    slots.resize_with(values, || Slot::Empty);
    for (value, tensor) in constants {
        slots[*value] = Slot::Constant(tensor);
    }
    slots
}

/// Drops computed values, and returns the bytes that they had.
fn drop_values(slots: &mut [Slot<'_>], dropped: &[ValueId]) -> usize {
    let mut bytes = 0;
    for value in dropped {
        if let Slot::Computed(tensor) = &slots[*value] {
            bytes += tensor.bytes();
            slots[*value] = Slot::Empty;
        }
    }
    bytes
}

impl Step {
    fn run<'m>(
        &'m self,
        slots: &[Slot<'m>],
        findings: &mut Findings,
    ) -> Result<Outputs<'m>, Fault> {
        let inputs = tensors(&self.inputs, slots);
        self.operator
            .run(&Inputs(&inputs), findings)
            .map_err(|fault| Fault::new(format!("{}: {fault}", self.place)))
    }
}

fn tensors<'s, 'm>(
    inputs: &[Option<ValueId>],
    slots: &'s [Slot<'m>],
) -> smallvec::SmallVec<[Option<&'s Tensor<'m>>; 6]> {
    let slot = |value: &Option<ValueId>| value.and_then(|value| slots[value].tensor());
    inputs.iter().map(slot).collect()
}

/// Makes an operator and computes its outputs once.
fn make(
    node: &mut Node,
    versions: Versions,
    slots: &[Slot<'_>],
) -> Result<(Box<dyn Operator>, Vec<Tensor<'static>>), Trouble> {
    let inputs = tensors(&node.inputs, slots);
    let inputs = Inputs(&inputs);
    let operator = operators::build(&mut Building {
        operation: &node.operator,
        attributes: &mut node.attributes,
        versions,
        inputs: &inputs,
    })?;
    std::mem::take(&mut node.attributes).finish()?;
    // Zeros may be unknown categories; what rows have is seen when they are scored.
    let made = operator.run(&inputs, &mut Findings::default())?;
    let made: Vec<Tensor<'static>> = made.into_iter().map(Tensor::into_owned).collect();
    if made.len() < node.outputs.len() {
        return Err(Trouble::unsupported(format!(
            "its {} outputs are not computed here, only the first {}",
            node.outputs.len(),
            made.len()
        )));
    }
    Ok((operator, made))
}

/// The nodes that the outputs depend on.
fn needed(nodes: Vec<Node>, outputs: &[ValueId], values: usize) -> Vec<Node> {
    let mut is_needed = vec![false; values];
    outputs.iter().for_each(|value| is_needed[*value] = true);
    let mut kept = Vec::with_capacity(nodes.len());
    for node in nodes.into_iter().rev() {
        if node.outputs.iter().flatten().any(|value| is_needed[*value]) {
            node.inputs
                .iter()
                .flatten()
                .for_each(|value| is_needed[*value] = true);
            kept.push(node);
        }
    }
    kept.reverse();
    kept
}

/// For each node the values that neither a later node nor an output needs.
fn last_uses(nodes: &[Node], outputs: &[ValueId], values: usize) -> Vec<Vec<ValueId>> {
    let mut is_used = vec![false; values];
    outputs.iter().for_each(|value| is_used[*value] = true);
    let mut dropped: Vec<Vec<ValueId>> = Vec::with_capacity(nodes.len());
    for node in nodes.iter().rev() {
        let mut last = Vec::new();
        for value in node.inputs.iter().chain(&node.outputs).flatten() {
            if !std::mem::replace(&mut is_used[*value], true) {
                last.push(*value);
            }
        }
        dropped.push(last);
    }
    dropped.reverse();
    dropped
}
