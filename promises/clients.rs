//! Log clients as people run them: each at the version that its lock names, in a folder of its own beside what cargo builds,
//! run with nothing in its environment but what it needs. What a machine exports for its own proxies would overrule their
//! settings of an authority.
#![expect(clippy::disallowed_methods, reason = "what is started is found by this process's own PATH")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use crate::clock::eventually;

/// How one run ended.
pub(crate) struct Ended {
    pub(crate) well: bool,
    /// On both of its outputs.
    pub(crate) said: String,
}

/// Started, and ended when dropped.
pub(crate) struct Running {
    process: std::process::Child,
    said: PathBuf,
}

/// A client that sends one record ends within this; on a busy machine an interpreter takes seconds to start.
const RUN_MAX: Duration = Duration::from_secs(120);

/// Of Debian; taken apart beside the build and not installed, so that nobody's machine gets another daemon. What cannot stand
/// beside the others is a list of its own.
const PACKAGES: [&[&str]; 2] = [&["rsyslog", "rsyslog-gnutls", "rsyslog-openssl", "systemd-journal-remote"], &["syslog-ng-core"]];

static NODE: LazyLock<PathBuf> = LazyLock::new(install_node);
static DEBIAN: LazyLock<PathBuf> = LazyLock::new(install_debian);
static PYTHON: Mutex<()> = Mutex::new(());

/// The interpreter and the script of a client of Python.
pub(crate) fn python(name: &str) -> Vec<PathBuf> {
    let _one_at_a_time = PYTHON.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (home, wanted) = (installed("python").join(name), locks("python").join(name));
    let lock = wanted.join("requirements.txt");
    unless_current(&home, &lock, || {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home));
        let mut pip = Command::new(home.join("bin/pip"));
        run(pip.args(["install", "--quiet", "--require-hashes", "--requirement"]).arg(&lock));
    });
    vec![home.join("bin/python"), wanted.join("send.py")]
}

/// Node and the script of a client of it.
pub(crate) fn node(name: &str) -> Vec<PathBuf> {
    vec![PathBuf::from("node"), NODE.join(name).with_extension("cjs")]
}

/// A file of a Debian package.
pub(crate) fn debian(path: &str) -> PathBuf {
    DEBIAN.join(path)
}

/// Runs to its end.
#[track_caller]
pub(crate) fn ended(command: &[PathBuf], words: &[&str], environment: &[(&str, &str)]) -> Ended {
    let mut running = Running::start(command, words, environment);
    let status = eventually("the client ends", RUN_MAX, || running.process.try_wait().unwrap());
    Ended { well: status.success(), said: running.said() }
}

// === impl Running ===

impl Running {
    pub(crate) fn start(command: &[PathBuf], words: &[&str], environment: &[(&str, &str)]) -> Self {
        let (file, said) = tempfile::NamedTempFile::new().unwrap().keep().unwrap();
        let (program, first) = command.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(first).args(words).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.envs(environment.iter().copied()).stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        Self { process: command.spawn().unwrap(), said }
    }

    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap()).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(fs::remove_file(&self.said));
    }
}

fn install_node() -> PathBuf {
    let (home, wanted) = (installed("node"), locks("node"));
    unless_current(&home, &wanted.join("package-lock.json"), || {
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(wanted.join(file), home.join(file)).unwrap();
        }
        run(Command::new("npm").arg("ci").current_dir(&home));
    });
    // Node looks for what a script requires beside the script.
    for script in fs::read_dir(wanted).unwrap().map(|entry| entry.unwrap().path()) {
        if script.extension().is_some_and(|extension| extension == "cjs") {
            fs::copy(&script, home.join(script.file_name().unwrap())).unwrap();
        }
    }
    home
}

fn install_debian() -> PathBuf {
    let home = installed("debian");
    let list = tempfile::NamedTempFile::new().unwrap();
    fs::write(list.path(), PACKAGES.concat().join("\n")).unwrap();
    unless_current(&home, list.path(), || {
        let (lists, archives) = (home.join("lists"), home.join("archives"));
        fs::create_dir_all(lists.join("partial")).unwrap();
        fs::create_dir_all(archives.join("partial")).unwrap();
        let apt = |words: &[&str]| {
            let mut apt = Command::new("apt-get");
            apt.arg("--quiet").arg("--yes").arg("-oDebug::NoLocking=1").arg("-oAPT::Sandbox::User=");
            apt.arg(format!("-oDir::State::lists={}", lists.display()));
            apt.arg(format!("-oDir::Cache::archives={}", archives.display())).args(words);
            run(&mut apt);
        };
        apt(&["update"]);
        // What they need and this machine lacks comes with them.
        for packages in PACKAGES {
            apt(&[["install", "--download-only", "--reinstall", "--no-install-recommends"].as_slice(), packages].concat());
        }
        for archive in fs::read_dir(&archives).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            run(Command::new("dpkg").arg("--extract").arg(archive).arg(&home));
        }
        fs::remove_dir_all(lists).unwrap();
        fs::remove_dir_all(archives).unwrap();
    });
    home
}

fn installed(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(kind)
}

fn locks(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../promises/clients").join(kind)
}

/// Empties the folder and installs, unless that was done for the same lock.
fn unless_current(home: &Path, lock: &Path, install: impl FnOnce()) {
    let (done, wanted) = (home.join("installed-lock"), fs::read(lock).unwrap());
    if fs::read(&done).is_ok_and(|lock| lock == wanted) {
        return;
    }
    if home.exists() {
        fs::remove_dir_all(home).unwrap();
    }
    fs::create_dir_all(home).unwrap();
    install();
    fs::write(done, wanted).unwrap();
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
