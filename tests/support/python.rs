//! The programs of `examples/python`, run with the packages that `scripts/test` installs for them.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// The folder of the programs.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/python")
}

/// The interpreter with the packages of `requirements.txt`: it stands beside the folder of test binaries.
fn interpreter() -> PathBuf {
    let test = std::env::current_exe().expect("the test knows where it is");
    let target = test.ancestors().nth(3).expect("target/debug/deps/test");
    let python = target.join("python/bin/python");
    assert!(
        target.join("python/installed.txt").is_file(),
        "the Python packages of examples/python/requirements.txt are not installed in {}; run \
         scripts/test once with the internet, or python3 -m venv there and pip install them",
        target.join("python").display()
    );
    python
}

/// `program` of the examples, to be run with `arguments`.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(interpreter());
    command
        .arg("-B")
        .arg(examples().join(program))
        .args(arguments)
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it to its end, off the threads of the runtime.
pub(crate) async fn run(mut command: Command) -> Output {
    let run = tokio::task::spawn_blocking(move || command.output());
    run.await.expect("the thread ends").expect("Python starts")
}

/// What it printed; panics with its errors when it failed.
pub(crate) fn printed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// A program that runs in the background until it is dropped.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it, and waits until it has printed the line `ready`.
    pub(crate) async fn start(mut command: Command, ready: &'static str) -> Self {
        command.stderr(Stdio::inherit());
        let start = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().expect("Python starts");
            let printed = child.stdout.take().expect("it is piped");
            let running = Self(child);
            let first = BufReader::new(printed).lines().next();
            let first = first.and_then(Result::ok).unwrap_or_default();
            assert_eq!(first, ready, "what the program says first");
            running
        });
        start.await.expect("the program gets ready")
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
