//! Graphs that are one chain: rows of numbers, steps that change them in place, then trees or a linear model.
//!
//! Most models are such chains. They are scored without a tensor for each node, so that a single row takes a
//! microsecond or less.

use super::graph::{Graph, Node, ValueId};
use super::interface::Takes;
use super::labels;
use super::links::Links;
use super::operators::ml::labels::ClassLabels;
use super::operators::ml::linear::{LinearClassifier, LinearRegressor};
use super::operators::ml::scaler::RowStep;
use super::operators::trees::{TreeClassifier, TreeRegressor};
use super::tensor::Kind;
use super::trouble::Trouble;
use crate::models::answers::Answers;
use crate::models::model::Scorer;
use crate::models::package::Description;
use crate::models::rows::Rows;
use crate::models::signature::{Signature, Task};

/// The rows that go through the chain at once, unless they are very wide.
const BATCH_ROWS: usize = 256;
const BATCH_NUMBERS: usize = 1 << 18;

/// What a chain ends with.
#[derive(Debug)]
enum Head {
    TreeClassifier(TreeClassifier<f32>),
    TreeRegressor(TreeRegressor<f32>),
    LinearClassifier(LinearClassifier),
    LinearRegressor(LinearRegressor),
}

#[derive(Debug)]
struct Chain {
    /// The place of each column in the numbers of a row.
    slots: Vec<usize>,
    /// Whether the columns are the numbers of a row in their order.
    is_in_order: bool,
    steps: Vec<RowStep>,
    head: Head,
    /// Changes the scores of a row.
    tail: Vec<RowStep>,
    classes: usize,
}

type Loaded = (Signature, Box<dyn Scorer>);

/// Makes a scorer of a graph, if it is such a chain.
pub fn read(
    graph: &Graph,
    takes: &Takes,
    description: &Description,
) -> Result<Option<Loaded>, Trouble> {
    let [columns] = &takes.columns[..] else {
        return Ok(None);
    };
    if columns.kind != Kind::Float || columns.is_vector {
        return Ok(None);
    }
    let Some((steps, head, tail)) = links(graph, columns.value) else {
        return Ok(None);
    };
    let width = columns.slots.len();
    let read_steps = |nodes: &[&Node], width: usize| {
        let steps = nodes.iter().map(|node| step(node, width));
        steps.collect::<Result<Option<Vec<RowStep>>, Trouble>>()
    };
    let Some(steps) = read_steps(&steps, width)? else {
        return Ok(None);
    };
    let head = head_of(head, width).map_err(|trouble| trouble.at(&head.place))?;
    let classes = head.labels().map_or(0, ClassLabels::len);
    let is_regression = classes == 0;
    if is_regression && (head.targets() != 1 || !tail.is_empty()) {
        return Ok(None);
    }
    let Some(tail) = read_steps(&tail, classes)? else {
        return Ok(None);
    };
    let task = match (description.task, is_regression) {
        (None, true) => Task::Regression,
        (None, false) => Task::Classification,
        (Some(task), _) if task.has_labels() != is_regression => task,
        // The general way says what is wrong.
        _ => return Ok(None),
    };
    let labels = if is_regression {
        Vec::new()
    } else {
        labels::agreed(labels::found(graph, 0, 1), description.labels.as_deref())?
    };
    if labels.len() != classes {
        return Ok(None);
    }
    let chain = Chain {
        is_in_order: columns.slots.iter().copied().eq(0..width),
        slots: columns.slots.clone(),
        steps,
        head,
        tail,
        classes,
    };
    let signature = Signature::new(task, takes.features.clone(), labels);
    Ok(Some((signature, Box::new(chain))))
}

/// The nodes of a chain: those before its head, the head, those behind its scores.
fn links(graph: &Graph, input: ValueId) -> Option<(Vec<&Node>, &Node, Vec<&Node>)> {
    let links = Links::new(graph);
    let mut before = Vec::new();
    let mut value = input;
    let head = loop {
        let node = only_user(&links, value)?;
        match (node.operator.is_ml, node.operator.name.as_str()) {
            (true, "Scaler" | "Imputer" | "Normalizer" | "Binarizer") => before.push(node),
            (false, "Identity") => {}
            (false, "Cast") if casts_to(node, Kind::Float) => {}
            (
                true,
                "TreeEnsembleClassifier"
                | "TreeEnsembleRegressor"
                | "LinearClassifier"
                | "LinearRegressor",
            ) => break node,
            _ => return None,
        }
        value = only_output(node)?;
    };
    let mut behind = Vec::new();
    match (&head.outputs[..], &graph.outputs[..]) {
        ([Some(made)], [(_, wanted)]) => {
            follow(&links, *made, *wanted, &mut behind)?;
        }
        ([Some(label), Some(scores)], [(_, wanted_label), (_, wanted_scores)]) => {
            let mut labels = Vec::new();
            follow(&links, *label, *wanted_label, &mut labels)?;
            if !labels.is_empty() {
                return None;
            }
            follow(&links, *scores, *wanted_scores, &mut behind)?;
        }
        _ => return None,
    }
    Some((before, head, behind))
}

/// Follows a value to an output through nodes that change nothing, and collects those that do.
fn follow<'g>(
    links: &Links<'g>,
    made: ValueId,
    wanted: ValueId,
    nodes: &mut Vec<&'g Node>,
) -> Option<()> {
    let mut value = made;
    while value != wanted {
        let node = only_user(links, value)?;
        match (node.operator.is_ml, node.operator.name.as_str()) {
            (false, "Identity") | (true, "ZipMap") => {}
            (false, "Cast") if casts_to(node, Kind::Int64) && nodes.is_empty() => {}
            (true, "Normalizer") => nodes.push(node),
            _ => return None,
        }
        value = only_output(node)?;
    }
    // Nobody else may want it.
    (!links.is_used(value)).then_some(())
}

/// The node that a value alone goes to.
fn only_user<'g>(links: &Links<'g>, value: ValueId) -> Option<&'g Node> {
    links.only_user(value).filter(|node| node.inputs.len() == 1)
}

fn only_output(node: &Node) -> Option<ValueId> {
    match node.outputs[..] {
        [output] => output,
        _ => None,
    }
}

fn casts_to(node: &Node, kind: Kind) -> bool {
    let mut attributes = node.attributes.clone();
    super::operators::cast::target(&mut attributes).is_ok_and(|target| target == kind)
}

fn step(node: &Node, width: usize) -> Result<Option<RowStep>, Trouble> {
    let mut attributes = node.attributes.clone();
    let read = |attributes: &mut _| {
        let step = RowStep::read(&node.operator.name, attributes)?;
        if let Some(step) = &step {
            step.check(width)?;
        }
        Ok::<_, Trouble>(step)
    };
    let step = read(&mut attributes).and_then(|step| attributes.finish().map(|()| step));
    step.map_err(|trouble| trouble.at(&node.place))
}

fn head_of(node: &Node, width: usize) -> Result<Head, Trouble> {
    let attributes = &mut node.attributes.clone();
    let head = match node.operator.name.as_str() {
        "TreeEnsembleClassifier" => Head::TreeClassifier(TreeClassifier::read(attributes, width)?),
        "TreeEnsembleRegressor" => Head::TreeRegressor(TreeRegressor::read(attributes, width)?),
        "LinearClassifier" => Head::LinearClassifier(LinearClassifier::read(attributes)?),
        _ => Head::LinearRegressor(LinearRegressor::read(attributes)?),
    };
    std::mem::take(attributes).finish()?;
    if head.columns() != width {
        return Err(Trouble::invalid(format!(
            "expected rows of {} numbers, found {width}",
            head.columns()
        )));
    }
    Ok(head)
}

impl Head {
    fn columns(&self) -> usize {
        match self {
            Self::TreeClassifier(head) => head.columns(),
            Self::TreeRegressor(head) => head.columns(),
            Self::LinearClassifier(head) => head.columns(),
            Self::LinearRegressor(head) => head.columns(),
        }
    }

    fn labels(&self) -> Option<&ClassLabels> {
        match self {
            Self::TreeClassifier(head) => Some(&head.labels),
            Self::LinearClassifier(head) => Some(&head.labels),
            Self::TreeRegressor(_) | Self::LinearRegressor(_) => None,
        }
    }

    /// The values of a row of a regression.
    fn targets(&self) -> usize {
        match self {
            Self::TreeRegressor(head) => head.targets(),
            Self::LinearRegressor(head) => head.targets(),
            Self::TreeClassifier(_) | Self::LinearClassifier(_) => 0,
        }
    }

    /// Scores rows; `chosen` gets the class of each, if there are classes.
    fn score(&self, numbers: &[f32], scores: &mut [f32], chosen: &mut Vec<u32>) {
        let rows = numbers.chunks_exact(self.columns());
        match self {
            Self::TreeClassifier(head) => chosen.extend(head.classify(numbers, scores)),
            Self::TreeRegressor(head) => head.score(numbers, scores),
            Self::LinearClassifier(head) => {
                let scores = scores.chunks_exact_mut(head.labels.len());
                chosen.extend(
                    rows.zip(scores)
                        .map(|(row, scores)| head.classify(row, scores)),
                );
            }
            Self::LinearRegressor(head) => {
                for (row, value) in rows.zip(scores.chunks_exact_mut(1)) {
                    head.score(row, value);
                }
            }
        }
    }
}

impl Scorer for Chain {
    fn score(&self, rows: &Rows) -> Answers {
        let width = self.slots.len();
        let per_row = self.classes.max(1);
        let widest = width.max(per_row);
        let batch = BATCH_ROWS
            .min(BATCH_NUMBERS / widest)
            .clamp(1, rows.len().max(1));
        let mut numbers = Vec::with_capacity(batch * width);
        let mut scores = vec![0.0_f32; batch * per_row];
        let mut chosen = Vec::with_capacity(if self.classes > 0 { rows.len() } else { 0 });
        let mut answers = Vec::with_capacity(rows.len() * per_row);
        let mut first = 0;
        while first < rows.len() {
            let end = rows.len().min(first + batch);
            self.fill(rows, first, end, &mut numbers);
            for step in &self.steps {
                step.apply(&mut numbers, width);
            }
            let scores = &mut scores[..(end - first) * per_row];
            self.head.score(&numbers, scores, &mut chosen);
            for step in &self.tail {
                step.apply(scores, per_row);
            }
            answers.extend(scores.iter().map(|score| f64::from(*score)));
            first = end;
        }
        if self.classes > 0 {
            Answers::classes(chosen, answers, self.classes)
        } else {
            Answers::values(answers)
        }
    }
}

impl Chain {
    fn fill(&self, rows: &Rows, first: usize, end: usize, numbers: &mut Vec<f32>) {
        numbers.clear();
        if self.is_in_order {
            let width = rows.number_width();
            let all = &rows.all_numbers()[first * width..end * width];
            numbers.extend(all.iter().map(|number| *number as f32));
            return;
        }
        for row in first..end {
            let row = rows.numbers(row);
            numbers.extend(self.slots.iter().map(|slot| row[*slot] as f32));
        }
    }
}
