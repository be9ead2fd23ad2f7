//! A way to PostgreSQL that can stop working without a word, as a cable that is pulled out, or a process
//! that stands still.

use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

/// Passes connections on to a server. Connections end when it is dropped.
pub(crate) struct Link {
    port: u16,
    is_stalled: Arc<watch::Sender<bool>>,
    serving: AbortHandle,
}

impl Link {
    /// A link to the server at `address`.
    pub(crate) async fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_stalled = Arc::new(watch::Sender::new(false));
        let stalled = is_stalled.clone();
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                connections.spawn(pass_on(near, address.clone(), stalled.subscribe()));
                while connections.try_join_next().is_some() {}
            }
        });
        Self { port, is_stalled, serving: serving.abort_handle() }
    }

    /// The URL of a database of that server, through the link.
    pub(crate) fn through(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.to_string()
    }

    /// Nothing passes any more; what is sent waits.
    pub(crate) fn stall(&self) {
        self.is_stalled.send_replace(true);
    }

    /// Everything passes again, and what waits as well.
    pub(crate) fn resume(&self) {
        self.is_stalled.send_replace(false);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass_on(near: TcpStream, address: String, stalled: watch::Receiver<bool>) {
    let Ok(far) = TcpStream::connect(address).await else { return };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pump(near_in, far_out, stalled.clone()) => {}
        () = pump(far_in, near_out, stalled) => {}
    }
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut stalled: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        // An error means that the link is gone.
        let Ok(_) = stalled.wait_for(|stalled| !stalled).await else { return };
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
