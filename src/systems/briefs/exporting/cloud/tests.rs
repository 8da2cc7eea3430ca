use super::layout::Layout;
use super::mask::{Coverage, MARGIN, Mask};
use super::*;

fn words(count: usize) -> Vec<Word> {
    let parts = [
        "防晒",
        "敏感肌",
        "口红",
        "SPF50",
        "面膜",
        "精华液",
        "好用",
        "推荐",
        "学生党",
    ];
    let word = |no: usize| Word {
        text: format!("{}{}", parts[no % parts.len()], parts[no / 9 % 9]),
        weight: 1000.0 / (no + 1) as f64,
    };
    (0..count).map(word).collect()
}

/// That of Debian's package `fonts-wqy-microhei`, which scripts/servers installs.
fn font() -> CloudFont {
    let path = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc";
    CloudFont::find(&[path]).expect("the package fonts-wqy-microhei is installed")
}

#[test]
fn masks_meet_where_a_pixel_is_taken_by_both() {
    let mut taken = Mask::new(200, 20);
    let mut one = Coverage::new(3, 1);
    one.cover(0, 0, 1.0);
    one.cover(2, 0, 0.1);
    let mask = one.mask();
    assert_eq!((mask.width, mask.height), (3 + 2 * MARGIN, 1 + 2 * MARGIN));
    taken.add(&mask, 62, 3);
    for left in 0..190 {
        let expected = (0..mask.width).any(|x| left + x >= 62 && left + x < 62 + mask.width);
        assert_eq!(taken.meets(&mask, left, 3), expected, "{left}");
    }
    assert!(!taken.meets(&mask, 62, 3 + mask.height));
    assert!(taken.meets(&mask, 62, 2 + mask.height));
    assert!(taken.get(62, 3) && taken.get(63, 3) && !taken.get(62 + mask.width, 3));
}

#[test]
fn no_two_words_overlap() {
    let words = words(200);
    let chosen: Vec<&Word> = words.iter().collect();
    let placed = Layout::new(WIDTH, HEIGHT).place(&chosen, &font());
    assert!(placed.len() >= 195, "{} were placed", placed.len());
    let mut owner = vec![false; WIDTH * HEIGHT];
    for word in &placed {
        for (no, covered) in word.coverage.pixels.iter().enumerate() {
            if *covered > 0 {
                let (x, y) = (no % word.coverage.width, no / word.coverage.width);
                let pixel = (word.top + y) * WIDTH + word.left + x;
                assert!(!owner[pixel], "a pixel belongs to two words");
                owner[pixel] = true;
            }
        }
    }
    let filled = owner.iter().filter(|taken| **taken).count();
    assert!(filled * 8 > WIDTH * HEIGHT, "{filled} pixels are dark");
}

#[test]
fn the_same_words_make_the_same_bytes() {
    let mut words = words(40);
    let first = draw(&words, &font());
    words.reverse();
    assert_eq!(first, draw(&words, &font()));
}

#[test]
fn words_that_cannot_be_drawn_are_left_out() {
    let font = font();
    let empty = draw(&[], &font);
    let word = |text: &str, weight| Word {
        text: text.to_owned(),
        weight,
    };
    assert_eq!(draw(&[word("\u{F8FF}\u{10FFFD}", 3.0)], &font), empty);
    assert_eq!(draw(&[word("口红", 0.0)], &font), empty);
    assert_ne!(draw(&[word("口红", 1.0)], &font), empty);
    let long = "长".repeat(3000);
    assert_eq!(draw(&[word(&long, 1.0)], &font), empty);
}

#[test]
fn a_font_that_is_not_there_is_told_from_one_that_cannot_be_read() {
    let nothing: [&str; 1] = ["/nowhere/font.ttf"];
    assert_eq!(CloudFont::find(&nothing).err(), Some(FontFault::Missing));
    assert!(CloudFont::read(b"no font".to_vec()).is_none());
}
