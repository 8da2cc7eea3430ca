//! From a file to a model that is ready to score.

use super::categories::ColumnCategories;
use super::document::{Json, Ubjson};
use super::file::{Learner, TreeModel};
use super::objective::{Link, Objective};
use super::parameters::{base_scores, parameter};
use super::scorer::{Shape, XgBoost};
use crate::models::forest::{Forest, ForestBuilder};
use crate::models::inputs::{Encoder, FileFeature, FileFeatures, UnknownCategory, class_labels};
use crate::models::model::Scorer;
use crate::models::package::{Description, Package};
use crate::models::refusal::Refusal;
use crate::models::signature::{Feature, Label, Signature, Task};

/// The features that a file without names may have.
const UNNAMED_FEATURES: usize = 1 << 20;

/// Reads and checks a file in JSON or UBJSON.
pub fn load(package: &Package) -> Result<(Signature, Box<dyn Scorer>), Refusal> {
    let learner = read(&package.file)?;
    let description = &package.description;
    let objective = Objective::find(&learner.objective.name)?;
    let model = trees_of(&learner)?;
    let sums = number_of_sums(&learner, model)?;
    let columns: usize = parameter(
        "learner.learner_model_param.num_feature",
        learner.parameters.num_feature.as_deref(),
        learner.feature_names.len(),
    )?;
    let forest = forest(&learner, model, columns, sums)?;
    let (file, unknown) = file_features(&learner, model, columns, description)?;
    let features = file.described(description)?;
    let (shape, signature) = signature(&learner, objective, features, sums, description)?;
    let scorer = XgBoost {
        forest,
        encoder: Encoder::new(&signature, unknown),
        margins: margins(&learner, objective, sums)?,
        link: objective.link,
        shape,
        code_columns: code_columns(&learner, &signature),
    };
    Ok((signature, Box::new(scorer)))
}

fn read(file: &[u8]) -> Result<Learner, Refusal> {
    // In both an object is first; in UBJSON a length, a type or a count follows.
    let learner = match file {
        [b'{', b'i' | b'U' | b'I' | b'l' | b'L' | b'$' | b'#', ..] => {
            Learner::read(&mut Ubjson::new(file))
        }
        _ => Learner::read(&mut Json::new(file)),
    };
    let learner = learner.map_err(|fault| Refusal::new(fault.to_string()))?;
    learner.ok_or_else(|| {
        Refusal::new(
            "learner is missing; expected a model as `save_model` writes it, not a dump or a configuration",
        )
    })
}

fn trees_of(learner: &Learner) -> Result<&TreeModel, Refusal> {
    let booster = &learner.booster;
    let member = "learner.gradient_booster";
    match (booster.name.as_str(), &booster.model) {
        ("gblinear", _) => Err(Refusal::new(
            "the booster gblinear is not computed, only trees; train with booster=gbtree or dart, or export a linear \
             model as ONNX",
        )),
        ("gbtree", Some(model)) => Ok(model),
        ("dart", Some(model)) if booster.weight_drop.len() == model.trees.len() => Ok(model),
        ("dart", Some(model)) => Err(Refusal::new(format!(
            "{member}.weight_drop: expected {} numbers as there are trees, found {}",
            model.trees.len(),
            booster.weight_drop.len()
        ))),
        ("gbtree" | "dart", None) => Err(Refusal::new(format!("{member}.model is missing"))),
        (name, _) => Err(Refusal::new(format!(
            "{member}.name: expected gbtree or dart, found {:?}",
            name.chars().take(40).collect::<String>()
        ))),
    }
}

/// The sums of a row: one, or one for each class.
fn number_of_sums(learner: &Learner, model: &TreeModel) -> Result<usize, Refusal> {
    let parameters = &learner.parameters;
    let number = |name, text: &Option<String>| parameter(name, text.as_deref(), 1_usize);
    let classes = number(
        "learner.learner_model_param.num_class",
        &parameters.num_class,
    )?
    .max(1);
    let targets = number(
        "learner.learner_model_param.num_target",
        &parameters.num_target,
    )?;
    if targets > 1 {
        return Err(Refusal::new(format!(
            "it answers {targets} numbers for each row (several targets or quantiles); train one model for each"
        )));
    }
    if classes > 1 && classes > model.trees.len() {
        return Err(Refusal::new(format!(
            "learner.learner_model_param.num_class: found {classes}, but there are only {} trees; expected one for \
             each class at least",
            model.trees.len()
        )));
    }
    Ok(classes)
}

fn forest(
    learner: &Learner,
    model: &TreeModel,
    columns: usize,
    sums: usize,
) -> Result<Forest<f32>, Refusal> {
    let member = "learner.gradient_booster.model";
    if model.tree_info.len() != model.trees.len() {
        return Err(Refusal::new(format!(
            "{member}.tree_info: expected {} numbers as there are trees, found {}",
            model.trees.len(),
            model.tree_info.len()
        )));
    }
    let mut forest = ForestBuilder::new(columns, sums);
    let used = trees_used(learner, model, sums)?;
    for (index, tree) in model.trees.iter().enumerate() {
        let target = usize::try_from(model.tree_info[index]).ok();
        let Some(target) = target.filter(|target| *target < sums) else {
            return Err(Refusal::new(format!(
                "{member}.tree_info[{index}]: expected a number below {sums}, found {}",
                model.tree_info[index]
            )));
        };
        if index < used {
            let weights = &learner.booster.weight_drop;
            let weight = weights.get(index).copied().unwrap_or(1.0);
            tree.add_to(&mut forest, target, weight)
                .map_err(|reason| Refusal::new(format!("{member}.trees[{index}]: {reason}")))?;
        }
    }
    Ok(forest.build())
}

/// The number of trees up to the best iteration, as the classes for scikit-learn take them.
fn trees_used(learner: &Learner, model: &TreeModel, sums: usize) -> Result<usize, Refusal> {
    const NAME: &str = "learner.attributes.best_iteration";
    let trees = model.trees.len();
    let Some(best) = &learner.attributes.best_iteration else {
        return Ok(trees);
    };
    let best: usize = parameter(NAME, Some(best), 0)?;
    let parallel: usize = parameter(
        "learner.gradient_booster.model.gbtree_model_param.num_parallel_tree",
        model.num_parallel_tree.as_deref(),
        1,
    )?;
    let end = match &model.iteration_indptr {
        Some(begins) => best
            .checked_add(1)
            .and_then(|end| begins.get(end))
            .map(|end| *end as usize),
        None => best
            .checked_add(1)
            .and_then(|iterations| iterations.checked_mul(parallel)?.checked_mul(sums)),
    };
    end.filter(|end| *end <= trees).ok_or_else(|| {
        Refusal::new(format!(
            "{NAME}: found {best}, but the file has no trees of that iteration"
        ))
    })
}

/// The features of the file, and what an unknown category counts as.
fn file_features(
    learner: &Learner,
    model: &TreeModel,
    columns: usize,
    description: &Description,
) -> Result<(FileFeatures, UnknownCategory), Refusal> {
    let names_are_made_up = learner.feature_names.is_empty();
    if names_are_made_up && columns > UNNAMED_FEATURES {
        return Err(Refusal::new(format!(
            "learner.learner_model_param.num_feature: expected at most {UNNAMED_FEATURES} features without names, \
             found {columns}"
        )));
    }
    let names: Vec<String> = match names_are_made_up {
        true => (0..columns).map(|column| format!("f{column}")).collect(),
        false => learner.feature_names.clone(),
    };
    if names.len() != columns {
        return Err(Refusal::new(format!(
            "learner.feature_names: expected {columns} names as num_feature says, found {}",
            names.len()
        )));
    }
    let mut unknown = UnknownCategory::Next;
    let mut features = Vec::with_capacity(columns);
    for (column, name) in names.into_iter().enumerate() {
        let categories = match model.categories.get(column) {
            None => Vec::new(),
            Some(categories) => match categories.column() {
                Some(ColumnCategories::Known(labels)) => labels,
                Some(ColumnCategories::Lost { count }) => {
                    unknown = UnknownCategory::Fault;
                    described_categories(&name, column, count, description)?
                }
                None => {
                    return Err(Refusal::new(format!(
                        "learner.gradient_booster.model.cats.enc[{column}]: the offsets are not in its values"
                    )));
                }
            },
        };
        features.push(FileFeature { name, categories });
    }
    let features = FileFeatures {
        features,
        names_are_made_up,
    };
    Ok((features, unknown))
}

/// The categories that `model.yaml` has to say since they cannot be read.
fn described_categories(
    name: &str,
    column: usize,
    count: usize,
    description: &Description,
) -> Result<Vec<Label>, Refusal> {
    let described = description.features.as_deref().unwrap_or_default();
    let named = described.iter().find(|feature| feature.name == name);
    let categories = named
        .or(described.get(column))
        .map_or(&[][..], |feature| &feature.categories);
    match categories.len() {
        0 => Err(Refusal::new(format!(
            "the categories of {name:?} are not ASCII, which XGBoost writes so that they cannot be read; say them in \
             model.yaml: `features: [{{name: {name}, type: text, categories: […]}}]`, {count} in the order of their \
             codes"
        ))),
        found if found != count => Err(Refusal::new(format!(
            "model.yaml: features: expected {count} categories of {name:?} as in the file of the model, found {found}"
        ))),
        _ => Ok(categories.to_vec()),
    }
}

/// Columns of codes: categories whose values nobody says.
fn code_columns(learner: &Learner, signature: &Signature) -> Vec<usize> {
    let types = learner.feature_types.iter().zip(signature.features());
    types
        .enumerate()
        .filter(|(_, (kind, feature))| *kind == "c" && feature.categories.is_empty())
        .map(|(column, _)| column)
        .collect()
}

fn margins(learner: &Learner, objective: Objective, sums: usize) -> Result<Vec<f32>, Refusal> {
    let scores = base_scores(learner.parameters.base_score.as_deref())?;
    let margins: Vec<f32> = scores
        .into_iter()
        .map(|score| objective.margin(score))
        .collect::<Result<_, _>>()?;
    match margins.len() {
        1 => Ok(vec![margins[0]; sums]),
        found if found == sums => Ok(margins),
        found => Err(Refusal::new(format!(
            "learner.learner_model_param.base_score: expected one number, or one for each of {sums} classes, found {found}"
        ))),
    }
}

/// What the model answers, by its objective and by the task that `model.yaml` says.
fn signature(
    learner: &Learner,
    objective: Objective,
    features: Vec<Feature>,
    sums: usize,
    description: &Description,
) -> Result<(Shape, Signature), Refusal> {
    let name = &learner.objective.name;
    let task = description.task.unwrap_or(match objective.is_classifier {
        true => Task::Classification,
        false => Task::Regression,
    });
    if (objective.link == Link::Softmax) != (sums > 1) {
        return Err(Refusal::new(format!(
            "learner.learner_model_param.num_class: expected what the objective {name} has, found {sums}"
        )));
    }
    let is_binary = name.starts_with("binary:") || name == "reg:logistic";
    let shape = match task {
        Task::Regression if sums == 1 => Shape::Value,
        Task::Classification if sums > 1 => Shape::Classes,
        Task::Classification if is_binary => Shape::TwoClasses,
        Task::Regression | Task::Classification | Task::Text => {
            return Err(Refusal::new(format!(
                "model.yaml: task: expected what the objective {name} answers, found {}",
                match task {
                    Task::Regression => "regression",
                    Task::Classification => "classification",
                    Task::Text => "text",
                }
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
