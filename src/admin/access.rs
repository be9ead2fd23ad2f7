//! How a verb reaches the operations, whether or not a server runs.

use super::{
    api::MerchantAccess,
    client::AdminClient,
    socket::{ControlSocket, SocketError},
};
use crate::{
    config::Config,
    data_dir::{DataDir, DataDirLock},
    onboarding::url_of,
    platform::Platform,
    terminal::Failure,
};
use std::{ops::Deref, time::Duration};
use tokio::task::JoinHandle;

/// How long a node that a verb started may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(8);

/// The operations of the node on a data folder.
pub struct AdminAccess {
    client: AdminClient,
    own: Option<OwnNode>,
}

/// A node that lives as long as a verb, or a visitor to nodes elsewhere.
struct OwnNode {
    platform: Platform,
    socket: ControlSocket,
    serving: JoinHandle<()>,
    _lock: DataDirLock,
}

impl AdminAccess {
    /// Connects to the server that runs on the configured data folder. When none does, visits the nodes
    /// on the configured database, and starts one when there are none.
    ///
    /// # Errors
    /// [`Failure`] when neither is possible.
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        let dir = DataDir::create(&config.data_dir).map_err(|error| {
            Failure::cannot_begin(format!("data folder {}: {error}", config.data_dir.display()))
        })?;
        if let Some(client) = Self::server(&dir).await? {
            return Ok(Self { client, own: None });
        }
        let lock = dir.lock().map_err(|error| {
            let hint = "if a server is starting or stopping there, try again in a moment";
            Failure::cannot_begin(format!("{error}; {hint}"))
        })?;
        let socket = ControlSocket::of(&dir).map_err(unusable)?;
        let listener = socket.listen().map_err(unusable)?;
        let platform = Platform::start_or_visit(config, &dir).await?;
        let router = super::router(platform.operations(&last_url(config, &dir)));
        let serving = tokio::spawn(async move {
            // Ends only with this task.
            let _ = axum::serve(listener, router).await;
        });
        let client = Self::server(&dir).await?;
        let client = client.ok_or_else(|| Failure::cannot_begin("the control socket is gone"))?;
        Ok(Self { client, own: Some(OwnNode { platform, socket, serving, _lock: lock }) })
    }

    /// The server that runs on `dir`, if one does.
    ///
    /// # Errors
    /// When that cannot be told.
    pub async fn server(dir: &DataDir) -> Result<Option<AdminClient>, Failure> {
        AdminClient::connect(ControlSocket::of(dir).map_err(unusable)?).await.map_err(unusable)
    }

    /// Stops a node that was started for this.
    pub async fn close(self) {
        if let Some(own) = self.own {
            own.serving.abort();
            // A file left behind is replaced by the next server.
            let _ = own.socket.remove();
            own.platform.stop(STOP_WITHIN).await;
        }
    }
}

impl Deref for AdminAccess {
    type Target = AdminClient;

    fn deref(&self) -> &AdminClient {
        &self.client
    }
}

fn unusable(error: SocketError) -> Failure {
    Failure::cannot_begin(error.to_string())
}

/// Where merchants find the platform: where it was last, else where it is configured to be.
fn last_url(config: &Config, dir: &DataDir) -> String {
    let last = std::fs::read(dir.sandbox_file()).ok();
    let last = last.and_then(|file| serde_json::from_slice::<MerchantAccess>(&file).ok());
    last.map_or_else(|| url_of(&config.listen), |access| access.base_url)
}
