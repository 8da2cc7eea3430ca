use super::*;
use crate::systems::labelling::rules::forms::{Form, read};

/// Codes with the rules that they are about, in the order in which they are found.
fn found(text: &str) -> Vec<String> {
    let text = format!("model_type: mixed_model\n{text}");
    let document = read(Form::Yaml, "set.yaml", text.as_bytes(), "set");
    let findings = lint(&document);
    let lines = findings.list().iter().map(|finding| {
        let other = finding.other.as_ref().map_or(String::new(), |other| {
            format!(
                " {}",
                other.place.to_string().trim_start_matches("set.yaml:")
            )
        });
        let place = finding.place.to_string();
        let place = place.trim_start_matches("set.yaml:");
        format!("{} {place}{other}", finding.code.as_str())
    });
    lines.collect()
}

fn of_rules(rules: &[&str]) -> Vec<String> {
    let rules: Vec<String> = rules.iter().map(|rule| format!("    - {rule}\n")).collect();
    found(&format!("labels:\n  a:\n{}", rules.concat()))
}

#[test]
fn a_rule_that_a_keyword_of_its_label_covers_is_found() {
    for (rules, expected) in [
        (&["拉麵店", "[拉麵, partially]"][..], &["W02 4 5"][..]),
        (&["[拉麵, partially]", "[拉麵, start]"], &["W02 5 4"]),
        (&["[拉麵, start]", "[拉麵店, start]"], &["W02 5 4"]),
        (&["[拉麵, start]", "[拉麵店, absolutely]"], &["W02 5 4"]),
        (&["[店家, end]", "[拉麵店家, absolutely]"], &["W02 5 4"]),
        (&["[店家, end]", "[店家店家, end]"], &["W02 5 4"]),
        (&["[拉麵, start]", "[老拉麵, start]"], &[]),
        (&["[拉麵, start]", "[拉麵店, word]"], &[]),
        (&["[拉麵, word]", "[拉麵店, word]"], &[]),
        (&["{text: 拉麵, raw: true}", "拉麵店"], &[]),
        (&["拉麵", "{text: 拉麵店, raw: true}"], &["W02 5 4"]),
        (&["{text: 拉麵, in: title}", "拉麵店"], &[]),
        (
            &[
                "{text: 拉麵, in: 'title,content'}",
                "{text: 拉麵店, in: title}",
            ],
            &["W02 5 4"],
        ),
        (&["{text: abc, in: title}", "title:ABCD"], &["W02 5 4"]),
        (&["Abc", "aBC"], &["W02 5 4"]),
        (&["拉麵 AND 好吃", "拉麵"], &["W02 4 5"]),
        (&["好吃 NEAR/3 拉麵", "拉麵"], &["W02 4 5"]),
        (&["好吃 OR 拉麵", "拉麵"], &[]),
        (&["aaaa", "aaa", "aaaaa"], &["W02 4 5", "W02 6 5"]),
    ] {
        assert_eq!(of_rules(rules), expected, "{rules:?}");
    }
}

#[test]
fn a_rule_of_a_later_label_that_never_is_the_reason_is_found() {
    let labels = "labels:\n  - name: a\n    rules: [拉麵]\n  - name: b\n    rules:\n      - 拉麵店\n      - 拉麵\n      - 烏龍麵\n";
    assert_eq!(found(labels), ["W02 7 8", "W03 7 4", "W03 8 4"]);
    assert_eq!(found(&format!("row_labels: all\n{labels}")), ["W02 8 9"]);
    let excepted = labels.replace("rules: [拉麵]", "rules: [拉麵]\n    except: [廣告]");
    assert_eq!(found(&excepted), ["W02 8 9"]);
}

#[test]
fn a_rule_that_an_except_takes_away_is_found() {
    assert_eq!(
        found("labels:\n  - name: a\n    rules: [拉麵店, 好吃]\n    except: [拉麵 OR 求職]\n"),
        ["W04 4 5"]
    );
    assert_eq!(
        found("filters: [{drop: 抽獎}, {cut: 不抽獎}]\nlabels: {a: [抽獎活動, 抽]}\n"),
        ["W02 3 3", "W04 3 2", "W06 3"]
    );
}

#[test]
fn rules_that_are_never_true_or_odd_are_found() {
    for (options, rule, expected) in [
        ("", "拉麵 AND NOT 麵條", &[][..]),
        ("", "拉麵 AND NOT 拉麵", &["W05 5"]),
        ("", "拉麵 AND NOT (好吃 OR 麵)", &["W05 5"]),
        ("", "拉麵 AND NOT start:麵", &[]),
        ("normalize: nfkc", "/ＡＢ店家/", &["W05 5"]),
        ("normalize: nfkc", "/(ＡＢ|店)家店/", &[]),
        ("", "麵", &["W06 5"]),
        ("", "ab", &["W06 5"]),
        ("", "[麵, word]", &[]),
        ("", "['拉麵 ', partially]", &["W08 5"]),
        ("", "['!!!', partially]", &["W08 5"]),
        ("", "[\"拉\\u200b麵\", partially]", &["W08 5"]),
        ("", "['👨‍👩‍👧', partially]", &[]),
        ("", "ＡＢＣ", &["W09 5"]),
        ("normalize: nfkc", "ＡＢＣ", &[]),
        ("", "拉麵饭店", &["W09 5"]),
        ("", "拉麵飯店", &[]),
        ("variants: han", "拉麵饭店", &[]),
        ("", "/\\w+店\\b/", &["W11 5"]),
        ("", "/\\w{3}/", &["W11 5"]),
        ("", "/拉麵.{0,3}店/", &[]),
    ] {
        let options = if options.is_empty() {
            "exclusive: true"
        } else {
            options
        };
        let text = format!("{options}\nlabels:\n  a:\n    - {rule}\n");
        assert_eq!(found(&text), expected, "{options} {rule}");
    }
}

#[test]
fn words_that_folding_makes_one_are_found() {
    let labels = "labels:\n  a: [乾杯, 拉麵]\n  b: [幹杯, 拉面]\n";
    let of_folded: Vec<String> = found(&format!("variants: han\nrow_labels: all\n{labels}"));
    assert_eq!(of_folded, ["W10 6 5"]);
    assert_eq!(
        found(&format!("row_labels: all\n{labels}")),
        Vec::<String>::new()
    );
}

#[test]
fn a_set_that_is_too_large_to_be_compiled_is_not_compared_with_itself() {
    let long = "x".repeat(1_001);
    let rules = [long.as_str(), "拉麵", "拉麵店", "麵"];
    assert_eq!(of_rules(&rules), ["E08 4", "W06 7"]);
}

#[test]
fn labels_without_rules_and_lists_without_use_are_found() {
    assert_eq!(
        found("lists: {x: [list:y], y: [aaa], z: [bbb]}\nlabels: {a: [list:x], b: []}\n"),
        ["W12 rules", "W12 rules"]
    );
}

#[test]
fn a_sample_shows_what_is_too_broad_and_what_is_dead() {
    let text = "model_type: mixed_model\nlabels: {a: [aaa, bbb, ccc]}\n";
    let document = read(Form::Yaml, "set.yaml", text.as_bytes(), "set");
    let findings = of_sample(&document.set, 100, &[vec![21, 20, 0]]);
    let codes: Vec<&str> = findings.list().iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["W06", "W07"]);
}

#[test]
fn more_findings_than_are_listed_are_counted() {
    let rules: Vec<String> = (0..1_500)
        .map(|number| format!("x拉麵{number:04}"))
        .collect();
    let text = format!(
        "model_type: mixed_model\nlabels:\n  a: [拉麵, {}]\n",
        rules.join(", ")
    );
    let document = read(Form::Yaml, "set.yaml", text.as_bytes(), "set");
    let json = serde_json::to_value(lint(&document)).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1_000);
    assert_eq!(json["counts"]["W02"], 1_500);
    assert_eq!(json["cut"], true);
    let first = json["findings"][0].to_string();
    let expected = concat!(
        r#"{"code":"W02","level":"warning","label":"a","rule":"ID","place":"set.yaml:3","#,
        r#""message":"x拉麵0000 partially is covered by 拉麵 partially","advice":"remove it","#,
        r#""other":{"rule":"OTHER","place":"set.yaml:3"}}"#
    );
    let rules = &document.set.labels[0].rules;
    assert_eq!(
        first,
        expected
            .replace("ID", &rules[1].id)
            .replace("OTHER", &rules[0].id)
    );
}
