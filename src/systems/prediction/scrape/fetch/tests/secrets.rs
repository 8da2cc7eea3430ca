//! Secrets in texts.

use std::sync::Arc;

use super::super::RunSecrets;

fn secrets(value: &str) -> RunSecrets {
    RunSecrets::resolve(["WX"].into_iter(), &|_| Some(value.to_owned())).unwrap()
}

const VALUE: &str = "s3/cr et+ü%";

#[test]
fn they_are_found_in_whatever_form_a_url_has_them() {
    let secrets = secrets(VALUE);
    for text in [
        "s3/cr et+ü%",
        "http://h/?k=s3%2Fcr%20et%2B%C3%BC%25",
        "http://h/?k=s3%2fcr%20et%2b%c3%bc%25&x",
        "http://h/?k=s3/cr%20et%2B%C3%BC%25",
        "http://h/?k=s3%2Fcr+et%2B%C3%BC%25",
        "http://h/?to=http%3A%2F%2Fi%2F%3Fk%3Ds3%252Fcr%2520et%252B%25C3%25BC%2525",
    ] {
        assert!(secrets.are_in(text), "{text}");
        let hidden = secrets.hidden(text);
        assert!(
            hidden.contains("***") && !secrets.are_in(&hidden),
            "{text}: {hidden}"
        );
    }
    for text in ["", "s3", "http://h/?k=s3%2Fcr", "100 %"] {
        assert!(!secrets.are_in(text), "{text}");
        assert_eq!(secrets.hidden(text), text);
    }
    assert_eq!(secrets.hidden("a s3/cr et+ü% b"), "a *** b");
    assert_eq!(format!("{secrets:?}"), "{\"WX\"}");
}

#[test]
fn a_secret_that_is_missing_is_named() {
    let error = RunSecrets::resolve(["A", "B"].into_iter(), &|name| {
        (name == "A").then(|| "x".to_owned())
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "the secret B is not set; expected the variable AUDIENCE_SECRET_B"
    );
    assert!(RunSecrets::resolve(["A"].into_iter(), &|_| Some(String::new())).is_err());
}

#[test]
fn short_ones_are_left_in_what_sites_send() {
    let short = secrets("a");
    assert_eq!(short.hidden_from("a cat", 6), "a cat");
    assert_eq!(short.hidden("a"), "***");
    let bytes: Arc<[u8]> = Arc::from(&b"<p>abcdefg</p>\xff abcdefg"[..]);
    assert!(Arc::ptr_eq(&bytes, &short.hidden_in(&bytes, 6)));
    let long = secrets("abcdefg");
    assert_eq!(&*long.hidden_in(&bytes, 6), b"<p>***</p>\xff ***");
    assert_eq!(long.hidden_from("x abcdefg", 6), "x ***");
}
