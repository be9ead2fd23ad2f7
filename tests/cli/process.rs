//! Runs the binary in a folder of its own, with an environment of its own.

use crate::support::nats;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

/// A debug build on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A place to run the binary in: an empty working directory, removed in the end.
pub(crate) struct Place {
    root: tempfile::TempDir,
    env: Vec<(String, String)>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { root: tempfile::tempdir().expect("a temporary folder"), env: Vec::new() }
    }

    pub(crate) fn with_env(mut self, name: &str, value: &str) -> Self {
        self.set_env(name, value);
        self
    }

    pub(crate) fn set_env(&mut self, name: &str, value: &str) {
        self.env.retain(|(had, _)| had != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Uses the broker that all tests share, with a prefix of its own.
    pub(crate) fn on_shared_nats(self) -> Self {
        self.with_env("PURSER_NATS_URL", &nats::shared_url())
            .with_env("PURSER_NATS_PREFIX", nats::new_prefix().as_str())
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// The data folder, unless a test configures another.
    pub(crate) fn data(&self, file: &str) -> PathBuf {
        self.root().join("purser-data").join(file)
    }

    pub(crate) fn write(&self, file: &str, contents: &str) {
        std::fs::write(self.root().join(file), contents).expect("the folder can be written to");
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_purser"));
        command.args(arguments).current_dir(self.root()).stdin(Stdio::null());
        // Whatever is set where the tests run must not reach the binary.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PURSER_") {
                command.env_remove(name);
            }
        }
        command.env_remove("RUST_BACKTRACE");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a verb to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().expect("the binary runs"))
    }

    /// Starts `serve` on a free port and waits until it is ready.
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Server {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        Server::start(self.command(&arguments))
    }

    /// Starts `serve` from a shell that did something before, such as `ulimit -Sn 256`.
    pub(crate) fn serve_after(&self, shell: &str) -> Server {
        let serve = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{shell}; exec \"$0\" \"$@\""));
        command.arg(serve.get_program()).args(serve.get_args());
        command.current_dir(self.root()).stdin(Stdio::null());
        for (name, value) in serve.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Server::start(command)
    }

    pub(crate) fn sandbox(&self) -> Value {
        let file = std::fs::read(self.data("sandbox.json")).expect("sandbox.json is there");
        serde_json::from_slice(&file).expect("sandbox.json is JSON")
    }
}

/// A process that ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The result, after an exit with 0.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The message, after an exit with `code` and an empty result.
    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        self.stderr
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut err = child.stderr.take().expect("piped");
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            let _ = err.read_to_string(&mut text);
            text
        });
        let (ready, first_line) = mpsc::sync_channel(1);
        let stdout = thread::spawn(move || {
            let mut text = String::new();
            let _ = out.read_line(&mut text);
            let _ = ready.send(text.clone());
            let _ = out.read_to_string(&mut text);
            text
        });
        let line = first_line.recv_timeout(START_LIMIT).unwrap_or_default();
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("serve printed {line:?} and said: {}", stderr.join().unwrap_or_default());
        };
        Self { address: address.to_owned(), child, stdout, stderr }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for the end, at most 10 seconds, and tells how it went.
    pub(crate) fn wait(mut self) -> Ended {
        let step = Duration::from_millis(20);
        for _ in 0..500 {
            if let Some(status) = self.child.try_wait().expect("the process can be waited for") {
                let join = |text: JoinHandle<String>| text.join().expect("a reading thread");
                let (stdout, stderr) = (
                    join(std::mem::replace(&mut self.stdout, thread::spawn(String::new))),
                    join(std::mem::replace(&mut self.stderr, thread::spawn(String::new))),
                );
                return Ended { code: status.code(), stdout, stderr };
            }
            pause(step);
        }
        panic!("the server did not stop within 10 seconds");
    }

    pub(crate) fn stop(self) -> Ended {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pause(time: Duration) {
    thread::sleep(time);
}
