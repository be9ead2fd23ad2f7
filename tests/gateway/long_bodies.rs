//! Clients that send all of a long body before they look at the answer, as many libraries do.

use super::hostile::PREFIX;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than what sockets and the server take in unread.
const LONG: usize = 200 * 1024;
/// Often enough for an answer that is overtaken now and then.
const TIMES: usize = 200;

/// Sends a request on a connection of its own, and then reads the answer.
async fn answer(address: &str, path: &str) -> String {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {LONG}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(&[head.as_bytes(), &[b' '; LONG]].concat()).await.expect("all is taken");
    let mut answer = String::new();
    let read = timeout(Duration::from_secs(20), stream.read_to_string(&mut answer)).await;
    read.expect("the server does not hang").expect("the connection ends in order");
    answer
}

on_both_platforms! {
    async fn whoever_sends_a_long_body_gets_the_answer_of_the_interface_every_time(platform) {
        let platform = platform.start().await;
        let base = platform.base_url();
        let address = base.trim_start_matches("http://");
        for (path, status, words) in [
            (&*format!("{PREFIX}/payments"), 413, r#""code":"20413""#),
            ("/v1.0/access-token/b2b", 400, r#""responseCode":"4007300""#),
            // Nobody is asked for a body before it is known who sends it.
            ("/v1/callback-endpoints", 401, r#""code":"unauthorized""#),
            ("/dd-card-binding/card", 404, "<html"),
        ] {
            for time in 0..TIMES {
                let answer = answer(address, path).await;
                let begins = format!("HTTP/1.1 {status} ");
                assert!(answer.starts_with(&begins), "{path}, time {time}: {answer}");
                assert!(answer.contains(words), "{path}, time {time}: {answer}");
            }
        }
    }
}
