//! `.ci/book-links`, which checks the links of the built book.

use super::{around, root};
use crate::harness::Sandbox;

/// What it says of a book of one page, and whether it ended well.
fn checked(sandbox: &Sandbox, page: &str) -> (String, bool) {
    sandbox.write("index.html", page);
    let script = root().join(".ci/book-links");
    let (said, code) = sandbox.shell(&format!("'{}' .", script.display()));
    (said, code == 0)
}

#[test]
fn a_link_that_leads_nowhere_is_told() {
    if around::python().is_none() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.write("other.html", "<h1 id=\"part\">Part</h1>");
    let good = "<a href=\"other.html#part\">a</a> <a href=\"#here\">b</a> <p id=\"here\"> <a href=\"https://example.com/x\">c</a>";
    assert_eq!(
        checked(&sandbox, good),
        ("2 links of 2 pages lead somewhere\n".to_owned(), true)
    );
    for (bad, told) in [
        (
            "<a href=\"gone.html\">a</a>",
            "there is no gone.html in the book",
        ),
        ("<img src=\"gone.svg\">", "there is no gone.svg in the book"),
        ("<a href=\"#gone\">a</a>", "there is no such place: #gone"),
        (
            "<a href=\"other.html#gone\">a</a>",
            "there is no such place: other.html#gone",
        ),
        (
            "<a href=\"../gone.html\">a</a>",
            "../gone.md is not in the repository",
        ),
        ("nothing", "0 links"),
    ] {
        let (said, well) = checked(&sandbox, bad);
        assert!(!well && said.contains(told), "{bad}: {said}");
    }
}

/// Where the pages stand beside the files of the repository such a link is right; in the book it is not.
#[test]
fn what_leads_out_of_the_book_is_no_dead_link() {
    if around::python().is_none() {
        return;
    }
    let sandbox = Sandbox::new();
    let page = "<a href=\"../README.html#limits\">the <b>README</b></a>, <a href=\"#top\">up</a>";
    assert_eq!(
        checked(&sandbox, page),
        ("1 links of 1 pages lead somewhere\n".to_owned(), true)
    );
    let address = env!("CARGO_PKG_REPOSITORY");
    let expected = if address.is_empty() {
        "the <b>README</b>, ".to_owned()
    } else {
        format!("<a href=\"{address}/blob/HEAD/README.md#limits\">the <b>README</b></a>, ")
    };
    assert!(sandbox.read("index.html").starts_with(&expected));
}
