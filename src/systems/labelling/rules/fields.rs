//! The fields that a set looks at: a row takes part if one of them is not NULL.

use super::set::{Fields, FilterAction, Near, Node, NodeKind, RuleSet};

/// Those that rules, excepts and drops look at; of a set without any of these its own.
pub fn fields_in_use(set: &RuleSet) -> Fields {
    let rules = set.labels.iter().flat_map(|label| {
        let rules = label.rules.iter().map(|rule| (&rule.tree, rule.fields));
        let excepts = label.except.iter();
        rules.chain(excepts.map(|except| (&except.tree, except.fields)))
    });
    let filters = set.filters.iter();
    let drops = filters.filter(|filter| filter.action == FilterAction::Drop);
    let drops = drops.map(|drop| (&drop.expression.tree, drop.expression.fields));
    let used = rules
        .chain(drops)
        .fold(Fields::default(), |used, (tree, fields)| {
            used.union(of_node(tree, fields.unwrap_or(set.fields)))
        });
    match used.is_empty() {
        true => set.fields,
        false => used,
    }
}

/// `fields` are those that apply around it.
fn of_node(node: &Node, fields: Fields) -> Fields {
    let fields = node.fields.unwrap_or(fields);
    let of_all = |nodes: &[Node]| {
        let nodes = nodes.iter();
        nodes.fold(Fields::default(), |used, node| {
            used.union(of_node(node, fields))
        })
    };
    match &node.kind {
        NodeKind::Keyword(_) | NodeKind::Pattern(_) | NodeKind::List(_) => fields,
        NodeKind::And(operands) | NodeKind::Or(operands) => of_all(operands),
        NodeKind::AtLeast { operands, .. } => of_all(operands),
        NodeKind::Not(inner) | NodeKind::Group(inner) => of_node(inner, fields),
        NodeKind::Near(near) => {
            let Near { left, right, .. } = &**near;
            of_node(left, fields).union(of_node(right, fields))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::labelling::rules::forms::{Form, read};
    use crate::systems::labelling::rules::matching::Compiled;
    use crate::systems::labelling::rules::set::Field;

    fn set(json: &str) -> RuleSet {
        let document = read(Form::Json, "rules.json", json.as_bytes(), "rules");
        assert!(!document.findings.has_errors(), "{:?}", document.findings);
        document.set
    }

    #[test]
    fn only_fields_that_something_looks_at_count() {
        use Field::{Author, Content, SAreaId, Title};
        for (json, expected) in [
            (
                r#"{"in":["title","content"],"labels":{"a":["x"]}}"#,
                vec![Title, Content],
            ),
            (
                r#"{"in":["title","content"],"labels":{"a":["title:x"]}}"#,
                vec![Title],
            ),
            (
                r#"{"in":["content"],"labels":{"a":{"rules":["x AND NOT author:y"],"except":["s_area_id:z"]}}}"#,
                vec![Author, Content, SAreaId],
            ),
            (
                r#"{"in":["content"],"filters":[{"drop":"x","in":"title"}],"labels":{"a":["y"]}}"#,
                vec![Title, Content],
            ),
            (
                r#"{"in":["content"],"filters":[{"cut":"x","in":"title"}],"labels":{"a":["title:(a NEAR/2 b) OR c"]}}"#,
                vec![Title, Content],
            ),
        ] {
            let set = set(json);
            let used = fields_in_use(&set);
            assert_eq!(used.iter().collect::<Vec<_>>(), expected, "{json}");
            assert_eq!(used, Compiled::of(&set).unwrap().fields(), "{json}");
        }
    }

    #[test]
    fn a_stored_set_is_the_same_set() {
        let set = set(
            r#"{"in":["content"],"lists":{"l":["一蘭","/u-?don/"]},"filters":[{"cut":"/x+/"}],
               "labels":[{"name":"food","rules":[["拉麵","word"],"a NEAR/3f (b OR list:l) AND NOT raw:c",
               {"when":"2 OF (a, b, c)","id":"two","note":"n"}],"except":["title:d"]}]}"#,
        );
        let stored = serde_json::to_string(&set).unwrap();
        let read: RuleSet = serde_json::from_str(&stored).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        let texts = |set: &RuleSet| {
            let rules = set.labels[0].rules.iter();
            let rules = rules.map(|rule| (rule.id.clone(), rule.text.clone()));
            rules.collect::<Vec<_>>()
        };
        assert_eq!(texts(&read), texts(&set));
    }
}
