//! Code that is deep, long or no code at all.

use super::*;

#[test]
fn deep_code_is_refused_not_obeyed() {
    for open in [
        "(",
        "[",
        "{",
        "<a>",
        "!",
        "-",
        "a=>",
        "a?",
        "if(a)",
        "a.",
        "`${",
        "new ",
        "a+",
        "await ",
        "typeof ",
        "for(;;)",
        "a:",
        "else ",
        "<",
        "b,",
        "async()=>",
        "({a:",
        "function f(){",
        "class A{a=",
    ] {
        for count in [2_000, 19_900, 300_000] {
            let text = format!("require('redis');{}", open.repeat(count));
            run("app/x.tsx", &text);
        }
    }
}

#[test]
fn hostile_text_takes_no_longer() {
    let start = std::time::Instant::now();
    for (path, word) in [
        ("a.vue", "<script "),
        ("a.vue", "<script>"),
        ("a.vue", "<!--"),
        ("a.py", "from a import ("),
        ("a.py", "'''"),
        ("a.py", "\\\n"),
        ("a.rb", "<<A\n"),
        ("a.rb", "=begin\n"),
        ("a.rb", "%w["),
        ("a.ts", "'a/"),
    ] {
        run(
            path,
            &format!(
                "'redis'\nimport redis\n{}",
                word.repeat(400_000 / word.len())
            ),
        );
    }
    // Not how fast it is: whether it ends, on a machine however busy.
    assert!(start.elapsed().as_secs() < 600, "{:?}", start.elapsed());
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), name in proptest::sample::select(vec!["a.ts", "a.vue", "a.py", "a.rb", "a.astro"])) {
        let canon = Canon::shipped();
        let mut text = b"'redis'\nredis\n".to_vec();
        text.extend(&bytes);
        inspect(&FileView::new(&RepoPath::new(name), &text, &Veil::default()), &canon);
    }

    #[test]
    fn no_words_panic(words in proptest::collection::vec(proptest::sample::select(vec![
        "import", "from", "redis", "'redis'", "\"", "'", "`", "(", ")", ",", "as", ".", "*", "{", "}", "require", "\n", "\\\n", "#", "'''", "%w[", "<<~A", "A", "<script>", "</script>", "<!--", "-->", "---", "=begin", "é", "if", "TYPE_CHECKING", ":", "  ",
    ]), 0..40), name in proptest::sample::select(vec!["a.ts", "a.vue", "a.py", "a.rb", "a.astro"])) {
        let canon = Canon::shipped();
        let text = format!("'redis'\n{}", words.join(" "));
        inspect(&FileView::new(&RepoPath::new(name), text.as_bytes(), &Veil::default()), &canon);
    }
}
