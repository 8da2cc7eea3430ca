use std::fs;

use super::*;

const EVERYTHING: &str = r##"
name: interests
model_type: mixed_model
in: [title, content]
normalize: nfkc
variants: han
case_sensitive: true
exclusive: false
row_labels: all
author_conflict: keep_all
lists:
  brands: [一蘭, '/u-?don/', start:x, '"a, b"', '"#tag"']
  more: ['list:brands', 'raw:"c d"']
  none: []
filters:
  - {cut: '/https?:\S+/', note: links}
  - {drop: 抽獎 OR 贈獎, in: content}
  - {cut: '"#ad"'}
labels:
  - name: food
    rules:
      - [拉麵, partially]
      - {text: AI, match_type: word, raw: true, in: title, id: ai-1, note: "client\tX, \"Y\"\nZ"}
      - {pattern: '拉麵.{0,5}店'}
      - {pattern: '#\S+/x'}
      - 拉麵 NEAR/5 (好吃 OR list:brands) AND NOT 廣告
      - {when: "title:a AND\n  b", in: [author, s_area_id], id: two-lines}
      - ["tab\there", start]
      - ["line\nbreak", end]
      - ["#hash", partially]
      - ["\ufeffmark", partially]
      - ["  blanks  ", partially]
      - ["=SUM(A1)", partially]
      - ["'quote", partially]
      - ["+1", absolutely]
      - ["-", word]
      - ["@me", partially]
      - ["yes", partially]
      - ["1.10", partially]
      - ["2024-01-01", partially]
      - ["a: b # c", partially]
      - ["\"quoted\" \\ and, more; [x] {y}", partially]
      - ["a\u200bb\u3000c", partially]
      - ["👨‍👩‍👧", partially]
      - ["_x0041_", partially]
      - [NEAR, partially]
    except: [徵才 OR 求職, {text: 廣告, in: title, note: "\"x\""}]
  - {name: Food, rules: [a]}
  - {name: 'CON', rules: []}
  - {name: '..', rules: ['b']}
  - {name: 'a.except', rules: ['c'], except: [d]}
  - {name: 'a:b*?"<>|%', rules: ['e']}
  - {name: '=label', rules: ['f']}
  - {name: 'é', rules: ['g']}
  - {name: "e\u0301", rules: ['h']}
gate:
  coverage_min: 0.02
  drift_max: 1
  label_members_min: {food: 3, 'a.except': 4}
  precision_min: {food: 0.9}
  hold: 12h
"##;

#[test]
fn everything_survives_every_form() {
    let document = document(EVERYTHING);
    for form in Form::VARIANTS {
        for style in [Expressions::AsWritten, Expressions::Formatted] {
            survives(&document, *form, style);
        }
    }
}

#[test]
fn every_form_leads_to_every_other() {
    let first = document(EVERYTHING);
    let mut document = first.clone();
    for form in [
        Form::Csv,
        Form::Json,
        Form::Tsv,
        Form::Xlsx,
        Form::Yaml,
        Form::Csv,
    ] {
        let bytes = write(form, &document, Expressions::AsWritten).unwrap();
        document = read(form, "file", &bytes, "x");
        assert_eq!(document.digest(), first.digest(), "{form:?}");
    }
}

#[test]
fn a_directory_survives_and_loses_labels_that_are_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interests");
    let document = document(EVERYTHING);
    save_tree(
        &path,
        &write_tree(&document, Expressions::AsWritten).unwrap(),
    )
    .unwrap();
    fs::write(path.join("README.md"), "about").unwrap();
    let again = read_path(&path).unwrap();
    assert_eq!(lines(&again), Vec::<String>::new());
    assert_eq!(again.digest(), document.digest());
    assert!(path.join("labels/%46ood.tsv").is_file());
    assert!(path.join("labels/food.except.tsv").is_file());
    let mut fewer = document;
    fewer.set.labels.truncate(1);
    save_tree(&path, &write_tree(&fewer, Expressions::AsWritten).unwrap()).unwrap();
    assert_eq!(fs::read_dir(path.join("labels")).unwrap().count(), 2);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("x"), "").unwrap();
    assert!(save_tree(&other, &Tree::new()).is_err());
}

#[test]
fn files_look_as_people_expect_them() {
    let document = document(
        "name: a\nmodel_type: mixed_model\nlists: {x: [b]}\nlabels:\n  food:\n    - [拉麵, 'start,raw:end']\n    \
         - {text: '=x', note: n}\n    - {text: \"#y\", in: title}\n    - b  AND  list:x\n",
    );
    let text =
        |form| String::from_utf8(write(form, &document, Expressions::AsWritten).unwrap()).unwrap();
    assert_eq!(
        text(Form::Csv),
        "\u{feff}part,label,text,match_type,in,id,note\r\noption,name,a,,,,\r\n\
         option,model_type,mixed_model,,,,\r\nlist,x,b,partially,,,\r\nrule,food,拉麵,start,,,\r\n\
         rule,food,拉麵,raw:end,,,\r\nrule,food,'=x,partially,,,n\r\nrule,food,#y,partially,title,,\r\n\
         rule,food,b  AND  list:x,expression,,,\r\n"
    );
    assert_eq!(
        text(Form::Yaml),
        "name: a\nmodel_type: mixed_model\nlists:\n  x:\n    - b\nlabels:\n  - name: food\n    rules:\n      \
         - [拉麵, start]\n      - {text: 拉麵, match_type: end, raw: true}\n      \
         - {text: '=x', match_type: partially, note: 'n'}\n      \
         - {text: '#y', match_type: partially, in: title}\n      - b  AND  list:x\n"
    );
    let tree = write_tree(&document, Expressions::Formatted).unwrap();
    let file = |name: &str| {
        let found = tree.iter().find(|(path, _)| path == name).unwrap();
        String::from_utf8(found.1.clone()).unwrap()
    };
    assert_eq!(
        file("labels/food.tsv"),
        "拉麵\tstart\n拉麵\traw:end\n=x\tpartially\t\t\tn\n\"#y\"\texpression\ttitle\nb AND list:x\texpression\n"
    );
    assert_eq!(
        file("set.yaml"),
        "name: a\nmodel_type: mixed_model\nlists:\n  x:\n    - b\nlabels:\n  - food\n"
    );
}

#[test]
fn directories_of_keywords_are_read_as_they_always_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Old Rules");
    fs::create_dir(&path).unwrap();
    fs::write(
        path.join("male.tsv"),
        "啟德\tpartially\r\n# a comment\n\n沈勝宇\tstart,absolutely\n",
    )
    .unwrap();
    fs::write(path.join("female.tsv"), "\u{feff}美儀\tpartially\n").unwrap();
    let document = read_path(&path).unwrap();
    assert_eq!(lines(&document), Vec::<String>::new());
    assert_eq!(document.model_type, ModelKind::KeywordModel);
    assert_eq!(document.set.name, "old_rules");
    let labels: Vec<(&str, usize)> = document
        .set
        .labels
        .iter()
        .map(|label| (label.name.as_str(), label.rules.len()))
        .collect();
    assert_eq!(labels, [("female", 1), ("male", 3)]);
    for form in Form::VARIANTS {
        survives(&document, *form, Expressions::AsWritten);
    }
    let one = read_path(&path.join("male.tsv")).unwrap();
    assert_eq!(one.set.labels[0].rules[1].place.to_string(), "male.tsv:4");
    assert!(matches!(
        read_path(&path.join("x.pdf")),
        Err(FileError::Read { .. })
    ));
}

#[test]
fn names_of_files_are_those_of_labels_on_every_disk() {
    let labels = [
        "food",
        "FOOD",
        "Food",
        "ＦＯＯＤ",
        "con",
        "com1.x",
        ".hidden",
        "end ",
        "a/b",
        "x.except",
        "100%",
        "é",
        "e\u{301}",
        "",
        "食",
    ];
    let mut files = super::label_files::LabelFiles::default();
    let names: Vec<String> = labels
        .iter()
        .map(|label| files.name(label).unwrap())
        .collect();
    for (label, name) in labels.iter().zip(&names) {
        assert_eq!(
            super::label_files::label_of(name).as_deref(),
            Some(*label),
            "{name}"
        );
        assert!(
            !name.contains(['/', '\\', ':']) && !name.starts_with('.'),
            "{name}"
        );
    }
    assert_eq!(names[..3], ["food", "%46OOD", "%46%6Fod"]);
    assert_eq!(files.name(&"長".repeat(100)), None);
}
