//! Why the bus could not be opened.

use std::path::PathBuf;

/// The broker cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// No server could be reached in time.
    #[error("no NATS server answers at {servers}: {why}")]
    Unreachable {
        /// The servers, without passwords.
        servers: String,
        /// What the last try met.
        why: String,
    },
    /// The servers do not let Purser in.
    #[error("NATS at {0} refuses the user, password, token or credentials")]
    Login(String),
    /// The credentials cannot be read.
    #[error("the NATS credentials {} cannot be used", file.display())]
    Credentials {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        #[source]
        error: std::io::Error,
    },
    /// A certificate or key cannot be read.
    #[error("the NATS certificate or key {} cannot be read", file.display())]
    Certificate {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The connection was lost while the bus was being opened.
    #[error("the connection to NATS was lost during the start")]
    Lost,
    /// JetStream is off, or does not do what it is asked for.
    #[error("JetStream stream {stream}: {why}")]
    Stream {
        /// Its name.
        stream: String,
        /// What is wrong.
        why: String,
    },
}
