use std::io::{Cursor, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn csv(text: &str) -> Vec<String> {
    lines(&read(Form::Csv, "rules.csv", text.as_bytes(), "set"))
}

#[test]
fn faults_of_csv_have_their_lines() {
    let found = csv(
        "part,label,text,match_type,in,id,note,hint\nrul,a,b,partially\nrule,,b,partially\n\
                     rule,a,b\n\nrule,a,b,partialy,titel,a b\nexcept,a,b AND c OR d,,,x\ncut,a,b\n\
                     option,name,Big Name\noption,gate.drift_max,high\noption,nane,x\nlist,l,,,title\n\
                     rule,a,\"b\nc\",start\nrule,a,d e,expression\n",
    );
    assert_eq!(
        found,
        [
            "rules.csv:1: E02: unknown column `hint`; expected one of part, label, text, match_type, in, id, note",
            "rules.csv:2: E02: part: found `rul`; did you mean rule?",
            "rules.csv:3: E02: label: it is empty; name the label, the list or the option",
            "rules.csv:4: E02: match_type: an empty match type; expected one of partially, start, end, absolutely, \
             exactly, word, pattern, expression",
            "rules.csv:6: E02: match_type: unknown match type `partialy`; did you mean partially?",
            "rules.csv:6: E02: in: unknown field `titel`; did you mean title?",
            "rules.csv:6: E02: id: an id with a blank; change or remove it",
            "rules.csv:7: E02: id: only a rule of a label has an id; change or remove it",
            "rules.csv:8: E02: label: a filter has none; remove it",
            "rules.csv:12: E02: in: a row of a list has none; remove it",
            "rules.csv:11: E02: nane: unknown key; did you mean name?",
            "rules.csv:9: E02: name: `Big Name` is no name of a set; expected [a-z][a-z0-9_-]{0,63}",
            "rules.csv:10: E02: drift_max: expected a number from 0 on, found a string",
            "rules.csv:15, column 3: E01: two terms stand side by side; write AND, OR or NEAR/5 between them, or put both in quotes as one text",
        ],
        "{found:#?}"
    );
}

#[test]
fn csv_that_no_spreadsheet_wrote_as_expected_is_refused_by_name() {
    assert_eq!(
        csv("part;label;text\n"),
        [
            "rules.csv:1: E02: fields are not separated by commas; save it with commas between fields",
            "rules.csv:1: E02: there is no column `part`; the first row is part,label,text,match_type,in,id,note",
            "rules.csv:1: E02: there is no column `label`; the first row is part,label,text,match_type,in,id,note",
            "rules.csv:1: E02: there is no column `text`; the first row is part,label,text,match_type,in,id,note",
            "rules.csv:1: E02: there is no column `match_type`; the first row is part,label,text,match_type,in,id,note"
        ]
    );
    assert!(csv("")[0].contains("the table is empty"));
    let open = csv("part,label,text,match_type\nrule,a,\"b,start\nrule,a,c,start\n");
    assert!(
        open.iter().any(|line| line.contains("never closed")),
        "{open:?}"
    );
    let big5 = b"part,label,text,match_type\r\nrule,a,\xa9\xd4\xc4\xd1\xa4j\xa9\xb1\xab\xdc\xa6n\xa6Y\xa7\xda\xad\xcc\xb3\xa3\xab\xdc\xb3\xdf\xc5w,partially\r\n";
    let found = lines(&read(Form::Csv, "rules.csv", big5, "set"));
    assert!(
        found[0].starts_with("rules.csv:2: E01: the text is in Big5"),
        "{found:?}"
    );
}

#[test]
fn what_a_spreadsheet_made_of_texts_is_a_fault() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["part", "label", "text", "match_type"]) {
        sheet.write_string(0, column, name).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for row in 1..6 {
        sheet.write_string(row, 0, "rule").unwrap();
        sheet.write_string(row, 1, "a").unwrap();
        sheet.write_string(row, 3, "partially").unwrap();
    }
    sheet.write_number(1, 2, 12).unwrap();
    sheet
        .write_datetime_with_format(2, 2, ExcelDateTime::from_ymd(2024, 1, 2).unwrap(), &date)
        .unwrap();
    sheet.write_formula(3, 2, "=1+1").unwrap();
    sheet.write_boolean(4, 2, true).unwrap();
    sheet.write_string(5, 2, "拉麵").unwrap();
    sheet.merge_range(6, 1, 7, 1, "b", &Format::new()).unwrap();
    let found = lines(&read(
        Form::Xlsx,
        "rules.xlsx",
        &book.save_to_buffer().unwrap(),
        "set",
    ));
    let advice = "format the cell as text and write it again";
    assert_eq!(
        found,
        [
            "Sheet1!B7: E02: merged cells; expected a text in each; undo the merge and fill the cells".to_owned(),
            format!("Sheet1!C2: E02: expected a text, found a number; {advice}"),
            format!("Sheet1!C3: E02: expected a text, found a date; {advice}"),
            format!("Sheet1!C4: E02: expected a text, found a formula; {advice}"),
            format!("Sheet1!C5: E02: expected a text, found a boolean; {advice}"),
            "Sheet1!A7: E02: part: found ``; expected one of rule, except, list, cut, drop, label, option".to_owned(),
        ],
        "{found:#?}"
    );
}

#[test]
fn what_is_no_workbook_is_refused() {
    for bytes in [&b"part,label"[..], b"PK\x03\x04", b""] {
        let found = lines(&read(Form::Xlsx, "rules.xlsx", bytes, "set"));
        assert!(
            found[0].starts_with("rules.xlsx:1: E01: failed to read the workbook"),
            "{found:?}"
        );
    }
    let mut book = Workbook::new();
    book.add_worksheet();
    book.add_worksheet();
    let found = lines(&read(
        Form::Xlsx,
        "rules.xlsx",
        &book.save_to_buffer().unwrap(),
        "set",
    ));
    assert!(found[0].contains("expected one called rules"), "{found:?}");
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_zipped_folder_is_read_and_paths_that_lead_out_are_not() {
    let good = archive(&[
        ("interests/set.yaml", b"name: a\nlabels: [food]\n"),
        ("interests/labels/food.tsv", "拉麵\tpartially\n".as_bytes()),
        ("__MACOSX/interests/._set.yaml", b"x"),
        ("interests/README.md", b"x"),
    ]);
    let document = read(Form::Tsv, "a.zip", &good, "set");
    assert_eq!(lines(&document), Vec::<String>::new());
    assert_eq!(document.set.labels[0].rules.len(), 1);
    let bad = archive(&[
        ("../set.yaml", b"name: a"),
        ("/etc/x.tsv", b""),
        ("labels/../../x.tsv", b""),
        ("labels/a\\b.tsv", b""),
        ("other.tsv", b""),
    ]);
    let found = lines(&read(Form::Tsv, "a.zip", &bad, "set"));
    assert_eq!(
        found
            .iter()
            .filter(|line| line.contains("leads out of the archive"))
            .count(),
        4,
        "{found:?}"
    );
    assert!(
        found[4].starts_with("other.tsv:1: E02: unknown file"),
        "{found:?}"
    );
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![b'\n'; 65 << 20];
    let bomb = archive(&[("labels/a.tsv", &zeros)]);
    let found = lines(&read(Form::Tsv, "a.zip", &bomb, "set"));
    assert!(found[0].contains("more than 64 MiB together"), "{found:?}");
}

#[test]
fn labels_and_files_of_a_tree_have_to_agree() {
    let tree = archive(&[
        ("set.yaml", b"labels: [food, tea]\nnormalise: nfkc\n"),
        (
            "labels/food.tsv",
            "拉麵\tpartially\nno type\n# a comment\na\tstart\t\t\tn\tx\nb\tstart\ttitl\n"
                .as_bytes(),
        ),
        ("labels/fod.except.tsv", b"x\tpartially\t\tid-1\n"),
    ]);
    let found = lines(&read(Form::Tsv, "a.zip", &tree, "set"));
    assert_eq!(
        found,
        [
            "set.yaml:2:1: E02: normalise: unknown key; did you mean normalize?",
            "labels/fod.except.tsv:1: E02: label `fod` is not among the labels of set.yaml; add it there, or did you mean food?",
            "set.yaml:1:16: E02: label `tea` has no file; add labels/tea.tsv",
            "labels/food.tsv:2: E01: the line has no match type; expected text<TAB>match_type[<TAB>in[<TAB>id[<TAB>note]]]",
            "labels/food.tsv:4: E01: the line has 6 columns; expected text<TAB>match_type[<TAB>in[<TAB>id[<TAB>note]]]",
            "labels/food.tsv:5:9: E02: in: unknown field `titl`; did you mean title?",
        ],
        "{found:#?}"
    );
}
