//! Rule sets get versions, and versions are activated: each change in one transaction, before anybody is answered.

use entity::{rule_set, rule_set_activation, rule_set_version};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::LabellingStore;
use super::rule_sets::{SetState, lock_set, set_state, version_row};
use crate::clock;
use crate::engine::store::{Result, query};

const STORE: &str = "store a version of a rule set";
const ACTIVATE: &str = "activate a version of a rule set";

/// Whether a set is as a caller has seen it; `None`: there is none of this name.
pub(crate) trait SetCondition: Clone + Send + Sync + 'static {
    fn is_met(&self, state: Option<&SetState>) -> bool;
}

/// What became of a new version.
#[derive(Clone, Debug)]
pub(crate) enum VersionOutcome {
    Stored(SetState),
    /// The newest version says the same.
    Same(SetState),
    /// The set is not as the caller has seen it.
    Changed,
}

/// A version that is to be activated.
#[derive(Clone, Debug)]
pub(crate) struct NewActivation {
    pub name: String,
    pub version: i32,
    pub by: String,
    pub why: Option<String>,
}

/// What became of an activation.
#[derive(Clone, Debug)]
pub(crate) enum ActivationOutcome {
    /// Also where it was active already.
    Active(Box<SetState>),
    /// The set is not as the caller has seen it.
    Changed,
    NoVersion,
}

impl LabellingStore {
    /// Stores a version under the next number of its set, whatever number it has.
    pub(crate) async fn add_rule_set_version(
        &self,
        row: rule_set_version::Model,
        condition: impl SetCondition,
    ) -> Result<VersionOutcome> {
        let add = || {
            let (row, condition) = (row.clone(), condition.clone());
            self.engine()
                .write(move |on| Box::pin(async move { add(on, row, &condition).await }))
        };
        self.engine().again(add).await
    }

    pub(crate) async fn activate_rule_set(
        &self,
        activation: NewActivation,
        condition: impl SetCondition,
    ) -> Result<ActivationOutcome> {
        let activate = || {
            let (activation, condition) = (activation.clone(), condition.clone());
            self.engine().write(move |on| {
                Box::pin(async move { activate(on, activation, &condition).await })
            })
        };
        self.engine().again(activate).await
    }

    /// Stores what a file of the settings says as a version, unless it is the newest one, and activates it. It is no
    /// change of the caller in whose time it is found.
    pub(crate) async fn follow_rule_set_file(
        &self,
        row: rule_set_version::Model,
        condition: impl SetCondition,
    ) -> Result<()> {
        let follow = || {
            let (row, condition) = (row.clone(), condition.clone());
            self.engine().write_soon(move |on| {
                Box::pin(async move {
                    let (name, by, why) =
                        (row.name.clone(), row.created_by.clone(), row.why.clone());
                    let state = match add(on, row, &condition).await? {
                        VersionOutcome::Stored(state) | VersionOutcome::Same(state) => state,
                        VersionOutcome::Changed => return Ok(()),
                    };
                    let activation = NewActivation {
                        name,
                        version: state.newest.version,
                        by,
                        why,
                    };
                    activate(on, activation, &condition).await.map(drop)
                })
            })
        };
        self.engine().again(follow).await
    }
}

async fn add(
    on: &DatabaseTransaction,
    mut row: rule_set_version::Model,
    condition: &impl SetCondition,
) -> Result<VersionOutcome> {
    use rule_set::Column;
    let name = row.name.clone();
    let set = rule_set::ActiveModel {
        name: Set(name.clone()),
        created_at: Set(row.created_at),
        newest: Set(0),
        active: Set(None),
        activations: Set(0),
    };
    // Nothing is looked at before it is locked: a transaction may see what was there when it looked first.
    rule_set::Entity::insert(set)
        .on_conflict(
            OnConflict::column(Column::Name)
                .do_nothing_on([Column::Name])
                .to_owned(),
        )
        .exec_without_returning(on)
        .await
        .map_err(query(STORE))?;
    lock_set(on, &name).await?;
    let state = set_state(on, &name).await?;
    if !condition.is_met(state.as_ref()) {
        if state.is_none() {
            rule_set::Entity::delete_by_id(name)
                .exec(on)
                .await
                .map_err(query(STORE))?;
        }
        return Ok(VersionOutcome::Changed);
    }
    if let Some(state) = state.as_ref()
        && state.newest.digest == row.digest
    {
        return Ok(VersionOutcome::Same(state.clone()));
    }
    row.version = state.map_or(0, |state| state.newest.version) + 1;
    rule_set_version::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(on)
        .await
        .map_err(query(STORE))?;
    rule_set::Entity::update_many()
        .col_expr(Column::Newest, Expr::value(row.version))
        .filter(Column::Name.eq(&name))
        .exec(on)
        .await
        .map_err(query(STORE))?;
    let stored = set_state(on, &name).await?;
    Ok(stored.map_or(VersionOutcome::Changed, VersionOutcome::Stored))
}

async fn activate(
    on: &DatabaseTransaction,
    activation: NewActivation,
    condition: &impl SetCondition,
) -> Result<ActivationOutcome> {
    use rule_set::Column;
    let name = activation.name;
    lock_set(on, &name).await?;
    let Some(state) = set_state(on, &name).await? else {
        return Ok(ActivationOutcome::NoVersion);
    };
    if !condition.is_met(Some(&state)) {
        return Ok(ActivationOutcome::Changed);
    }
    if state.set.active == Some(activation.version) {
        return Ok(ActivationOutcome::Active(Box::new(state)));
    }
    if version_row(on, &name, activation.version).await?.is_none() {
        return Ok(ActivationOutcome::NoVersion);
    }
    let row = rule_set_activation::Model {
        name: name.clone(),
        no: state.set.activations + 1,
        from_version: state.set.active,
        to_version: activation.version,
        activated_at: clock::now_micros(),
        activated_by: activation.by,
        why: activation.why,
    };
    rule_set::Entity::update_many()
        .col_expr(Column::Active, Expr::value(Some(row.to_version)))
        .col_expr(Column::Activations, Expr::value(row.no))
        .filter(Column::Name.eq(&name))
        .exec(on)
        .await
        .map_err(query(ACTIVATE))?;
    rule_set_activation::Entity::insert(row.into_active_model())
        .exec_without_returning(on)
        .await
        .map_err(query(ACTIVATE))?;
    let state = set_state(on, &name).await?;
    let active = state.map(|state| ActivationOutcome::Active(Box::new(state)));
    Ok(active.unwrap_or(ActivationOutcome::NoVersion))
}
