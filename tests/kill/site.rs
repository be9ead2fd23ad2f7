//! Where the server runs: its folder, its database, and its process.

use crate::{
    cli::process::{Ended, Place, Server},
    shops::plan::say,
    support::{platform::Engine, postgres::new_database},
};
use purser::store::StoreTarget;
use std::{
    process::{Child, Stdio},
    thread,
    time::Duration,
};

/// A data folder, with the store in it or beside it.
pub(crate) struct Site {
    pub(crate) place: Place,
    pub(crate) target: StoreTarget,
}

impl Site {
    pub(crate) async fn new(engine: Engine) -> Self {
        let place = Place::new();
        match engine {
            Engine::Sqlite => {
                let target = StoreTarget::Sqlite(place.data("purser.db"));
                Self { place, target }
            }
            Engine::Postgres => {
                let url = new_database().await;
                let place = place.with_env("PURSER_DATABASE_URL", &url).on_shared_nats();
                Self { place, target: url.parse().expect("a URL of PostgreSQL") }
            }
        }
    }

    /// Starts the server and kills it `after` so long, wherever it is then.
    pub(crate) fn start_and_kill(&self, after: Duration) {
        let mut command = self.place.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child: Child = command.spawn().expect("the binary runs");
        pause(after);
        if child.try_wait().expect("a child").is_some() {
            let output = child.wait_with_output().expect("a child has an output");
            panic!("the server ended by itself: {}", String::from_utf8_lossy(&output.stderr));
        }
        child.kill().expect("a child can be killed");
        child.wait().expect("a child can be waited for");
    }

    /// Kills a running server.
    pub(crate) fn kill(server: Server) {
        server.signal("KILL");
        check_log(&server.wait());
    }

    /// Replays the store.
    pub(crate) fn verify(&self) {
        self.place.run(&["verify"]).success();
    }
}

/// No actor may have failed, whatever was going on.
pub(crate) fn check_log(ended: &Ended) {
    for line in ended.stderr.lines() {
        assert!(!line.contains("panicked") && !line.contains("quarantined"), "{line}");
        if line.contains("ERROR") {
            say(line);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "no actor runs on the thread of a test")]
pub(crate) fn pause(time: Duration) {
    thread::sleep(time);
}
