//! Connections from outside, bounded in number and in idle time.

use super::handles;
use axum::serve::Listener;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream, lookup_host},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep},
};

/// Open at a time, or fewer if the system gives fewer file handles; more wait in the system's own queue.
/// Each takes a handle and some kilobytes.
const CONNECTION_LIMIT: usize = 8192;
/// Connections that wait in the system's queue, as far as it allows (`net.core.somaxconn`). With the usual 128 a burst of
/// new clients finds it full, and they try again only after a second, and then after two and four more.
const BACKLOG: u32 = 4096;
/// A connection on which nothing is read or written so long is closed. Above the longest request.
const IDLE_LIMIT: Duration = Duration::from_secs(90);

/// Accepts connections.
pub(crate) struct Connections {
    listener: TcpListener,
    address: SocketAddr,
    permits: Arc<Semaphore>,
}

impl Connections {
    /// Listens on `address`: the first one that can be had, when it is a name with several.
    pub(super) async fn bind(address: &str) -> io::Result<Self> {
        let mut failed = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
        for address in lookup_host(address).await? {
            match listen(address) {
                Ok(listener) => return Self::new(listener),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn new(listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let permits = Arc::new(Semaphore::new(handles::for_connections(CONNECTION_LIMIT)));
        Ok(Self { listener, address, permits })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // So that a server that is started anew need not wait for connections of the one before to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        // Answers are small and must leave at once; a failure only makes them slower.
        let _ = stream.set_nodelay(true);
        let (seen, idle) = (Instant::now(), Box::pin(sleep(IDLE_LIMIT)));
        (Connection { stream, seen, idle, _permit: permit }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A connection that ends itself when idle.
pub(crate) struct Connection {
    stream: TcpStream,
    /// When something was read or written last.
    seen: Instant,
    /// Ends when the idle time may be over; set anew only then, as that costs more than to note the time.
    idle: Pin<Box<Sleep>>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// Notes progress; without progress, fails once the idle time is over.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        progress: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.seen = Instant::now();
            return progress;
        }
        while self.idle.as_mut().poll(cx).is_ready() {
            let over = self.seen + IDLE_LIMIT;
            if over <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.idle.as_mut().reset(over);
        }
        Poll::Pending
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let progress = Pin::new(&mut this.stream).poll_read(cx, buffer);
        this.watch(cx, progress)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let progress = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.watch(cx, progress)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let progress = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.watch(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_name_is_looked_up_and_a_taken_port_is_told() {
        let first = Connections::bind("localhost:0").await.unwrap();
        let taken = Connections::bind(&first.address().to_string()).await;
        assert_eq!(taken.err().unwrap().kind(), io::ErrorKind::AddrInUse);
        assert!(Connections::bind("no port").await.is_err());
    }

    #[tokio::test]
    async fn a_burst_of_clients_finds_room_in_the_queue() {
        let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
        let burst = most.trim().parse::<usize>().unwrap().min(500);
        // Nobody accepts.
        let connections = Connections::bind("127.0.0.1:0").await.unwrap();
        let connecting = (0..burst).map(|_| TcpStream::connect(connections.address()));
        let connected = timeout(Duration::from_millis(900), join_all(connecting)).await;
        assert!(connected.expect("nobody waits a second").into_iter().all(|one| one.is_ok()));
    }
}
