//! Starting, stopping and stalling nats-server.

use crate::support::shared::free_port;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    net::TcpStream,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a server may take to answer.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Runs a server for as long as standard input is open, so that it ends with the test, however that
/// ends. Tells the server's process id first.
const GUARD: &str = r#"
log=$1; shift
"$@" </dev/null >>"$log" 2>&1 &
echo $!
read -r _
kill -9 $! 2>/dev/null
"#;

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|folder| folder.join("nats-server"))
        .find(|program| program.is_file())
        .expect("tests need nats-server 2.9 or later: apt-get install nats-server")
}

/// Writes a configuration file. The limit of storage is what streams may reserve, not what they use.
pub(super) fn config(folder: &Path, port: u16, name: &str, more: &str) -> PathBuf {
    let store = folder.join("store");
    let text = format!(
        "server_name: {name}\nhost: 127.0.0.1\nport: {port}\n\
         jetstream {{ store_dir: '{}', max_file_store: 10TB, max_memory_store: 64MB }}\n{more}\n",
        store.display()
    );
    let file = folder.join("nats.conf");
    fs::write(&file, text).expect("the configuration can be written");
    file
}

/// The first line that a server sends, if one answers.
pub(super) fn greeting(port: u16) -> Option<String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    let mut line = String::new();
    BufReader::new(stream.take(8192)).read_line(&mut line).ok()?;
    line.starts_with("INFO").then_some(line)
}

fn wait_until_ready(port: u16, log: &Path) {
    let begun = Instant::now();
    while greeting(port).is_none() {
        let said = || fs::read_to_string(log).unwrap_or_default();
        assert!(begun.elapsed() < START_LIMIT, "nats-server did not start:\n{}", said());
        sleep(Duration::from_millis(20));
    }
}

/// Starts a server that outlives this process; returns its process id.
#[expect(clippy::zombie_processes, reason = "it ends after this process")]
pub(super) fn start_detached(folder: &Path, config: &Path, port: u16) -> u32 {
    let log = folder.join("server.log");
    let output =
        || Stdio::from(File::options().create(true).append(true).open(&log).expect("a log"));
    let server = Command::new(program())
        .arg("-c")
        .arg(config)
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(output())
        .stderr(output())
        .spawn()
        .expect("nats-server can be started");
    wait_until_ready(port, &log);
    server.id()
}

/// A server of one test, on a free port in a temporary folder. It ends when it is dropped.
pub(crate) struct NatsServer {
    folder: TempDir,
    config: PathBuf,
    arguments: Vec<String>,
    port: u16,
    running: Option<Running>,
}

struct Running {
    guard: Child,
    process: u32,
}

impl NatsServer {
    /// A server with JetStream.
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// The same with `more` in its configuration.
    pub(crate) fn with(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let config = config(folder.path(), port, "purser-test", more);
        Self::run(folder, config, Vec::new(), port)
    }

    /// A server with exactly the configuration `text`, but for port and folder.
    pub(crate) fn with_exactly(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let config = folder.path().join("nats.conf");
        fs::write(&config, text).expect("the configuration can be written");
        let store = folder.path().join("store").display().to_string();
        let arguments = ["-a", "127.0.0.1", "-p", &port.to_string(), "-sd", &store];
        let arguments = arguments.map(str::to_owned).into();
        Self::run(folder, config, arguments, port)
    }

    fn run(folder: TempDir, config: PathBuf, arguments: Vec<String>, port: u16) -> Self {
        let mut server = Self { folder, config, arguments, port, running: None };
        server.restart();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts it on the same port with what it had stored.
    pub(crate) fn restart(&mut self) {
        assert!(self.running.is_none(), "it runs");
        let log = self.folder.path().join("server.log");
        let mut shell = Command::new("sh");
        shell.args(["-c", GUARD, "sh"]).arg(&log).arg(program()).arg("-c").arg(&self.config);
        shell.args(&self.arguments).current_dir("/");
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut guard = shell.spawn().expect("a shell can be started");
        let mut first_line = String::new();
        let said = guard.stdout.as_mut().expect("piped");
        BufReader::new(said).read_line(&mut first_line).expect("the shell tells the process id");
        let process = first_line.trim().parse().expect("a process id");
        self.running = Some(Running { guard, process });
        wait_until_ready(self.port, &log);
    }

    fn signal(&self, name: &str) {
        let process = self.running.as_ref().expect("it runs").process.to_string();
        let sent = Command::new("kill").args(["-s", name, &process]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Stalls it: connections stay open, nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.guard.stdin.take());
            let _ = running.guard.wait();
            let process = Path::new("/proc").join(running.process.to_string());
            while process.exists() {
                sleep(Duration::from_millis(5));
            }
        }
    }

    /// Ends it and forgets what it had stored.
    pub(crate) fn wipe(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(self.folder.path().join("store"));
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
