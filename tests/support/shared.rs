//! A server that all test processes of one target folder share.
//!
//! The first process that needs it makes it in a temporary folder; the others find it. Each holds a
//! shared lock on a file while it runs. A supervising shell takes that lock exclusively when nobody has
//! it; when that went on for a while it stops the server and removes the folder. Locks end with their
//! process, however it ends, so nothing is left behind.

use std::{
    fs::{self, File, OpenOptions},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// How long nobody must have used the server before it is stopped.
const IDLE_SECS: u32 = 20;

/// Stops the server when nobody has used it for a while. While it does, it has the lock of starters.
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

/// A share in the running server, held until the process ends.
pub(crate) struct Share {
    pub(crate) port: u16,
    _lock: File,
}

/// Finds the server `name`, or makes it. `running` gives the port of one that runs in the folder; `make`
/// starts one there and gives its port and the command that stops it.
pub(crate) fn join(
    name: &str,
    running: impl FnOnce(&Path) -> Option<u16>,
    make: impl FnOnce(&Path) -> (u16, Vec<String>),
) -> Share {
    let locks = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(locks).expect("the target folder can be written");
    let users = locks.join(format!("{name}.users"));
    let start = locks.join(format!("{name}.start"));
    let starting = open_lock(&start);
    starting.lock().expect("the lock of starters can be had");
    let folder = folder(name);
    let port = running(&folder).unwrap_or_else(|| {
        // A server of which this is left no longer answers, for example since the machine restarted.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a temporary folder can be made");
        let (port, stop) = make(&folder);
        fs::write(folder.join("port"), port.to_string()).expect("the port can be noted");
        supervise(&users, &start, &folder, &stop);
        port
    });
    let lock = open_lock(&users);
    lock.lock_shared().expect("the lock of users can be shared");
    Share { port, _lock: lock }
}

/// The port that a server in `folder` was given.
pub(crate) fn noted_port(folder: &Path) -> Option<u16> {
    fs::read_to_string(folder.join("port")).ok()?.parse().ok()
}

pub(crate) fn free_port() -> u16 {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    address.expect("a port is free").port()
}

fn open_lock(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("a lock file can be made")
}

/// One folder per target folder, with a short path: sockets in it have a limit of 107 bytes.
fn folder(name: &str) -> PathBuf {
    let target = env!("CARGO_TARGET_TMPDIR").bytes();
    let hash = target.fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    std::env::temp_dir().join(format!("purser-test-{name}-{hash:016x}"))
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
