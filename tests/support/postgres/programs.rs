//! Finding and running PostgreSQL's programs. They refuse to work as root, so then they run as the
//! user `postgres` that the Debian package makes.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// PostgreSQL's programs.
pub(super) struct Programs {
    folder: PathBuf,
    as_postgres: bool,
}

impl Programs {
    /// Looks on the `PATH`, then where Debian puts them, newest version first. Links are followed: they
    /// may lead to some of the programs only.
    pub(super) fn find() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut packaged: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .collect();
        packaged.sort();
        let folder = std::env::split_paths(&path)
            .chain(packaged.into_iter().rev())
            .find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
            .and_then(|folder| folder.join("initdb").canonicalize().ok())
            .and_then(|initdb| Some(initdb.parent()?.to_owned()))
            .expect("tests need PostgreSQL 15 or later: apt-get install postgresql");
        let as_postgres = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        Self { folder, as_postgres }
    }

    /// The words that run `program`, as another user if need be.
    pub(super) fn command_line(&self, program: &str, arguments: &[&str]) -> Vec<String> {
        let path = self.folder.join(program).display().to_string();
        let user = ["runuser", "-u", "postgres", "--"].map(str::to_owned);
        let user = user.into_iter().filter(|_| self.as_postgres);
        user.chain([path]).chain(arguments.iter().map(|&text| text.to_owned())).collect()
    }

    /// Runs `program`; what it says goes to the file `log`.
    pub(super) fn run(&self, program: &str, arguments: &[&str], log: &Path) {
        let words = self.command_line(program, arguments);
        let output = || {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(log);
            Stdio::from(file.expect("the log can be written"))
        };
        // The folder that the tests run in may not be open to the other user.
        let status = Command::new(&words[0])
            .args(&words[1..])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(output())
            .stderr(output())
            .status()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", words[0]));
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(status.success(), "{program} failed:\n{}", said());
    }

    /// Runs `program` and returns what it writes to standard output.
    pub(super) fn output(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let words = self.command_line(program, arguments);
        let output = Command::new(&words[0])
            .args(&words[1..])
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", words[0]));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} failed:\n{said}");
        output.stdout
    }

    /// Gives `folder` to the user that PostgreSQL runs as.
    pub(super) fn hand_over(&self, folder: &Path) {
        if self.as_postgres {
            let status = Command::new("chown").arg("postgres").arg(folder).status();
            assert!(
                status.is_ok_and(|status| status.success()),
                "under root, tests need the user postgres: apt-get install postgresql"
            );
        }
    }
}
