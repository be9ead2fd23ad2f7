//! An HTTP/1.1 client that costs little: one connection, one request at a time, answers with a length.
//! The client shares the machine with what it measures, so what it spares the server gets.

use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Longest head of an answer.
const MAX_HEAD: usize = 16 * 1024;
/// Longest body of an answer.
const MAX_BODY: usize = 1 << 20;
const READ: usize = 4 * 1024;

/// A connection to the server.
pub(super) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer; the connection can be used again after it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// What the head of an answer says.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: usize,
}

impl Connection {
    pub(super) async fn open(target: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(target).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(READ) })
    }

    /// Sends a whole request and reads its answer. After an error the connection is of no more use.
    pub(super) async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if self.read.len() > MAX_HEAD {
                return Err(io::Error::other("the head of an answer is too long"));
            }
            self.read_some().await?;
        };
        let head = head(&self.read[..end])?;
        let whole = end + 4 + head.length;
        while self.read.len() < whole {
            self.read_some().await?;
        }
        Ok(Answer { status: head.status, body: self.read[end + 4..whole].to_vec() })
    }

    async fn read_some(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn head(bytes: &[u8]) -> io::Result<Head> {
    let odd = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let text = str::from_utf8(bytes).map_err(|_| odd("the head of an answer is no text"))?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
    let status = status.and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| odd("no status line of HTTP/1.1"))?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok());
    match length {
        Some(length) if length <= MAX_BODY => Ok(Head { status, length }),
        _ => Err(odd("an answer without a length, or too long a one")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn heads_are_read_and_odd_ones_refused() {
        let head = |text: &str| head(text.as_bytes());
        let plain = "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 12";
        assert_eq!(head(plain).unwrap(), Head { status: 200, length: 12 });
        assert_eq!(head("HTTP/1.1 503 \r\ncontent-length:0").unwrap().status, 503);
        for odd in ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\ncontent-length: 99999999", "SSH-2.0"] {
            assert!(head(odd).is_err(), "{odd}");
        }
    }

    #[tokio::test]
    async fn answers_arrive_in_pieces_and_one_connection_serves_many() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut peer, _) = listener.accept().await.unwrap();
            let mut request = [0; 4];
            while peer.read_exact(&mut request).await.is_ok() {
                for piece in ["HTTP/1.1 200 OK\r\nconte", "nt-length: 6\r\n\r\nab", "cdef"] {
                    peer.write_all(piece.as_bytes()).await.unwrap();
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
            }
        });
        let mut connection = Connection::open(target).await.unwrap();
        for _ in 0..3 {
            let answer = connection.ask(b"ping").await.unwrap();
            assert_eq!((answer.status, &answer.body[..]), (200, &b"abcdef"[..]));
        }
    }
}
