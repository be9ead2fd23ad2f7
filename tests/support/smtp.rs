//! A mail server that takes e-mails and answers as it is told.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it does with an e-mail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MailReply {
    /// Refuses the recipient with this code.
    Refuse(u16),
    /// Says nothing after the text of the e-mail.
    Hang,
    /// Takes it and hangs up before it says so.
    Forget,
}

/// An e-mail as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TakenMail {
    pub(crate) from: String,
    pub(crate) to: String,
    /// Headers and text.
    pub(crate) data: String,
}

impl TakenMail {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> &str {
        let line = self.data.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default()
    }
}

#[derive(Default)]
struct State {
    replies: VecDeque<MailReply>,
    taken: Vec<TakenMail>,
}

/// A mail server. It ends when it is dropped.
pub(crate) struct TestMailServer {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    listening: JoinHandle<()>,
}

impl TestMailServer {
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    /// At this address, where perhaps one was before.
    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, shared.clone()));
            }
        });
        Self { address, state, listening }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it does with the next e-mails; it takes those after them.
    pub(crate) fn answer(&self, replies: impl IntoIterator<Item = MailReply>) {
        self.state.lock().unwrap().replies.extend(replies);
    }

    pub(crate) fn taken(&self) -> Vec<TakenMail> {
        self.state.lock().unwrap().taken.clone()
    }

    /// Waits for so many e-mails.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<TakenMail> {
        super::platform::eventually("e-mails arrive", async || self.taken().len() >= count).await;
        self.taken()
    }
}

impl Drop for TestMailServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// RFC 5321, as far as one e-mail after the other needs it.
async fn talk(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test ESMTP\r\n").await.ok()?;
    let (mut from, mut to, mut reply) = (String::new(), String::new(), None);
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match verb.as_str() {
            "EHLO" => "250 test".to_owned(),
            "MAIL" => {
                from = address();
                reply = state.lock().unwrap().replies.pop_front();
                "250 go on".to_owned()
            }
            "RCPT" => {
                to = address();
                match reply {
                    Some(MailReply::Refuse(code)) => format!("{code} as told"),
                    _ => "250 go on".to_owned(),
                }
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut data = String::new();
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    data += line.strip_prefix('.').unwrap_or(&line);
                    data += "\n";
                }
                if matches!(reply, Some(MailReply::Hang)) {
                    tokio::time::sleep(Duration::from_secs(3_600)).await;
                }
                let mail = TakenMail { from: from.clone(), to: to.clone(), data };
                state.lock().unwrap().taken.push(mail);
                if matches!(reply, Some(MailReply::Forget)) {
                    return None;
                }
                "250 taken".to_owned()
            }
            "RSET" | "NOOP" => "250 done".to_owned(),
            "QUIT" => {
                let _ = write.write_all(b"221 bye\r\n").await;
                return None;
            }
            _ => "500 what?".to_owned(),
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    None
}
