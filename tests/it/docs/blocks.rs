//! The fenced blocks of a page, and the markers before them that say how each is proved.
//!
//! - `<!-- run: SCENE -->`: the block is run in that scene (see `scenes`). A `console` block has its commands after `$ ` and
//!   what each says below it; any other is a script. `; exit N` names the exit code of the last command if it is not 0.
//! - `<!-- output: SCENE: COMMAND -->`: the block is what the command says, with `; exit N` as above.
//! - `<!-- run by: PROGRAM -->`: the block is what that program of the repository does (see `steps`), too long for a test.

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Where it begins in the page, from 1.
    pub(super) line: usize,
    /// What stands after the fence.
    pub(super) info: String,
    /// What is in it, each line ended.
    pub(super) text: String,
    /// What the comment before it says.
    pub(super) marker: Option<Marker>,
}

/// How a block is proved.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Run {
        scene: String,
        exit: i32,
    },
    Output {
        scene: String,
        command: String,
        exit: i32,
    },
    RunBy(String),
}

impl Block {
    /// Whether it shows commands. A block without a name is taken for commands; what is none of these is called `text`.
    pub(super) fn is_shell(&self) -> bool {
        ["", "sh", "bash", "shell", "console"].contains(&self.info.as_str())
            || self.info == "text" && self.text.lines().any(|line| line.starts_with("$ "))
    }
}

/// Every fenced block of a page.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    let mut marker = None;
    for (number, line) in page.lines().enumerate() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        match &mut open {
            Some(_) if bare.starts_with("```") => {
                found.extend(open.take().map(|(_, block)| block));
            }
            Some((indent, block)) => {
                let cut = (*indent).min(line.len() - bare.len());
                block.text.push_str(&line[cut..]);
                block.text.push('\n');
            }
            None if bare.starts_with("```") => {
                let block = Block {
                    line: number + 1,
                    info: bare.trim_start_matches('`').trim().to_owned(),
                    text: String::new(),
                    marker: marker.take(),
                };
                open = Some((indent, block));
            }
            None if bare.is_empty() => {}
            None => marker = read(bare),
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    found
}

/// The marker of a comment.
fn read(line: &str) -> Option<Marker> {
    let inside = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    let (kind, rest) = inside.split_once(": ")?;
    if kind == "run by" {
        return Some(Marker::RunBy(rest.to_owned()));
    }
    let (rest, exit) = match rest.rsplit_once("; exit ") {
        Some((rest, exit)) => (rest, exit.parse().expect("an exit code")),
        None => (rest, 0),
    };
    match kind {
        "run" => Some(Marker::Run {
            scene: rest.to_owned(),
            exit,
        }),
        "output" => {
            let (scene, command) = rest.split_once(": ").expect("SCENE: COMMAND");
            Some(Marker::Output {
                scene: scene.to_owned(),
                command: command.to_owned(),
                exit,
            })
        }
        _ => None,
    }
}

#[test]
fn markers_belong_to_the_block_after_them() {
    let page = "<!-- run: leak; exit 1 -->\n\n```console\n$ a\nb\n```\n\n```\nc\n```\n<!-- run by: .ci/run -->\ntext\n\n  ```sh\n  d\n  ```\n\n<!-- output: s: a b; exit 2 -->\n```text\n$ e\n```\n";
    let found = blocks(page);
    let markers: Vec<_> = found.iter().map(|block| &block.marker).collect();
    let run = Marker::Run {
        scene: "leak".into(),
        exit: 1,
    };
    let output = Marker::Output {
        scene: "s".into(),
        command: "a b".into(),
        exit: 2,
    };
    assert_eq!(markers, [&Some(run), &None, &None, &Some(output)]);
    assert_eq!(found[0].text, "$ a\nb\n");
    assert_eq!((found[2].text.as_str(), found[2].line), ("d\n", 14));
    assert!(found.iter().all(Block::is_shell));
}
