//! A TCP proxy that can be cut: how a node loses its broker or its database without anybody being told.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
};

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// They pass.
    Up,
    /// They wait, as when a network loses packets: connections stay open and nobody is told.
    Silent,
    /// Connections end, and new ones are closed at once.
    Closed,
}

/// Stands between one node and one server.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    link: watch::Sender<Link>,
}

impl Proxy {
    /// Listens on a free port and passes everything on to `server`.
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let (link, state) = watch::channel(Link::Up);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *state.borrow() != Link::Closed {
                    tokio::spawn(connect(client, server, state.clone()));
                }
            }
        });
        Self { port, link }
    }

    pub(crate) fn set(&self, link: Link) {
        self.link.send_replace(link);
    }
}

/// Passes bytes both ways until one side or the proxy ends it.
async fn connect(client: TcpStream, server: SocketAddr, mut link: watch::Receiver<Link>) {
    if link.wait_for(|link| *link != Link::Silent).await.is_err() {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut closing = link.clone();
    tokio::select! {
        () = pass(from_client, to_server, link.clone()) => {}
        () = pass(from_server, to_client, link) => {}
        _ = closing.wait_for(|link| *link == Link::Closed) => {}
    }
}

async fn pass(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    mut link: watch::Receiver<Link>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if link.wait_for(|link| *link == Link::Up).await.is_err()
            || to.write_all(&buffer[..read]).await.is_err()
        {
            return;
        }
    }
}
