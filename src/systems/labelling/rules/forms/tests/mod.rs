mod damage;
mod random;
mod round_trips;

use super::*;

fn document(text: &str) -> Document {
    let document = read(Form::Yaml, "set.yaml", text.as_bytes(), "set");
    assert_eq!(lines(&document), Vec::<String>::new(), "{text}");
    document
}

fn lines(document: &Document) -> Vec<String> {
    document
        .findings
        .list()
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// What is written in a form has the same digest when it is read, and is written to the same bytes.
fn survives(document: &Document, form: Form, style: Expressions) {
    let bytes = write(form, document, style).unwrap_or_else(|findings| panic!("{findings:?}"));
    let name = format!("set.{}", form.as_str());
    let again = read(form, &name, &bytes, "another");
    assert_eq!(
        lines(&again),
        Vec::<String>::new(),
        "{form:?}\n{}",
        String::from_utf8_lossy(&bytes)
    );
    assert_eq!(again.canonical(), document.canonical(), "{form:?}");
    assert_eq!(again.digest(), document.digest(), "{form:?}");
    let written = write(form, &again, style).unwrap();
    assert!(written == bytes, "{form:?} is not stable");
}
