//! Another process of this binary that a bench talks to: one JSON value a line, to its standard input and
//! from its standard output. It ends with its input.

use crate::terminal::{Failure, print};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    process::{Child as Running, ChildStdin, Command, Stdio},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

/// Words of a process that were not read yet.
const WORDS: usize = 256;
/// How long a process may take to end.
const ENDING: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);
/// The one setting that has to reach a node and cannot be told: it is never written anywhere.
const MASTER_KEY: &str = "PURSER_MASTER_KEY";

/// A process, seen from the bench that runs it. It is killed when dropped.
pub(super) struct Child {
    running: Running,
    told: Option<ChildStdin>,
    words: mpsc::Receiver<String>,
}

impl Child {
    /// Starts `purser bench VERB`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(verb: &str) -> Result<Self, Failure> {
        Self::spawn(verb).map_err(|error| {
            Failure::cannot_begin(format!("the process `bench {verb}` cannot be started: {error}"))
        })
    }

    fn spawn(verb: &str) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        // No setting of this process is the child's: it is told all that it needs.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PURSER_") && name != MASTER_KEY {
                command.env_remove(name);
            }
        }
        command.args(["bench", verb]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = command.spawn()?;
        let missing = || io::Error::other("no pipe");
        let told = running.stdin.take().ok_or_else(missing)?;
        let out = running.stdout.take().ok_or_else(missing)?;
        let (said, words) = mpsc::channel(WORDS);
        std::thread::Builder::new().name(format!("bench-{verb}")).spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if said.blocking_send(line).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { running, told: Some(told), words })
    }

    /// Tells it something.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn tell(&mut self, word: &impl Serialize) -> Result<(), Failure> {
        let line =
            serde_json::to_string(word).map_err(|error| Failure::failed(error.to_string()))?;
        let told = self.told.as_mut().ok_or_else(gone)?;
        writeln!(told, "{line}").and_then(|()| told.flush()).map_err(|_| gone())
    }

    /// What it says next.
    ///
    /// # Errors
    /// When it ends, or says nothing for `silence`.
    pub(super) async fn hear<T: DeserializeOwned>(
        &mut self,
        silence: Duration,
    ) -> Result<T, Failure> {
        let line = timeout(silence, self.words.recv()).await.ok().flatten().ok_or_else(gone)?;
        serde_json::from_str(&line).map_err(|error| Failure::failed(format!("a process: {error}")))
    }

    /// Ends its input, and waits until it has ended in order.
    ///
    /// # Errors
    /// When it does not.
    pub(super) async fn end(mut self) -> Result<(), Failure> {
        self.told = None;
        let begun = Instant::now();
        while begun.elapsed() < ENDING {
            match self.running.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(None) => sleep(LOOK).await,
                _ => return Err(gone()),
            }
        }
        Err(gone())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.told = None;
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

fn gone() -> Failure {
    Failure::failed("a process of the bench ended or hangs; what it said is above")
}

/// What this process, a child, is told next; nothing when its input ends.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn told<T: DeserializeOwned>() -> Result<Option<T>, Failure> {
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|read| (read > 0).then_some(line))
    });
    let line = reading.await.map_err(io::Error::other).and_then(|line| line);
    let line = line.map_err(|error| Failure::failed(format!("nothing can be read: {error}")))?;
    let word = line.as_deref().map(serde_json::from_str).transpose();
    word.map_err(|error| Failure::cannot_begin(format!("this is for `purser bench`: {error}")))
}

/// Says something to the bench that runs this process.
///
/// # Errors
/// When it is gone.
pub(super) fn say(word: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(word);
    print(line.map_err(|error| Failure::failed(error.to_string()))?)
}
