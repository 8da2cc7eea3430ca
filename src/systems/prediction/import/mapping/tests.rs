//! Mappings that are wrong: all faults at once, each with its line, its column and what was expected.

use super::super::read_mapping;

/// The faults of a mapping, as they are printed.
fn faults(text: &str) -> Vec<String> {
    match read_mapping(text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

const EVERY_KEY: &str = include_str!("every_key.yaml");

#[test]
fn every_key_of_the_specification_is_taken() {
    assert_eq!(faults(EVERY_KEY), Vec::<String>::new());
    let mapping = read_mapping(EVERY_KEY.as_bytes()).expect("it is good");
    let names: Vec<&str> = mapping.tables[0]
        .outputs()
        .iter()
        .map(|output| output.name)
        .collect::<Vec<_>>();
    assert_eq!(
        names,
        [
            "region",
            "shop",
            "domestic",
            "booked_on",
            "code",
            "year",
            "sales",
            "visitors",
            "made_on",
            "title",
            "first",
            "number",
            "note"
        ]
    );
}

#[test]
fn all_faults_are_found_at_once() {
    let text = "\
import: a
shete: b
tables:
  - into: t
    start: x
    header_rows: two
    end: \"(\"
    columns:
      a: {from: A, type: nubmer}
      b: {form: B}
      c: {from: C, unit: 千縁, type: number}
";
    let faults = faults(text);
    let expected = [
        "2:1: unknown field `shete`, expected one of `import`, `sheet`, `hidden`, `encoding`, `null_words`, `output`, `tables`",
        "6:18: tables[0].header_rows: invalid type: string \"two\", expected a whole number from 1 to 20",
        "7:10: tables[0].end: invalid regular expression `(`: unclosed group",
        "9:26: tables[0].columns.a.type: unknown variant `nubmer`, expected one of `text`, `raw`, `number`, `integer`, `boolean`, `date`, `month`, `year`, `datetime`",
        "10:10: tables[0].columns.b: missing field `from`",
        "10:11: tables[0].columns.b: unknown field `form`, expected one of `from`, `type`, `unit`, `required`, `min`, `max`, `one_of`, `like`, `match`, `strip`, `partial`",
        "11:26: tables[0].columns.c.unit: unknown unit `千縁`; expected one such as 円, 千円, 百万円, 人, 件, %, kg or ㎡",
    ];
    assert_eq!(faults, expected);
}

#[test]
fn what_does_not_go_together_is_found() {
    let text = "\
import: a
sheet: {regex: a, index: 1}
encoding: latin1
tables:
  - into: t
    start: x
    skip_rows: {nowhere: 計}
    fill_down: [a, b]
    columns: {a: {from: A}, A: {from: B}, _cell: {from: C}, d: {from: D, unit: 円}, e: {from: E, type: date, max: 5}}
    key: [a, a, z]
    meta: {m: {find: a, below: b}, n: {type: date}, o: {cell: 5}}
  - into: u
    header_rows: 2
  - into: v
    start: x
    columns: {a: {from: A}}
    unpivot: {levels: [{name: b}], value: {name: a}}
  - into: w
    start: x
    unpivot: {levels: [{spread: {X: {name: x}}}], value: {name: y}}
";
    let faults = faults(text);
    for expected in [
        "2:1: sheet: has `regex` and `index`; expected one of them",
        "3:1: encoding: unknown encoding `latin1`",
        "tables[0].skip_rows.nowhere: unknown column `nowhere`; known: a, A, _cell, d, e",
        "tables[0].fill_down[1]: unknown column `b`",
        "tables[0].columns.A: the name `A` is given to two columns of the table",
        "tables[0].columns._cell: the name `_cell` is taken",
        "tables[0].columns.d.unit: is for the types number and integer; this is text",
        "tables[0].columns.e.max: expected a date such as 2020-04-01",
        "tables[0].key[1]: `a` is given twice",
        "10:17: tables[0].key[2]: unknown column `z`; known: a, A, _cell, d, e, m, n, o",
        "tables[0].meta.m: expected one of `find`, `right_of`, `below`, `cell` and `sheet`",
        "tables[0].meta.n: expected one of",
        "tables[0].meta.o.cell: unknown cell `5`; expected one such as B3",
        "tables[1].header_rows: is for tables with a header",
        "tables[1]: has neither `start`",
        "tables[2].unpivot.value.name: the name `a` is given to two columns",
        "tables[3].unpivot.value: stands beside a level with `spread`",
    ] {
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{expected}\n{faults:#?}"
        );
    }
}

#[test]
fn values_that_could_not_mean_anything_are_refused() {
    let of_table = |rest: &str| {
        faults(&format!(
            "import: a\ntables:\n  - into: t\n    start: x\n{rest}"
        ))
    };
    let of_column = |rest: &str| of_table(&format!("    columns: {{a: {{from: A, {rest}}}}}\n"));
    assert_eq!(
        of_column("type: date, min: \"2000-13-01\""),
        ["5:40: tables[0].columns.a.min: expected a date such as 2020-04-01"]
    );
    for good in [
        "type: date, min: 2000-12-01, max: 2000-12-31",
        "type: month, min: 2000-12, max: 2001-01-31",
        "type: datetime, min: 2000-12-01, max: \"2000-12-01T09:30:00\"",
        "match: \"No(\\\\d+)\"",
    ] {
        assert_eq!(of_column(good), Vec::<String>::new(), "{good}");
    }
    for (wrong, expected) in [
        (
            "type: month, max: 2000-13",
            "expected a month such as 2020-04",
        ),
        (
            "type: datetime, max: yesterday",
            "expected a date such as 2020-04-01, or one",
        ),
        (
            "type: date, min: 2001-01-01, max: 2000-01-01",
            "is greater than `max`",
        ),
        (
            "match: \"\\\\d+\"",
            "a.match: expected a group in round brackets",
        ),
    ] {
        let faults = of_column(wrong);
        assert!(
            faults.len() == 1 && faults[0].contains(expected),
            "{faults:?}"
        );
    }
    let columns = "    columns: {a: {from: A}}\n";
    for (wrong, expected) in [
        ("key: []", "tables[0].key: expected at least one column"),
        (
            "header_rows: 21",
            "header_rows: invalid value: integer `21`, expected a whole number from 1 to 20",
        ),
        ("header_rows: 0", "expected a whole number from 1 to 20"),
        ("header_above: -1", "expected a whole number from 0 to 20"),
    ] {
        let faults = of_table(&format!("{columns}    {wrong}\n"));
        assert!(
            faults.len() == 1 && faults[0].contains(expected),
            "{faults:?}"
        );
    }
}

#[test]
fn each_key_that_is_missing_misspelt_or_of_the_wrong_type_has_its_line() {
    let lines: Vec<&str> = EVERY_KEY.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let Some((indent, key)) = line.split_once(':').map(|(key, _)| {
            (
                key.len() - key.trim_start_matches([' ', '-']).len(),
                key.trim_start_matches([' ', '-']),
            )
        }) else {
            continue;
        };
        // Names that people choose are not misspelt.
        if key.starts_with('#') || !KEYS.contains(&key) {
            continue;
        }
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        changed[at] = format!(
            "{}{}",
            &line[..indent],
            line[indent..].replacen(key, &format!("{key}x"), 1)
        );
        let faults = faults(&changed.join("\n"));
        let number = at + 1;
        let is_found = faults
            .iter()
            .any(|fault| fault.starts_with(&format!("{number}:")) && fault.contains("expected"));
        assert!(is_found, "{key} on line {number}: {faults:#?}");
    }
}

const KEYS: [&str; 24] = [
    "import",
    "sheet",
    "hidden",
    "encoding",
    "null_words",
    "output",
    "tables",
    "into",
    "start",
    "after",
    "header_rows",
    "header_above",
    "header_fill",
    "transpose",
    "end",
    "blank_rows",
    "skip_rows",
    "skip_columns",
    "fill_down",
    "columns",
    "unpivot",
    "key",
    "meta",
    "levels",
];

#[test]
fn names_that_belong_to_the_program_are_refused_with_their_line() {
    for name in ["audience_job", "SQLITE_master", "v_job", "v_import"] {
        let text = format!(
            "import: a\ntables:\n  - into: {name}\n    start: x\n    columns: {{a: {{from: A}}}}\n"
        );
        let expected = format!(
            "3:5: tables[0].into: `{name}` is a name of the program's own; expected another one"
        );
        assert_eq!(faults(&text), [expected]);
        assert_eq!(faults(&text.replace(name, "v_jobs")), Vec::<String>::new());
    }
}

#[test]
fn texts_that_are_no_mappings_are_refused_with_a_sentence() {
    assert_eq!(
        faults(""),
        ["1:1: expected a mapping that begins with `import:`"]
    );
    assert_eq!(
        faults("- a"),
        ["1:1: expected a mapping that begins with `import:`"]
    );
    assert_eq!(
        faults("import: a\ntables: []\n"),
        ["2:1: tables: expected at least one table"]
    );
    assert!(
        faults("import: a\n")
            .join("")
            .contains("missing field `tables`")
    );
    assert_eq!(
        read_mapping(&[0xFF, 0xFE]).expect_err("no UTF-8")[0].problem,
        "the file is not UTF-8"
    );
    assert_eq!(faults("import: [\n").len(), 1);
}
