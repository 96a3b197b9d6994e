//! Blocks that take too long for a test, as they build the program or need a server: that `.ci/run` runs what they show.

use super::{read, root};

/// Whether a program of the repository does what a block shows; otherwise what it does not do.
pub(super) fn does(program: &str, block: &str) -> Result<(), String> {
    match program {
        ".ci/run" => {}
        "tests/it" => return block.lines().try_for_each(is_test),
        _ => return Err(format!("nothing is known of {program}")),
    }
    let script = read(&root().join(program));
    let steps: Vec<&str> = script.lines().map(str::trim).collect();
    let mut checked = 0;
    for line in block.lines() {
        let line = line.split(" #").next().unwrap_or(line);
        for command in line
            .split("&&")
            .map(str::trim)
            .filter(|one| !one.is_empty())
        {
            if command != program && !is_step(&steps, command) {
                return Err(format!("{program} does not run `{command}`"));
            }
            checked += 1;
        }
    }
    if checked == 0 {
        return Err("it is empty".into());
    }
    Ok(())
}

/// The oldest Rust that is promised is the one that all of `.ci/run` uses: nothing newer is needed anywhere.
#[test]
fn the_rust_that_is_promised_is_the_one_that_is_used() {
    let value = |file: &str, key: &str| {
        let text = read(&root().join(file));
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        let line = line.unwrap_or_else(|| panic!("{key} in {file}"));
        line.trim_matches([' ', '=', '"']).to_owned()
    };
    let promised = value("Cargo.toml", "rust-version");
    assert_eq!(
        value("rust-toolchain.toml", "channel"),
        format!("{promised}.0")
    );
    for page in ["README.md", "docs/getting-started.md"] {
        let told = format!("Rust {promised}");
        assert!(read(&root().join(page)).contains(&told), "{page}: {told}");
    }
    // No step may choose another.
    assert!(!read(&root().join(".ci/run")).contains("cargo +"));
}

/// Whether a line runs tests that there are among these here.
fn is_test(line: &str) -> Result<(), String> {
    let words: Vec<&str> = line
        .split(' ')
        .filter(|word| *word != "--release")
        .collect();
    let ["cargo", "test", "--test", "it", "--", "--nocapture", filter] = words[..] else {
        return Err(format!("`{line}` runs no test of tests/it"));
    };
    let program = std::env::current_exe().expect("it runs");
    let listed = std::process::Command::new(program)
        .args(["--list", filter])
        .output()
        .expect("it runs again");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    if listed.lines().any(|test| test.ends_with(": test")) {
        return Ok(());
    }
    Err(format!("there is no test `{filter}`"))
}

fn is_step(steps: &[&str], command: &str) -> bool {
    let (variables, command) = split_variables(command);
    // What it sets before the command, the script exports: the value is the script's own where the page says `/path/to/…`.
    let exported = variables.iter().all(|variable| {
        let (name, value) = variable.split_once('=').expect("a variable");
        let made = value.starts_with("/path/to/") || steps.contains(variable);
        let export = |step: &&str| {
            step.strip_prefix("export ")
                .is_some_and(|rest| rest.split([' ', '=']).any(|word| word == name))
        };
        made && steps.iter().any(export)
    });
    exported && steps.iter().any(|step| same(step, &command))
}

/// The `NAME=VALUE` before a command, and the command.
fn split_variables(command: &str) -> (Vec<&str>, String) {
    let words: Vec<&str> = command.split(' ').collect();
    let is_variable = |word: &&&str| {
        word.split_once('=').is_some_and(|(name, _)| {
            name.chars()
                .all(|letter| "_".contains(letter) || letter.is_ascii_uppercase())
        })
    };
    let count = words.iter().take_while(is_variable).count();
    (words[..count].to_vec(), words[count..].join(" "))
}

/// Whether a line of the script is this command: with the program that the script installed for itself, without the
/// optimisation, and in place of one test target with its feature all of them with all features.
fn same(step: &str, command: &str) -> bool {
    let Some(step) = step.strip_prefix("run ") else {
        return false;
    };
    let plain = step
        .replace("\"$stackguard\"", "stackguard")
        .replace(" --debug --root target/ci-install", "");
    if plain == command {
        return true;
    }
    let Some((target, rest)) = plain
        .strip_prefix("cargo test --locked --all-features ")
        .and_then(|targets| {
            let (_, target) = command.split_once(" --test ")?;
            Some((target, targets))
        })
    else {
        return false;
    };
    let manifest = read(&root().join("Cargo.toml"));
    let feature = format!("{}-tests", target.replace('_', "-"));
    let needs = format!(
        "name = \"{target}\"\npath = \"tests/{target}/main.rs\"\nrequired-features = [\"{feature}\"]"
    );
    command == format!("cargo test --locked --features {feature} --test {target}")
        && manifest.contains(&needs)
        && format!("{rest} ").contains(&format!("--test {target} "))
}

#[test]
fn only_what_the_script_runs_is_taken_for_run() {
    let run = |block: &str| does(".ci/run", block);
    assert_eq!(run("cargo test --locked   # the tests\n.ci/run\n"), Ok(()));
    assert_eq!(
        run("cargo install --path . --locked && stackguard check\n"),
        Ok(())
    );
    for (block, not) in [
        ("cargo test\n", "cargo test"),
        ("stackguard audit\n", "stackguard audit"),
        (
            "OTHER=/path/to/x cargo test --locked\n",
            "OTHER=/path/to/x cargo test --locked",
        ),
        (
            "cargo test --locked --features pre-commit-tests --test nothing\n",
            "cargo test --locked --features pre-commit-tests --test nothing",
        ),
    ] {
        assert_eq!(run(block), Err(format!(".ci/run does not run `{not}`")));
    }
    assert!(run("# nothing\n").is_err());
    let test = |filter: &str| {
        does(
            "tests/it",
            &format!("cargo test --test it -- --nocapture {filter}\n"),
        )
    };
    assert_eq!(test("docs::steps"), Ok(()));
    assert_eq!(
        test("docs::stoops"),
        Err("there is no test `docs::stoops`".into())
    );
}
