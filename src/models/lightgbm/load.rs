//! From a file to a model that is ready to score.

use super::header::Header;
use super::lines::Lines;
use super::objective::{Link, Objective};
use super::scorer::{LightGbm, Shape};
use super::trailer::Trailer;
use super::tree::read_tree;
use crate::models::forest::ForestBuilder;
use crate::models::inputs::{Encoder, FileFeature, FileFeatures, UnknownCategory, class_labels};
use crate::models::model::Scorer;
use crate::models::package::{Description, Package};
use crate::models::refusal::Refusal;
use crate::models::signature::{Feature, FeatureKind, Signature, Task};

/// Reads and checks a `model.txt`.
pub fn load(package: &Package) -> Result<(Signature, Box<dyn Scorer>), Refusal> {
    let mut lines = Lines::new(&package.file)?;
    let header = Header::read(&mut lines)?;
    let mut forest = ForestBuilder::new(header.feature_names.len(), header.trees_per_iteration);
    let trees = read_trees(&mut lines, &header, &mut forest)?;
    let trailer = Trailer::read(lines)?;
    let description = &package.description;
    let features = file_features(&header, trailer, description)?.described(description)?;
    let (shape, signature) = signature(&header.objective, features, &header, description)?;
    let iterations = trees / header.trees_per_iteration;
    let scorer = LightGbm {
        forest: forest.build(),
        encoder: Encoder::new(&signature, UnknownCategory::Missing),
        divisor: header.average_output.then_some(iterations as f64),
        link: header.objective.link,
        shape,
    };
    Ok((signature, Box::new(scorer)))
}

/// Reads all trees, whose number is answered.
fn read_trees(
    lines: &mut Lines<'_>,
    header: &Header<'_>,
    forest: &mut ForestBuilder<f64>,
) -> Result<usize, Refusal> {
    let mut trees = 0;
    while let Some(line) = lines.peek() {
        if line.text.is_empty() {
            lines.next();
            continue;
        }
        if !line.text.starts_with("Tree=") {
            break;
        }
        read_tree(lines, trees, trees % header.trees_per_iteration, forest)?;
        while lines.peek().is_some_and(|line| line.text.is_empty()) {
            lines.next();
        }
        check_size(header, trees, lines.offset() - line.offset)?;
        trees += 1;
    }
    match &header.tree_sizes {
        Some(tree_sizes) if tree_sizes.sizes.len() != trees => {
            return Err(tree_sizes.field.refusal(format!(
                "it has the sizes of {} trees, but the file has {trees}; is it cut off?",
                tree_sizes.sizes.len()
            )));
        }
        None if lines.peek().is_none() => {
            return Err(Refusal::new(
                "the line \"end of trees\" is missing; is the file cut off?",
            ));
        }
        _ => {}
    }
    let has_all = trees > 0 || header.trees_per_iteration == 1;
    if trees % header.trees_per_iteration != 0 || !has_all {
        return Err(Refusal::new(format!(
            "expected {} trees in each iteration, found {trees} trees in all",
            header.trees_per_iteration
        )));
    }
    Ok(trees)
}

/// The library finds trees by their sizes.
fn check_size(header: &Header<'_>, tree: usize, found: usize) -> Result<(), Refusal> {
    let Some(tree_sizes) = &header.tree_sizes else {
        return Ok(());
    };
    match tree_sizes.sizes.get(tree) {
        Some(size) if *size == found => Ok(()),
        size => Err(tree_sizes.field.refusal(format!(
            "tree {tree} takes {found} bytes, expected {}; was the file edited, or were its line ends changed?",
            size.map_or("no such tree".to_owned(), usize::to_string)
        ))),
    }
}

/// The features with the categories of pandas.
fn file_features(
    header: &Header<'_>,
    trailer: Trailer,
    description: &Description,
) -> Result<FileFeatures, Refusal> {
    let names = header.feature_names.iter();
    let names_are_made_up = names
        .clone()
        .enumerate()
        .all(|(index, name)| *name == format!("Column_{index}"));
    let mut features: Vec<FileFeature> = names
        .map(|name| FileFeature {
            name: (*name).to_owned(),
            categories: Vec::new(),
        })
        .collect();
    let lists = trailer.pandas_categories.len();
    let described = description.features.as_deref().unwrap_or_default();
    let described_columns: Vec<usize> = (0..described.len())
        .filter(|column| is_categorical(&described[*column]))
        .collect();
    let columns = [trailer.categorical_columns, described_columns]
        .into_iter()
        .find(|columns| {
            columns.len() == lists && columns.iter().all(|column| *column < features.len())
        });
    let Some(columns) = columns else {
        return Err(Refusal::new(format!(
            "pandas_categorical has the values of {lists} columns, but the file does not say which; say in \
             model.yaml the features with `type: text` or `categories`"
        )));
    };
    for (column, categories) in columns.into_iter().zip(trailer.pandas_categories) {
        features[column].categories = categories;
    }
    Ok(FileFeatures {
        features,
        names_are_made_up,
    })
}

fn is_categorical(feature: &Feature) -> bool {
    feature.kind == FeatureKind::Text || !feature.categories.is_empty()
}

/// What the model answers, by its objective and by the task that `model.yaml` says.
fn signature(
    objective: &Objective,
    features: Vec<Feature>,
    header: &Header<'_>,
    description: &Description,
) -> Result<(Shape, Signature), Refusal> {
    let sums = header.trees_per_iteration;
    let is_classifier = match objective.link {
        Link::Softmax | Link::LogisticEach { .. } => true,
        Link::Logistic { .. } => objective.name == "binary",
        _ => false,
    };
    let task = description.task.unwrap_or(if is_classifier {
        Task::Classification
    } else {
        Task::Regression
    });
    let shape = match (task, objective.link) {
        (Task::Classification, Link::Softmax | Link::LogisticEach { .. }) => Shape::Classes,
        (Task::Classification, Link::Logistic { .. }) => Shape::TwoClasses,
        (Task::Regression, _) if sums == 1 => Shape::Value,
        (Task::Regression, _) => {
            return Err(Refusal::new(format!(
                "it answers {sums} numbers for each row, which is no regression"
            )));
        }
        (Task::Classification | Task::Text, _) => {
            return Err(Refusal::new(format!(
                "model.yaml: task: expected what the objective {:?} of the file answers, found {}",
                objective.name,
                if task == Task::Text {
                    "text"
                } else {
                    "classification"
                },
            )));
        }
    };
    let labels = match shape {
        Shape::Value => Vec::new(),
        Shape::TwoClasses => class_labels(2, description)?,
        Shape::Classes => class_labels(sums, description)?,
    };
    Ok((shape, Signature::new(task, features, labels)))
}
