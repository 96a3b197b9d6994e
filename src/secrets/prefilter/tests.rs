use super::*;
use proptest::prelude::*;

fn needle(text: &str, fold: bool) -> Needle {
    Needle {
        text: text.as_bytes().to_vec(),
        fold,
        next: Vec::new(),
        secret: false,
    }
}

fn naive(needles: &[Needle], text: &[u8], range: std::ops::Range<usize>) -> Vec<(usize, u32)> {
    let mut out = Vec::new();
    for start in range {
        for (index, needle) in needles.iter().enumerate() {
            if let Some(part) = text.get(start..start + needle.text.len())
                && (part == needle.text || needle.fold && part.eq_ignore_ascii_case(&needle.text))
            {
                out.push((start, u32::try_from(index).expect("few")));
            }
        }
    }
    out
}

fn run(filter: &Prefilter, text: &[u8], range: std::ops::Range<usize>) -> Vec<(usize, u32)> {
    let mut out = Vec::new();
    filter.find(text, range, |needle, start| out.push((start, needle)));
    out
}

#[test]
fn three_bytes_use_what_follows() {
    let filter = Prefilter::new(vec![Needle {
        text: b"sk-".to_vec(),
        fold: false,
        next: b"ab".to_vec(),
        secret: false,
    }]);
    assert_eq!(
        run(&filter, b"sk-a sk-b sk-c SK-a", 0..19),
        [(0, 0), (5, 0)]
    );
    assert_eq!(
        run(&filter, b"x sk-", 0..5),
        [(2, 0)],
        "the end of the text decides nothing"
    );
}

proptest! {
    #[test]
    fn finds_what_a_naive_search_finds(
        text in proptest::collection::vec(proptest::sample::select(b"abAB_- x".to_vec()), 0..200),
        words in proptest::collection::vec("[ab_]{3,9}", 1..12),
        cut in 0usize..200,
    ) {
        let mut needles: Vec<Needle> = words.iter().enumerate().map(|(index, word)| needle(word, index % 2 == 0)).collect();
        needles.sort_by(|a, b| a.text.cmp(&b.text));
        needles.dedup_by(|a, b| a.text == b.text);
        let filter = Prefilter::new(needles.clone());
        let cut = cut.min(text.len());
        for range in [0..text.len(), 0..cut, cut..text.len()] {
            prop_assert_eq!(run(&filter, &text, range.clone()), naive(&needles, &text, range));
        }
    }
}
