//! What a file of XGBoost holds, as far as answers need it.

use super::document::{Document, DocumentFault};

/// The object `learner` of a file.
#[derive(Debug, Default)]
pub(super) struct Learner {
    pub attributes: Attributes,
    pub feature_names: Vec<String>,
    pub feature_types: Vec<String>,
    pub booster: Booster,
    pub parameters: Parameters,
    pub objective: Objective,
}

#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// The iteration that was the best when the training stopped early.
    pub best_iteration: Option<String>,
}

/// The object `learner_model_param`.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub base_score: Option<String>,
    pub num_class: Option<String>,
    pub num_feature: Option<String>,
    pub num_target: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Objective {
    pub name: String,
}

/// The object `gradient_booster`.
#[derive(Debug, Default)]
pub(super) struct Booster {
    pub name: String,
    pub model: Option<TreeModel>,
    /// The weight of each tree, of the booster `dart`.
    pub weight_drop: Vec<f32>,
}

/// The object `model` of a booster of trees.
#[derive(Debug, Default)]
pub(super) struct TreeModel {
    pub num_parallel_tree: Option<String>,
    /// Where the trees of each iteration begin.
    pub iteration_indptr: Option<Vec<u32>>,
    /// The sum to which each tree adds.
    pub tree_info: Vec<i32>,
    pub trees: Vec<TreeFile>,
    pub categories: Vec<Categories>,
}

/// The values of a column that was a category.
#[derive(Debug, Default)]
pub(super) struct Categories {
    /// Where texts begin in `values`, which are then bytes. `None` if the values are numbers.
    pub offsets: Option<Vec<i64>>,
    pub values: Vec<f64>,
}

/// One tree: the same position in each list is the same node.
#[derive(Debug, Default)]
pub(super) struct TreeFile {
    pub left_children: Vec<i32>,
    pub right_children: Vec<i32>,
    pub split_indices: Vec<u32>,
    /// Thresholds, and the values of leaves.
    pub split_conditions: Vec<f32>,
    pub default_left: Vec<u8>,
    /// One if a split asks for categories. Empty in old files.
    pub split_type: Vec<u8>,
    pub categories: Vec<i32>,
    pub categories_nodes: Vec<u32>,
    pub categories_segments: Vec<i64>,
    pub categories_sizes: Vec<i64>,
    pub size_leaf_vector: Option<String>,
    pub num_deleted: Option<String>,
}

impl Learner {
    /// Reads a whole file. `None` if it has no learner.
    pub fn read(document: &mut impl Document) -> Result<Option<Self>, DocumentFault> {
        let mut learner = None;
        document.object(|document, key| match key {
            "learner" => {
                learner = Some(Self::read_learner(document)?);
                Ok(())
            }
            _ => document.skip(),
        })?;
        document.end()?;
        Ok(learner)
    }

    fn read_learner(document: &mut impl Document) -> Result<Self, DocumentFault> {
        let mut learner = Self::default();
        document.object(|document, key| {
            match key {
                "attributes" => learner.attributes = Attributes::read(document)?,
                "feature_names" => learner.feature_names = document.texts()?,
                "feature_types" => learner.feature_types = document.texts()?,
                "gradient_booster" => learner.booster = Booster::read(document)?,
                "learner_model_param" => learner.parameters = Parameters::read(document)?,
                "objective" => learner.objective = Objective::read(document)?,
                _ => document.skip()?,
            }
            Ok(())
        })?;
        Ok(learner)
    }
}

impl Attributes {
    fn read(document: &mut impl Document) -> Result<Self, DocumentFault> {
        let mut attributes = Self::default();
        document.object(|document, key| match key {
            "best_iteration" => {
                attributes.best_iteration = Some(document.text()?);
                Ok(())
            }
            _ => document.skip(),
        })?;
        Ok(attributes)
    }
}

impl Parameters {
    fn read(document: &mut impl Document) -> Result<Self, DocumentFault> {
        let mut parameters = Self::default();
        document.object(|document, key| {
            let parameter = match key {
                "base_score" => &mut parameters.base_score,
                "num_class" => &mut parameters.num_class,
                "num_feature" => &mut parameters.num_feature,
                "num_target" => &mut parameters.num_target,
                _ => return document.skip(),
            };
            *parameter = Some(document.text()?);
            Ok(())
        })?;
        Ok(parameters)
    }
}

impl Objective {
    fn read(document: &mut impl Document) -> Result<Self, DocumentFault> {
        let mut objective = Self::default();
        document.object(|document, key| match key {
            "name" => {
                objective.name = document.text()?;
                Ok(())
            }
            _ => document.skip(),
        })?;
        Ok(objective)
    }
}

impl Booster {
    /// The booster `dart` has its trees in a booster of its own.
    fn read(document: &mut impl Document) -> Result<Self, DocumentFault> {
        let mut booster = Self::default();
        document.object(|document, key| {
            match key {
                "name" => booster.name = document.text()?,
                "model" => booster.model = Some(TreeModel::read(document)?),
                "weight_drop" => booster.weight_drop = document.numbers()?,
                "gbtree" => document.object(|document, key| match key {
                    "model" => {
                        booster.model = Some(TreeModel::read(document)?);
                        Ok(())
                    }
                    _ => document.skip(),
                })?,
                _ => document.skip()?,
            }
            Ok(())
        })?;
        Ok(booster)
    }
}

impl TreeModel {
    fn read(document: &mut impl Document) -> Result<Self, DocumentFault> {
        let mut model = Self::default();
        document.object(|document, key| {
            match key {
                "gbtree_model_param" => document.object(|document, key| match key {
                    "num_parallel_tree" => {
                        model.num_parallel_tree = Some(document.text()?);
                        Ok(())
                    }
                    _ => document.skip(),
                })?,
                "iteration_indptr" => model.iteration_indptr = Some(document.numbers()?),
                "tree_info" => model.tree_info = document.numbers()?,
                "trees" => document.list(|document, _| {
                    model.trees.push(TreeFile::read(document)?);
                    Ok(())
                })?,
                "cats" => document.object(|document, key| match key {
                    "enc" => document.list(|document, _| {
                        model.categories.push(Categories::read(document)?);
                        Ok(())
                    }),
                    _ => document.skip(),
                })?,
                _ => document.skip()?,
            }
            Ok(())
        })?;
        Ok(model)
    }
}

impl Categories {
    fn read(document: &mut impl Document) -> Result<Self, DocumentFault> {
        let mut categories = Self::default();
        document.object(|document, key| {
            match key {
                "offsets" => categories.offsets = Some(document.numbers()?),
                "values" => categories.values = document.numbers()?,
                _ => document.skip()?,
            }
            Ok(())
        })?;
        Ok(categories)
    }
}

impl TreeFile {
    fn read(document: &mut impl Document) -> Result<Self, DocumentFault> {
        let mut tree = Self::default();
        document.object(|document, key| {
            match key {
                "left_children" => tree.left_children = document.numbers()?,
                "right_children" => tree.right_children = document.numbers()?,
                "split_indices" => tree.split_indices = document.numbers()?,
                "split_conditions" => tree.split_conditions = document.numbers()?,
                "default_left" => tree.default_left = document.numbers()?,
                "split_type" => tree.split_type = document.numbers()?,
                "categories" => tree.categories = document.numbers()?,
                "categories_nodes" => tree.categories_nodes = document.numbers()?,
                "categories_segments" => tree.categories_segments = document.numbers()?,
                "categories_sizes" => tree.categories_sizes = document.numbers()?,
                "tree_param" => document.object(|document, key| {
                    let parameter = match key {
                        "size_leaf_vector" => &mut tree.size_leaf_vector,
                        "num_deleted" => &mut tree.num_deleted,
                        _ => return document.skip(),
                    };
                    *parameter = Some(document.text()?);
                    Ok(())
                })?,
                _ => document.skip()?,
            }
            Ok(())
        })?;
        Ok(tree)
    }
}
