//! What `stackguard map import -o` does with a file that is there.

use super::{INDEX, team};

#[test]
fn the_index_is_never_replaced() {
    let team = team();
    for name in ["docs/index.md", "./docs/../docs/index.md"] {
        for source in [&["docs/index.md"][..], &[]] {
            let args = [&["map", "import"][..], source, &["-o", name, "--force"]].concat();
            let run = team.run(&args);
            assert_eq!(run.code, 2, "{args:?}");
            assert!(run.err().contains("is the index itself"), "{}", run.err());
            assert_eq!(team.read("docs/index.md"), INDEX);
        }
    }
}

/// Who has the old file open, or linked, keeps it as it was.
#[test]
fn a_map_is_replaced_as_a_whole() {
    let team = team();
    team.write("docs/old.toml", "old\n");
    std::fs::hard_link(team.path("docs/old.toml"), team.path("docs/kept.toml")).expect("linked");
    let run = team.run(&["map", "import", "-o", "docs/old.toml", "--force"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(team.read("docs/kept.toml"), "old\n");
    assert_eq!(
        team.read("docs/old.toml").into_bytes(),
        team.run(&["map", "import"]).stdout
    );
    let run = team.run(&["map", "import", "-o", "docs", "--force"]);
    assert_eq!(run.code, 2, "{}", run.all());
}
