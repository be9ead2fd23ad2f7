//! HTTP by hand: sends exactly the bytes it is told to, which no well-behaved client does.

use super::hostile::{Got, Sent};
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than any wait inside the platform.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Sends a request to `address` on a connection of its own, and reads the answer.
pub(crate) async fn send(address: &str, sent: &Sent) -> Got {
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {address}\r\n", sent.method, sent.path);
    for (name, value) in &sent.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n", sent.body.len());
    let answer = exchange(address, &[head.as_bytes(), &sent.body].concat()).await;
    parse(&answer).unwrap_or_else(|| panic!("no answer to {head}"))
}

/// Sends bytes, and reads until the other side has nothing more to say.
pub(crate) async fn exchange(address: &str, bytes: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(address).await.expect("the server listens");
    let (mut reading, mut writing) = stream.into_split();
    let mut answer = Vec::new();
    let write = async {
        // The server may answer and close before it has read everything.
        let _ = writing.write_all(bytes).await;
        io::Result::Ok(())
    };
    let both = async { tokio::join!(write, reading.read_to_end(&mut answer)) };
    let (_, read) = timeout(TIMEOUT, both).await.expect("the server does not hang");
    if let Err(error) = read {
        assert!(!answer.is_empty(), "the answer was lost: {error}");
    }
    answer
}

fn parse(answer: &[u8]) -> Option<Got> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize =
        headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let body = answer[end + 4..].to_vec();
    (body.len() == length).then_some(Got { status, headers, body })
}
