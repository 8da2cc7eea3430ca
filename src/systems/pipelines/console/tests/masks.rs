//! Secrets.

use super::*;
use crate::systems::pipelines::console::mask::MASK;

#[test]
fn secrets_are_masked_however_the_writes_are_cut() {
    let sets: [&[&str]; 5] = [
        &["abcabc"],
        &["aaaaaa", "aaabaaa"],
        &["abcabc", "cabcab", "bbbbbbbb"],
        &["abcabcabcabcabcabc", "abcabcab", "ccccccc"],
        &["bacaba", "cabacabac", "acabacaba", "aabbccaabb"],
    ];
    let mut numbers = Numbers(7);
    for round in 0..4_000 {
        let secrets = sets[round % sets.len()];
        let mut text = Vec::new();
        while text.len() < 100 {
            match numbers.below(4) {
                0 => text.extend(secrets[numbers.below(secrets.len())].bytes()),
                1 => {
                    let secret = secrets[numbers.below(secrets.len())].as_bytes();
                    text.extend(&secret[..numbers.below(secret.len())]);
                }
                _ => text.push(b"abc"[numbers.below(3)]),
            }
        }
        let secrets_owned: Vec<String> = secrets.iter().map(|&secret| secret.to_owned()).collect();
        let mut masker = Masker::new(&secrets_owned);
        let mut masked = Vec::new();
        let mut rest = text.as_slice();
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(numbers.below(rest.len().min(12)) + 1);
            masker.push(piece, &mut masked);
            rest = behind;
        }
        masker.finish(&mut masked);
        assert_eq!(
            masked,
            masked_by_the_book(&text, secrets),
            "{}",
            String::from_utf8_lossy(&text)
        );
    }
}

#[test]
fn what_could_begin_a_secret_is_held_back_and_nothing_else() {
    let mut masker = Masker::new(&["password-1".to_owned()]);
    let mut masked = Vec::new();
    masker.push(b"your pass", &mut masked);
    assert_eq!(masked, b"your ");
    masker.push(b"port: ", &mut masked);
    assert_eq!(masked, b"your passport: ");
    masker.push(b"password-", &mut masked);
    masker.finish(&mut masked);
    assert_eq!(masked, b"your passport: password-");
}

#[test]
fn short_values_are_not_secrets_and_lines_of_long_ones_are() {
    let log = Log::new();
    let key = "BEGIN-KEY\nabcdefgh\nxy\nEND-KEY";
    let written = log.written(
        &["short", key],
        &[b"short BEGIN-KEY\r\nabcdefgh\r\nxy\n", key.as_bytes()],
    );
    assert_eq!(written, b"short ***\r\n***\r\nxy\n***");
    assert_eq!(
        mask_text("failed: abcdefgh", &[key.to_owned()]),
        "failed: ***"
    );
}

#[test]
fn masks_are_added_by_the_command_wherever_its_writes_are_cut() {
    let text = b"tok\n::add-mask::tok\r\ntok :\n::\n::add-mas\n ::add-mask::no\n::add-mask::last";
    let expected =
        b"tok\n::add-mask::***\r\n*** :\n::\n::add-mas\n ::add-mask::no\n::add-mask::***";
    for size in 1..text.len() {
        let log = Log::new();
        let pieces: Vec<&[u8]> = text.chunks(size).collect();
        let written = log.written(&[], &pieces);
        assert_eq!(written, expected, "{}", String::from_utf8_lossy(&written));
    }
}

#[test]
fn a_mask_without_an_end_does_not_fill_the_memory() {
    let log = Log::new();
    let long = [
        b"::add-mask::".as_slice(),
        &vec![b'x'; 200_000],
        b"\nshown\n",
    ]
    .concat();
    let written = log.written(&[], &[&long]);
    assert!(written.ends_with(b"\nshown\n") && written.starts_with(b"::add-mask::***"));
}

/// Masks every byte that is in an occurrence; occurrences that overlap are one.
fn masked_by_the_book(text: &[u8], secrets: &[&str]) -> Vec<u8> {
    let mut regions: Vec<(usize, usize)> = Vec::new();
    for start in 0..text.len() {
        let here = secrets
            .iter()
            .filter(|secret| text[start..].starts_with(secret.as_bytes()));
        let Some(end) = here.map(|secret| start + secret.len()).max() else {
            continue;
        };
        match regions.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => regions.push((start, end)),
        }
    }
    let mut masked = Vec::new();
    let mut at = 0;
    for (start, end) in regions {
        masked.extend_from_slice(&text[at..start]);
        masked.extend_from_slice(MASK);
        at = end;
    }
    masked.extend_from_slice(&text[at..]);
    masked
}
