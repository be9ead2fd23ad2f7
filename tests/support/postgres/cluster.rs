//! The cluster that all test processes share.

use super::programs::Programs;
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    net::TcpListener,
    os::unix::{net::UnixStream, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// How long nobody must have used the cluster before it is stopped.
const IDLE_SECS: u32 = 20;

/// Speed before safety: no test looks at what a power cut leaves. Little memory, many connections.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'\n\
    fsync = off\n\
    full_page_writes = off\n\
    shared_buffers = 64MB\n\
    max_connections = 300\n";

/// Stops the cluster when nobody has used it for a while. While it does, it has the lock of starters.
const SUPERVISOR: &str = r#"
users=$1 start=$2 seconds=$3 folder=$4; shift 4
while :; do
    idle=0
    while [ "$idle" -lt "$seconds" ]; do
        sleep 1
        [ -d "$folder" ] || exit 0
        if flock --exclusive --nonblock "$users" true; then idle=$((idle + 1)); else idle=0; fi
    done
    exec 9>"$start" 8>"$users"
    flock --exclusive 9
    if flock --exclusive --nonblock 8; then
        "$@"
        rm -rf "$folder"
        exit 0
    fi
    exec 9>&- 8>&-
done
"#;

/// A share in the running cluster, held until the process ends.
pub(super) struct Cluster {
    port: u16,
    _share: File,
}

impl Cluster {
    /// Finds the cluster or makes it.
    pub(super) fn join() -> Self {
        let locks = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(locks).expect("the target folder can be written");
        let (users, start) = (locks.join("postgres.users"), locks.join("postgres.start"));
        let starting = open_lock(&start);
        starting.lock().expect("the lock of starters can be had");
        let port = running_port().unwrap_or_else(|| make(&users, &start));
        let share = open_lock(&users);
        share.lock_shared().expect("the lock of users can be shared");
        Self { port, _share: share }
    }

    /// URL of `database`.
    pub(super) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

fn open_lock(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("a lock file can be made")
}

/// One folder per target folder, with a short path: sockets in it have a limit of 107 bytes.
fn folder() -> PathBuf {
    let target = env!("CARGO_TARGET_TMPDIR").bytes();
    let hash = target.fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    std::env::temp_dir().join(format!("purser-test-postgres-{hash:016x}"))
}

/// The port of the running cluster. Its socket is in its folder, so it is no other server's.
fn running_port() -> Option<u16> {
    let port = fs::read_to_string(folder().join("port")).ok()?.parse().ok()?;
    UnixStream::connect(folder().join(format!(".s.PGSQL.{port}"))).is_ok().then_some(port)
}

fn make(users: &Path, start: &Path) -> u16 {
    let programs = Programs::find();
    let folder = folder();
    // A cluster of which this is left no longer answers, for example since the machine restarted.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    programs.hand_over(&folder);
    let path = |name: &str| folder.join(name).display().to_string();
    let (data, server_log) = (path("data"), path("server.log"));
    let log = folder.join("setup.log");
    let init = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
    programs.run("initdb", &init, &log);
    let port = free_port();
    let socket_folder = folder.display();
    let mut settings = OpenOptions::new()
        .append(true)
        .open(folder.join("data/postgresql.conf"))
        .expect("the cluster can be configured");
    write!(settings, "{SETTINGS}port = {port}\nunix_socket_directories = '{socket_folder}'\n")
        .expect("the cluster can be configured");
    programs.run("pg_ctl", &["-D", &data, "-l", &server_log, "-w", "start"], &log);
    fs::write(folder.join("port"), port.to_string()).expect("the port can be noted");
    let stop = programs.command_line("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
    supervise(users, start, &folder, &stop);
    port
}

fn free_port() -> u16 {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    address.expect("a port is free").port()
}

/// Starts the supervisor apart from this process, so that it outlives a test run that is cut off.
#[expect(clippy::zombie_processes, reason = "it ends after this process")]
fn supervise(users: &Path, start: &Path, folder: &Path, stop: &[String]) {
    let mut shell = Command::new("sh");
    shell.args(["-c", SUPERVISOR, "sh"]).arg(users).arg(start).arg(IDLE_SECS.to_string());
    shell.arg(folder).args(stop).current_dir("/").process_group(0);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("a shell can be started");
}
