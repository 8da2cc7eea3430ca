//! Reviews, their rows, and what people say of them.

use entity::{rule_review, rule_review_item, rule_review_verdict};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::LabellingStore;
use crate::engine::store::{Result, insertion, query, rows};

const LOOK: &str = "look for reviews";
const STORE: &str = "store a review";
const SAY: &str = "store what a person says of a row";

/// Rows that one statement stores.
const ROWS_AT_ONCE: usize = 100;

impl LabellingStore {
    /// A review with its rows, all or nothing.
    pub(crate) async fn add_review(
        &self,
        review: rule_review::Model,
        items: Vec<rule_review_item::Model>,
    ) -> Result<()> {
        let write = || {
            let (review, items) = (review.clone(), items.clone());
            self.engine()
                .write(move |on| Box::pin(async move { add(on, &review, &items).await }))
        };
        self.engine().again(write).await
    }

    pub(crate) async fn review(&self, id: &str) -> Result<Option<rule_review::Model>> {
        rule_review::Entity::find_by_id(id.to_owned())
            .one(self.engine().reader())
            .await
            .map_err(query(LOOK))
    }

    /// Newest first; of one rule set, or of all.
    pub(crate) async fn reviews(
        &self,
        set: Option<&str>,
        limit: u64,
    ) -> Result<Vec<rule_review::Model>> {
        let mut select = rule_review::Entity::find();
        if let Some(set) = set {
            select = select.filter(rule_review::Column::RuleSet.eq(set));
        }
        select
            .order_by_desc(rule_review::Column::Id)
            .limit(limit)
            .all(self.engine().reader())
            .await
            .map_err(query(LOOK))
    }

    /// Rows behind this number, in their order.
    pub(crate) async fn review_items(
        &self,
        review: &str,
        behind: i32,
        limit: u64,
    ) -> Result<Vec<rule_review_item::Model>> {
        rule_review_item::Entity::find()
            .filter(rule_review_item::Column::ReviewId.eq(review))
            .filter(rule_review_item::Column::N.gt(behind))
            .order_by_asc(rule_review_item::Column::N)
            .limit(limit)
            .all(self.engine().reader())
            .await
            .map_err(query(LOOK))
    }

    /// What all people say of the rows of a review, by their numbers.
    pub(crate) async fn review_verdicts(
        &self,
        review: &str,
    ) -> Result<Vec<rule_review_verdict::Model>> {
        rule_review_verdict::Entity::find()
            .filter(rule_review_verdict::Column::ReviewId.eq(review))
            .order_by_asc(rule_review_verdict::Column::N)
            .order_by_asc(rule_review_verdict::Column::Who)
            .all(self.engine().reader())
            .await
            .map_err(query(LOOK))
    }

    /// Takes the place of what the same person has said before.
    pub(crate) async fn say_verdict(&self, said: rule_review_verdict::Model) -> Result<()> {
        let write = || {
            let said = said.clone();
            self.engine()
                .write(move |on| Box::pin(async move { say(on, said).await }))
        };
        self.engine().again(write).await
    }
}

async fn add(
    on: &DatabaseTransaction,
    review: &rule_review::Model,
    items: &[rule_review_item::Model],
) -> Result<()> {
    // Again after a commit of which nothing was heard.
    rule_review_item::Entity::delete_many()
        .filter(rule_review_item::Column::ReviewId.eq(review.id.as_str()))
        .exec(on)
        .await
        .map_err(query(STORE))?;
    rule_review::Entity::delete_many()
        .filter(rule_review::Column::Id.eq(review.id.as_str()))
        .exec(on)
        .await
        .map_err(query(STORE))?;
    rule_review::Entity::insert(review.clone().into_active_model())
        .exec_without_returning(on)
        .await
        .map_err(query(STORE))?;
    let backend = on.get_database_backend();
    for some in items.chunks(ROWS_AT_ONCE) {
        let statements = insertion(backend, some, &[])?.into_iter().collect();
        rows::execute_all(on, statements)
            .await
            .map_err(query(STORE))?;
    }
    Ok(())
}

async fn say(on: &DatabaseTransaction, said: rule_review_verdict::Model) -> Result<()> {
    use rule_review_verdict::Column;
    let replaced = OnConflict::columns([Column::ReviewId, Column::N, Column::Who])
        .update_columns([Column::Verdict, Column::Label, Column::Note, Column::SaidAt])
        .to_owned();
    let stored = rule_review_verdict::Entity::insert(said.into_active_model())
        .on_conflict(replaced)
        .exec_without_returning(on)
        .await;
    stored.map(drop).map_err(query(SAY))
}
