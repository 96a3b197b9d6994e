//! What the action downloads is proved before it runs.

use super::{Ended, Runner, executable};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A release 9.9.9 on disk, and a `gh` that says what it is told to.
struct Release {
    runner: Runner,
    /// Where archives and sums are.
    at: PathBuf,
    /// First on the PATH.
    bin: PathBuf,
}

impl Release {
    fn new() -> Self {
        let runner = Runner::new();
        let at = runner.sandbox.outside("releases/v9.9.9");
        let bin = runner.sandbox.outside("tools");
        for directory in [&at, &bin] {
            std::fs::create_dir_all(directory).expect("made");
        }
        let release = Self { runner, at, bin };
        release.attested(true);
        release
    }

    fn attested(&self, good: bool) {
        let text = format!(
            "#!/bin/sh\nprintf '%s ' \"$@\" >> '{}'\nexit {}\n",
            self.gh_log().display(),
            i32::from(!good)
        );
        executable(&self.bin.join("gh"), &text);
    }

    fn gh_log(&self) -> PathBuf {
        self.runner.sandbox.outside("gh-calls")
    }

    fn archive(&self, target: &str) -> PathBuf {
        self.at.join(format!("stackguard-9.9.9-{target}.tar.gz"))
    }

    /// An archive with `program` in it, which notes that it ran.
    fn pack(&self, target: &str, program: &str) {
        let name = format!("stackguard-9.9.9-{target}");
        let stage = self.runner.sandbox.outside(&name);
        std::fs::create_dir_all(&stage).expect("made");
        let log = self.runner.sandbox.outside("calls");
        let text = format!("#!/bin/sh\necho ran >> '{}'\n", log.display());
        executable(&stage.join(program), &text);
        let packed = Command::new("tar")
            .arg("-czf")
            .arg(self.archive(target))
            .arg("-C")
            .arg(self.runner.sandbox.outside(""))
            .arg(&name)
            .status();
        assert!(packed.expect("tar runs").success());
        self.sums(&sum(&self.archive(target)), &self.archive(target));
    }

    fn sums(&self, sum: &str, named: &Path) {
        let name = named.file_name().expect("a name").to_string_lossy();
        std::fs::write(self.at.join("SHA256SUMS"), format!("{sum}  {name}\n")).expect("written");
    }

    fn run(&self, install: &str, more: &[(&str, &str)]) -> Ended {
        let address = format!("file://{}", self.at.parent().expect("a parent").display());
        let mut all = vec![
            ("INPUT_INSTALL", install),
            ("INPUT_VERSION", "v9.9.9"),
            ("INPUT_REPOSITORY", "acme/stackguard"),
            ("STACKGUARD_RELEASES", address.as_str()),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
        ];
        all.extend(more);
        self.runner
            .run(&self.bin, "workflow_dispatch", &json!({}), &all)
    }

    #[track_caller]
    fn refused(&self, install: &str, more: &[(&str, &str)], said: &str) {
        let ended = self.run(install, more);
        assert!(
            ended.code == 2 && ended.calls.is_empty() && ended.out.contains(said),
            "{said}: {} {:?}",
            ended.out,
            ended.calls
        );
    }
}

fn sum(file: &Path) -> String {
    let said = Command::new("sha256sum")
        .arg(file)
        .output()
        .expect("it runs")
        .stdout;
    String::from_utf8_lossy(&said)
        .split(' ')
        .next()
        .expect("a sum")
        .to_owned()
}

const MUSL: &str = "x86_64-unknown-linux-musl";

#[test]
fn a_proved_release_is_run() {
    let release = Release::new();
    release.pack(MUSL, "stackguard");
    let ended = release.run("download", &[]);
    assert_eq!((ended.code, ended.calls.len()), (0, 1), "{}", ended.out);
    let asked = std::fs::read_to_string(release.gh_log()).expect("asked");
    assert!(
        asked.starts_with("attestation verify ") && asked.ends_with("--repo acme/stackguard "),
        "{asked}"
    );
}

/// Never run, and never built around either.
#[test]
fn nothing_unproved_is_run() {
    let release = Release::new();
    release.pack(MUSL, "stackguard");
    let archive = release.archive(MUSL);
    let good = sum(&archive);
    let no_match = "not what its checksum says";
    release.sums(&"0".repeat(64), &archive);
    release.refused("auto", &[], no_match);
    release.sums(&good, &release.at.join("other.tar.gz"));
    release.refused("auto", &[], no_match);
    release.sums(&good, &archive);
    release.refused("auto", &[("INPUT_CHECKSUM", &"0".repeat(64))], no_match);
    release.attested(false);
    release.refused(
        "auto",
        &[],
        "has no attestation of its build by acme/stackguard",
    );
    release.refused(
        "download",
        &[("INPUT_CHECKSUM", &good)],
        "has no attestation",
    );
    release.attested(true);
    std::fs::remove_file(release.at.join("SHA256SUMS")).expect("removed");
    release.refused("auto", &[], "has no SHA256SUMS");
    std::fs::remove_file(&archive).expect("removed");
    release.refused("download", &[], "could not be downloaded");
}

/// An archive that is what its checksum says, and yet no use.
#[test]
fn an_archive_without_the_program_is_no_success() {
    let release = Release::new();
    let archive = release.archive(MUSL);
    std::fs::write(&archive, "no archive").expect("written");
    release.sums(&sum(&archive), &archive);
    release.refused("auto", &[], "cannot be unpacked");
    release.pack(MUSL, "something-else");
    release.refused("auto", &[], "holds no program");
}

/// Where there is no release for the machine: from the tag of the version, with the versions of its lockfile.
#[test]
fn without_a_release_it_is_built() {
    let release = Release::new();
    let log = release.runner.sandbox.outside("cargo-calls");
    let ran = release.runner.sandbox.outside("calls");
    let cargo = |end: i32| {
        let text = format!(
            "#!/bin/sh\nprintf '%s ' \"$@\" >> '{}'\nwhile [ \"$1\" != --root ]; do shift; done\nmkdir -p \"$2/bin\"\n\
             printf '#!/bin/sh\\necho ran >> %s\\n' '{}' > \"$2/bin/stackguard\"\nchmod +x \"$2/bin/stackguard\"\nexit {end}\n",
            log.display(),
            ran.display()
        );
        executable(&release.bin.join("cargo"), &text);
    };
    cargo(0);
    for install in ["auto", "cargo"] {
        let ended = release.run(install, &[]);
        assert_eq!((ended.code, ended.calls.len()), (0, 1), "{}", ended.out);
        let asked = std::fs::read_to_string(&log).expect("asked");
        assert!(
            asked.starts_with("install --locked --quiet --root ")
                && asked
                    .ends_with("--git https://github.com/acme/stackguard --tag v9.9.9 stackguard "),
            "{asked}"
        );
        std::fs::remove_file(&log).expect("removed");
    }
    cargo(1);
    release.refused("auto", &[], "could neither be downloaded nor built");
    release.refused("cargo", &[], "could not be built");
}

/// With a `cygpath` that does what that of Windows does: to a name with a drive it gives a directory.
#[test]
fn windows_has_its_own_names() {
    let release = Release::new();
    let unix = release.runner.sandbox.outside("home");
    let cygpath = format!(
        "#!/bin/sh\n[ \"$1 $2\" = '-u D:\\a\\_temp' ] && printf '%s' '{}'\n",
        unix.display()
    );
    executable(&release.bin.join("cygpath"), &cygpath);
    for (machine, target) in [
        ("X64", "x86_64-pc-windows-msvc"),
        ("ARM64", "aarch64-pc-windows-msvc"),
    ] {
        release.pack(target, "stackguard.exe");
        let more = [
            ("RUNNER_OS", "Windows"),
            ("RUNNER_ARCH", machine),
            ("RUNNER_TEMP", "D:\\a\\_temp"),
        ];
        let ended = release.run("download", &more);
        assert_eq!((ended.code, ended.calls.len()), (0, 1), "{}", ended.out);
    }
    release.refused(
        "download",
        &[("RUNNER_ARCH", "RISCV64")],
        "could not be downloaded",
    );
}
