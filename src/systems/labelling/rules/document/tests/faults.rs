use super::*;

fn faults(text: &str) -> Vec<String> {
    lines(&yaml(&format!("model_type: mixed_model\n{text}")))
}

#[test]
fn all_faults_are_found_at_once_with_their_places() {
    let found = faults(
        "nane: x
normalise: nfkc
in: [title, contents]
variants: chinese
gate: {coverage_mim: 1, drift_max: high, overlap_max: 2, hold: 3w}
labels:
  - name: food
    rules:
      - [拉麵, partialy]
      - {txt: a, match_type: start}
      - {text: a, pattern: b}
      - {pattern: a+, match_type: start}
      - 12
      - a AND b OR c
      - a b
      - {text: AI, id: x}
      - {text: BI, id: x}
      - '/a*/'
      - list:brand
    excepts: [a]
  - rules: [a]
",
    );
    assert_eq!(
        found,
        [
            "set.yaml:2:1: E02: nane: unknown key; did you mean name?",
            "set.yaml:3:1: E02: normalise: unknown key; did you mean normalize?",
            "set.yaml:4:13: E02: in: unknown field `contents`; did you mean content?",
            "set.yaml:5:1: E02: variants: found `chinese`; expected one of none, han",
            "set.yaml:6:8: E02: coverage_mim: unknown key; did you mean coverage_min?",
            "set.yaml:6:25: E02: drift_max: expected a number from 0 on, found a string",
            "set.yaml:6:42: E02: overlap_max: found 2; expected a number from 0 to 1",
            "set.yaml:6:58: E02: hold: found `3w`; expected a duration such as 90m, 12h or 7d, 366d at most",
            "set.yaml:21:5: E02: excepts: unknown key; did you mean except?",
            "set.yaml:10:14: E02: rules: unknown match type `partialy`; did you mean partially?",
            "set.yaml:11:10: E02: txt: unknown key; did you mean text?",
            "set.yaml:11:9: E02: rules: a rule without text, pattern and when; expected one of text, pattern, when",
            "set.yaml:12:9: E02: rules: a rule with text and pattern; expected one of text, pattern, when",
            "set.yaml:13:23: E02: match_type: only a rule with text has match_type; remove it",
            "set.yaml:14:9: E02: rules: expected an expression as a string, [text, match_type] or a mapping with text, pattern or when, found a number; put it in quotes",
            "set.yaml:22:5: E02: labels: a label without name; add it",
            "set.yaml:18: E07: the id `x` is given twice (set.yaml:17); give this rule another one, or none",
            "set.yaml:15, column 9: E01: AND and OR stand beside each other; put one of them in brackets: (a AND b) OR c",
            "set.yaml:16, column 3: E01: two terms stand side by side; write AND, OR or NEAR/5 between them, or put both in quotes as one text",
            "set.yaml:19: E04: /a*/: the pattern can match nothing; write + for *, or a text that has to be there",
            "set.yaml:20, column 1: E06: unknown list \"brand\"; the set has no lists: write them under `lists`",
        ],
        "{found:#?}"
    );
}

#[test]
fn faults_of_rules_name_the_column_in_the_rule() {
    let document = yaml(
        "model_type: mixed_model
lists: {own: [a, 'list:own']}
filters: [{cut: a AND b}]
labels:
  - name: food
    rules:
      - a AND b OR c
      - {text: AI, id: x}
      - {text: BI, id: x}
      - '/a*/'
      - list:brand
      - NOT a
      - {text: '', match_type: start}
    except: [a b]
  - {name: a/b, rules: [a]}
  - {name: food, rules: [c]}
gate: {label_members_min: {fod: 3}}
",
    );
    let found: Vec<(String, &str, Option<u32>)> = document
        .findings
        .list()
        .iter()
        .map(|finding| {
            (
                finding.place.to_string(),
                finding.code.as_str(),
                finding.column,
            )
        })
        .collect();
    let line = |line: u32| format!("set.yaml:{line}");
    assert_eq!(
        found,
        [
            (line(9), "E07", None),
            (line(7), "E01", Some(9)),
            (line(12), "E05", Some(1)),
            (line(14), "E01", Some(3)),
            (line(15), "E02", None),
            (line(16), "E02", None),
            ("rules".to_owned(), "E02", None),
            (line(2), "E06", None),
            (line(3), "E05", Some(1)),
            (line(10), "E04", None),
            (line(11), "E06", Some(1)),
            (line(13), "E03", None),
        ],
        "{:#?}",
        lines(&document)
    );
    assert!(document.findings.has_errors());
}

#[test]
fn a_fault_of_json_has_a_pointer() {
    let document = json(
        r#"{"model_type":"mixed_model","labels":[{"name":"a","rules":["b",["c","strat"],7]}],"x/y":1}"#,
    );
    assert_eq!(
        lines(&document),
        [
            "/x~1y: E02: x/y: unknown key; expected one of name, model_type, version, in, normalize, \
             variants, case_sensitive, exclusive, row_labels, author_conflict, gate, lists, filters, \
             labels",
            "/labels/0/rules/1/1: E02: rules: unknown match type `strat`; did you mean start?",
            "/labels/0/rules/2: E02: rules: expected an expression as a string, [text, match_type] or a \
             mapping with text, pattern or when, found a number; put it in quotes",
        ]
    );
}

#[test]
fn a_text_that_is_no_document_is_a_fault() {
    for (text, expected) in [
        ("a: [", "set.yaml:1:"),
        ("- a", "set.yaml:1:1: E02: the document: expected a mapping"),
    ] {
        let found = lines(&yaml(text));
        assert!(found[0].starts_with(expected), "{text}: {found:?}");
    }
    let big5 = b"name: a\n# \xa9\xd4\xc4\xd1\xa9\xd4\xc4\xd1\xab\xdc\xa6n\xa6Y\xa1A\xa7\xda\xad\xcc\xb3\xa3\xab\xdc\xb3\xdf\xc5w\n";
    let found = lines(&read(Form::Yaml, "set.yaml", big5, "set"));
    assert_eq!(
        found,
        [
            "set.yaml:2: E01: the text is in Big5; expected UTF-8; save it as UTF-8 (in Excel: CSV UTF-8)"
        ]
    );
}

#[test]
fn what_is_too_large_is_refused_by_its_limit() {
    let rules: Vec<String> = (0..=limits::RULES)
        .map(|number| format!("- r{number}"))
        .collect();
    let document = yaml(&format!(
        "model_type: mixed_model\nlabels:\n  a:\n  {}\n",
        rules.join("\n  ")
    ));
    assert_eq!(
        lines(&document),
        ["rules: E08: more than 200000 rules, excepts and filters; make two sets of it"]
    );
    let deep = format!("{{\"labels\":{}", "[".repeat(10_000));
    let found = lines(&json(&deep));
    assert!(found[0].contains("nested too deeply"), "{found:?}");
    let long = "x".repeat(1_001);
    let document = yaml(&format!(
        "model_type: mixed_model\nlabels:\n  a: [[{long}, start]]\n"
    ));
    assert!(
        lines(&document)[0].contains("E08"),
        "{:?}",
        lines(&document)
    );
}

#[test]
fn a_document_that_would_take_all_memory_is_refused() {
    let document = yaml(&format!(
        "model_type: mixed_model\nlabels:\n  a:\n    - [b, '{}']\n",
        "start,".repeat(100_000)
    ));
    let found = lines(&document);
    assert!(found[0].contains("more than 16 match types"), "{found:?}");
    let keys: Vec<String> = (0..50_000).map(|number| format!("k{number}: 1")).collect();
    let document = yaml(&format!(
        "model_type: mixed_model\nlabels: {{}}\n{}\n",
        keys.join("\n")
    ));
    let counts = document.findings.counts();
    assert_eq!(counts.values().copied().collect::<Vec<u64>>(), [50_000]);
    let text = "x".repeat(1 << 20);
    let aliases = "*a, ".repeat(1_000);
    let found = lines(&yaml(&format!("name: &a {text}\nlabels: [{aliases}]\n")));
    assert!(
        found[0].contains("aliases stand for more than"),
        "{}",
        found[0].len()
    );
    let found = lines(&json(&format!("[{}1]", "1,".repeat(limits::VALUES))));
    assert!(
        found[0].contains("more than 5000000 values"),
        "{}",
        found[0].len()
    );
}
