//! The cluster that all test processes share.

use super::programs::Programs;
use crate::support::shared::{self, Share};
use std::{fs::OpenOptions, io::Write, os::unix::net::UnixStream, path::Path};

/// Speed before safety: no test looks at what a power cut leaves. Little memory, many connections.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'\n\
    fsync = off\n\
    full_page_writes = off\n\
    shared_buffers = 64MB\n\
    max_connections = 300\n";

/// A share in the running cluster, held until the process ends.
pub(super) struct Cluster(Share);

impl Cluster {
    /// Finds the cluster or makes it.
    pub(super) fn join() -> Self {
        Self(shared::join("postgres", running_port, make))
    }

    /// URL of `database`.
    pub(super) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.0.port)
    }
}

/// The port of the running cluster. Its socket is in its folder, so it is no other server's.
fn running_port(folder: &Path) -> Option<u16> {
    let port = shared::noted_port(folder)?;
    UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).is_ok().then_some(port)
}

fn make(folder: &Path) -> (u16, Vec<String>) {
    let programs = Programs::find();
    programs.hand_over(folder);
    let path = |name: &str| folder.join(name).display().to_string();
    let (data, server_log) = (path("data"), path("server.log"));
    let log = folder.join("setup.log");
    let init = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
    programs.run("initdb", &init, &log);
    let port = shared::free_port();
    let socket_folder = folder.display();
    let mut settings = OpenOptions::new()
        .append(true)
        .open(folder.join("data/postgresql.conf"))
        .expect("the cluster can be configured");
    write!(settings, "{SETTINGS}port = {port}\nunix_socket_directories = '{socket_folder}'\n")
        .expect("the cluster can be configured");
    programs.run("pg_ctl", &["-D", &data, "-l", &server_log, "-w", "start"], &log);
    (port, programs.command_line("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]))
}
