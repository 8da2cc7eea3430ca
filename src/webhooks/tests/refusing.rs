use super::bodies::*;
use super::*;

fn refusal(forge: Forge, secret: &str, with: &HeaderMap, body: &[u8], now: i64) -> Refused {
    let refused = verify(forge, secret, with, body, now).unwrap_err();
    assert!(refused.is_unauthorized(), "{refused}");
    let shown = refused.to_string();
    assert!(secret.len() < 8 || !shown.contains(secret), "{shown}");
    refused
}

#[test]
fn a_signature_has_to_be_whole_and_right() {
    let body = github_push().to_string().into_bytes();
    for (forge, name, prefix, good) in [
        (
            Forge::Github,
            "x-hub-signature-256",
            "sha256=",
            github("push", &body),
        ),
        (Forge::Gitea, "x-gitea-signature", "", gitea("push", &body)),
    ] {
        let written = good[name].to_str().unwrap().to_owned();
        let hex = written.strip_prefix(prefix).unwrap();
        let last = if hex.ends_with('0') { "1" } else { "0" };
        for bad in [
            String::new(),
            prefix.to_owned(),
            hex[..63].to_owned(),
            format!("{prefix}{}", &hex[..63]),
            format!("{prefix}{}", &hex[..62]),
            format!("{prefix}{hex}0"),
            format!("{prefix}{hex} "),
            format!("{prefix} {hex}"),
            format!("{prefix}{}", hex.to_ascii_uppercase()),
            format!("SHA256={hex}"),
            format!("sha1={hex}"),
            format!("{prefix}{}{last}", &hex[..63]),
            format!("{prefix}{}", "0".repeat(64)),
            format!("{prefix}{}", "g".repeat(64)),
            format!("{prefix}{hex}, {prefix}{hex}"),
        ] {
            let mut with = good.clone();
            with.insert(name, bad.parse().unwrap());
            refusal(forge, SECRET, &with, &body, NOW);
        }
        let mut without = good.clone();
        without.remove(name);
        assert_eq!(
            refusal(forge, SECRET, &without, &body, NOW),
            Refused::Missing(name)
        );
        let mut twice = good.clone();
        twice.append(name, written.parse().unwrap());
        assert_eq!(
            refusal(forge, SECRET, &twice, &body, NOW),
            Refused::Twice(name)
        );
        let mut odd = good.clone();
        odd.insert(name, http::HeaderValue::from_bytes(b"sha256=\xff").unwrap());
        refusal(forge, SECRET, &odd, &body, NOW);
        // Another body, a shorter one, another secret.
        let longer = [body.as_slice(), b" "].concat();
        for (secret, body) in [
            (SECRET, longer.as_slice()),
            (SECRET, &body[..body.len() - 1]),
            (SECRET, b""),
            ("0ther-s3cret", &body),
        ] {
            assert_eq!(refusal(forge, secret, &good, body, NOW), Refused::Wrong);
        }
        refusal(forge, "", &good, &body, NOW);
        assert!(verify(forge, SECRET, &good, &body, NOW).is_ok());
    }
}

#[test]
fn headers_of_other_forges_do_not_count() {
    let body = github_push().to_string().into_bytes();
    refusal(Forge::Gitea, SECRET, &github("push", &body), &body, NOW);
    refusal(Forge::Gitlab, SECRET, &github("push", &body), &body, NOW);
    refusal(Forge::Github, SECRET, &gitlab("Push Hook"), &body, NOW);
}

#[test]
fn an_empty_signature_of_an_empty_secret_is_refused() {
    let body = gitlab_push().to_string().into_bytes();
    let mut with = gitlab("Push Hook");
    with.insert("x-gitlab-token", "".parse().unwrap());
    assert_eq!(
        refusal(Forge::Gitlab, "", &with, &body, NOW),
        Refused::Secret("is empty")
    );
    refusal(Forge::Gitlab, SECRET, &with, &body, NOW);
}

#[test]
fn a_token_has_to_be_the_same() {
    let body = gitlab_push().to_string().into_bytes();
    for bad in [
        "",
        "x",
        &SECRET[1..],
        &SECRET[..SECRET.len() - 1],
        &format!("{SECRET} "),
    ] {
        let mut with = gitlab("Push Hook");
        with.insert("x-gitlab-token", bad.parse().unwrap());
        refusal(Forge::Gitlab, SECRET, &with, &body, NOW);
    }
    let mut twice = gitlab("Push Hook");
    twice.append("x-gitlab-token", SECRET.parse().unwrap());
    refusal(Forge::Gitlab, SECRET, &twice, &body, NOW);
}

#[test]
fn signatures_of_standard_webhooks() {
    let body = gitlab_push().to_string().into_bytes();
    let good = gitlab_signed("Push Hook", NOW, &body);
    let delivery = verify(Forge::Gitlab, KEY, &good, &body, NOW).unwrap();
    assert_eq!(delivery.id, "msg_1");
    let written = good["webhook-signature"].to_str().unwrap().to_owned();
    let name = "webhook-signature";
    // Several: one is enough, and others of other kinds do not count.
    let wrong = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for several in [
        format!("{wrong} {written}"),
        format!("{written} {wrong}"),
        format!("v1a,xyz {written} v2,abc"),
    ] {
        let mut with = good.clone();
        with.insert(name, several.parse().unwrap());
        assert!(verify(Forge::Gitlab, KEY, &with, &body, NOW).is_ok());
    }
    for bad in [
        String::new(),
        "v1,".to_owned(),
        wrong.to_owned(),
        written[3..].to_owned(),
        written.replace("v1,", "v1="),
        written.replace("v1,", "V1,"),
        written.replace("v1,", "v1a,"),
        written[..written.len() - 2].to_owned(),
        format!("{written}="),
        format!("{}{written}", "v1,x ".repeat(16)),
    ] {
        let mut with = good.clone();
        with.insert(name, bad.parse().unwrap());
        refusal(Forge::Gitlab, KEY, &with, &body, NOW);
    }
    for gone in [name, "webhook-id", "webhook-timestamp"] {
        let mut without = good.clone();
        without.remove(gone);
        assert_eq!(
            refusal(Forge::Gitlab, KEY, &without, &body, NOW),
            Refused::Missing(gone)
        );
        let mut twice = good.clone();
        twice.append(gone, good[gone].clone());
        assert_eq!(
            refusal(Forge::Gitlab, KEY, &twice, &body, NOW),
            Refused::Twice(gone)
        );
    }
    // A key that is sent is no signature.
    let mut sent = gitlab("Push Hook");
    sent.insert("x-gitlab-token", KEY.parse().unwrap());
    assert_eq!(
        refusal(Forge::Gitlab, KEY, &sent, &body, NOW),
        Refused::Missing(name)
    );
    // Another id or time was not signed.
    for (header, other) in [("webhook-id", "msg_2"), ("webhook-timestamp", "1764400001")] {
        let mut with = good.clone();
        with.insert(header, other.parse().unwrap());
        assert_eq!(
            refusal(Forge::Gitlab, KEY, &with, &body, NOW),
            Refused::Wrong
        );
    }
    for key in ["whsec_", "whsec_%%%", "whsec_AAAA"] {
        refusal(Forge::Gitlab, key, &good, &body, NOW);
    }
    refusal(Forge::Gitlab, SECRET, &good, &body, NOW);
}

#[test]
fn a_time_stamp_is_five_minutes_away_at_most() {
    let body = gitlab_push().to_string().into_bytes();
    for (apart, is_good) in [
        (0, true),
        (300, true),
        (-300, true),
        (301, false),
        (-301, false),
    ] {
        let with = gitlab_signed("Push Hook", NOW + apart, &body);
        let read = verify(Forge::Gitlab, KEY, &with, &body, NOW);
        assert_eq!(read.is_ok(), is_good, "{apart}");
        assert!(is_good || read == Err(Refused::Time));
    }
    for at in [
        "",
        "x",
        "-1",
        "+1764400000",
        "1764400000.0",
        "99999999999999999999",
        "0x1",
    ] {
        let mut with = gitlab_signed("Push Hook", NOW, &body);
        let written = signed(&["standard", KEY, "msg_1", at], &body);
        with.insert("webhook-signature", written.parse().unwrap());
        with.insert("webhook-timestamp", at.parse().unwrap());
        let refused = refusal(Forge::Gitlab, KEY, &with, &body, NOW);
        assert!(
            matches!(refused, Refused::Malformed { .. }),
            "{at}: {refused}"
        );
    }
}

#[test]
fn ids_and_events_are_short_and_there_once() {
    let body = github_push().to_string().into_bytes();
    let mut with = github("push", &body);
    with.remove("x-github-event");
    assert_eq!(
        verify(Forge::Github, SECRET, &with, &body, NOW),
        Err(Refused::Missing("x-github-event"))
    );
    let mut with = github("push", &body);
    with.insert("x-github-delivery", "x".repeat(201).parse().unwrap());
    assert!(verify(Forge::Github, SECRET, &with, &body, NOW).is_err());
    with.append("x-github-delivery", "y".parse().unwrap());
    assert!(verify(Forge::Github, SECRET, &with, &body, NOW).is_err());
    // Without one, the same body has the same id.
    with.remove("x-github-delivery");
    let delivery = verify(Forge::Github, SECRET, &with, &body, NOW).unwrap();
    assert_eq!(delivery.id, format!("sha256:{}", delivery.digest));
}
