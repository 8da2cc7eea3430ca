//! What the examples of rules name: a set with a version, jobs by a mixed model, a backtest and a review.

use serde_json::{Value, json};

use super::bundled_server::Server;

/// The review that examples name.
pub const REVIEW: &str = "019ab3c9e5f67f8091a2b3c4d5e6f709";

/// The file of a version of the set.
pub const RULES: (&str, &str) = (
    "noodles.yaml",
    "model_type: mixed_model\nin: [content]\nlabels: {noodles: [麵 AND NOT 徵才]}\n",
);

/// Ten days of the sample: a job is done soon, whatever else the examples have started.
fn of_range(flow: &str, mut members: Value) -> Value {
    members["start_time"] = json!("2020-01-01");
    members["end_time"] = json!("2020-01-11");
    json!({ flow: members })
}

impl Server {
    /// A rule set whose first version is active.
    pub async fn leave_rule_set(&self) {
        let url = format!("{}/v1/rule_sets/noodles", self.bundled.base);
        let document = json!({
            "model_type": "mixed_model", "in": ["title", "content"], "labels": { "noodles": ["麵"] },
        });
        let stored = self
            .request("POST", &format!("{url}/versions"))
            .json(&document);
        let active = self.request("PUT", &format!("{url}/active"));
        let active = active.json(&json!({ "version": 1 }));
        for change in [stored, active] {
            let answer = change.header("if-match", "*").send().await.unwrap();
            let status = answer.status();
            assert!(status.is_success(), "{status}: {:?}", answer.text().await);
        }
    }

    /// Submits a job; its id once it is in a state.
    async fn submit(&self, body: &Value, state: &str) -> String {
        let accepted = self.call("/v1/jobs", body).await;
        let id = accepted["id"].as_str().unwrap().to_owned();
        assert_eq!(self.state_once_ended(&id).await, state);
        id
    }

    fn mixed(gate: &Value) -> Value {
        let rules = json!({
            "name": "meals", "in": ["content"], "gate": gate,
            "labels": { "food": ["麵"], "tea": ["茶"] },
        });
        let labelling = json!({ "model_type": "mixed_model", "rules": rules, "countdown_s": 0 });
        of_range("labelling", labelling)
    }

    /// A job that has published by a mixed model.
    pub async fn labelled(&self) -> String {
        self.submit(&Self::mixed(&json!({})), "succeeded").await
    }

    /// A job that waits for a decision.
    pub async fn held(&self) -> String {
        let gate = json!({ "coverage_min": 0.99 });
        self.submit(&Self::mixed(&gate), "parked").await
    }

    /// A backtest that takes a rule away from `food`.
    pub async fn backtested(&self) -> String {
        let of = |rules: &[&str]| json!({ "document": { "model_type": "mixed_model", "labels": { "food": rules } } });
        let backtest = json!({
            "base": of(&["拉麵", "麵"]), "candidate": of(&["麵"]), "predict_type": "content",
        });
        let body = of_range("backtest", backtest);
        self.submit(&body, "succeeded").await
    }

    /// A review of published rows.
    pub async fn reviewed(&self) -> String {
        let job = self.labelled().await;
        let review = self.call("/v1/reviews", &json!({ "job": job })).await;
        review["id"].as_str().unwrap().to_owned()
    }
}
