#![allow(clippy::disallowed_methods, reason = "the tests measure real time")]

use super::*;
use crate::clock::SystemClock;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::StatusCode,
    response::IntoResponse,
};
use futures_util::stream;
use purser_actors::ports::Delivery;
use purser_subjects::{EndpointId, Timestamp, TransactionId};
use std::{convert::Infallible, sync::Mutex, time::Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

/// Limits that tests can wait for.
const SHORT: Limits = Limits {
    connect: Duration::from_millis(200),
    headers: Duration::from_millis(300),
    total: Duration::from_millis(400),
    read_bytes: 4096,
    kept_bytes: 1024,
};

struct Plain;

#[async_trait]
impl Render for Plain {
    fn format(&self) -> &'static str {
        "plain"
    }

    async fn render(&self, due: &DueDelivery, _: Timestamp) -> Result<Rendered, RenderError> {
        let delivery = &due.delivery;
        if delivery.payload.is_empty() {
            return Err(RenderError::new("there is nothing to tell").caused_by("a secret"));
        }
        let own = [("content-type", "text/plain"), ("user-agent", "spoof"), ("x-sign", "abc")];
        let headers = own.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Ok(Rendered { headers, body: delivery.payload.to_vec() })
    }
}

fn messenger(limits: Limits) -> HttpMessenger {
    let renderers: [Arc<dyn Render>; 1] = [Arc::new(Plain)];
    let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
    HttpMessenger::with_limits(Arc::new(SystemClock::new()), Arc::new(guard), renderers, limits)
        .unwrap()
}

fn due(url: &str) -> DueDelivery {
    let merchant = "10001".parse().unwrap();
    let payment: TransactionId = "p1".parse().unwrap();
    let delivery = Delivery {
        id: Uuid::from_u128(1),
        endpoint: EndpointId::derive(&merchant, url),
        merchant,
        object: payment.key(),
        sequence: 3,
        event: None,
        format: "plain".into(),
        url: url.into(),
        payload: Bytes::from_static(b"hello"),
        created_at: Timestamp::from_millis(0),
        due_at: Timestamp::from_millis(0),
        attempts: 1,
        round: 0,
    };
    DueDelivery { delivery, url: url.into(), secrets: Vec::new() }
}

async fn receiver_that<R: IntoResponse + Send + 'static>(
    answers: impl Fn(Request) -> R + Clone + Send + Sync + 'static,
) -> String {
    let router = Router::new().fallback(move |request: Request| {
        let answer = answers(request);
        async move { answer }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/cb?key=secret", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A receiver that speaks bytes instead of HTTP.
async fn raw_receiver<F: Future<Output = ()> + Send>(
    talk: impl Fn(TcpStream) -> F + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/cb?key=secret", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            talk(stream).await;
        }
    });
    url
}

async fn deliver(url: &str) -> AttemptOutcome {
    made(messenger(SHORT).deliver(&due(url)).await).0
}

fn made(attempt: Attempt) -> (AttemptOutcome, AttemptLog) {
    match attempt {
        Attempt::Made { outcome, log } => (outcome, log),
        Attempt::NotMade { error } => panic!("not made: {error}"),
    }
}

async fn fails_with(url: &str, expected: &str) {
    let outcome = deliver(url).await;
    let AttemptOutcome::Failed { http_status: None, error, retry_after: None } = outcome else {
        panic!("expected {expected:?}, got {outcome:?}")
    };
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_delivery_arrives_with_its_headers() {
    let seen = Arc::new(Mutex::new(None));
    let url = receiver_that({
        let seen = seen.clone();
        move |request| {
            *seen.lock().unwrap() = Some(request);
            StatusCode::NO_CONTENT
        }
    })
    .await;
    assert_eq!(deliver(&url).await, AttemptOutcome::Accepted { http_status: 204 });
    let request = seen.lock().unwrap().take().unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.version(), axum::http::Version::HTTP_11);
    assert_eq!(request.uri(), "/cb?key=secret");
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-length", "5"),
        ("user-agent", attempt::USER_AGENT_TEXT),
        ("x-sign", "abc"),
        ("purser-delivery", "00000000-0000-0000-0000-000000000001"),
        ("purser-sequence", "3"),
        ("purser-attempt", "2"),
    ] {
        let values: Vec<_> = request.headers().get_all(name).iter().collect();
        assert_eq!(values, [value], "{name}");
    }
}

#[tokio::test]
async fn the_body_arrives_whole() {
    let url = raw_receiver(|mut stream| async move {
        let mut bytes = vec![0; 4096];
        let mut length = 0;
        while !bytes[..length].ends_with(b"\r\n\r\nhello") {
            length += stream.read(&mut bytes[length..]).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    })
    .await;
    assert_eq!(deliver(&url).await, AttemptOutcome::Accepted { http_status: 200 });
}

#[tokio::test]
async fn other_answers_are_failures() {
    for (status, error) in [
        (StatusCode::INTERNAL_SERVER_ERROR, "the receiver answered 500 Internal Server Error"),
        (StatusCode::GONE, "the receiver answered 410 Gone"),
    ] {
        let url = receiver_that(move |_| status).await;
        let error = error.to_owned();
        let http_status = Some(status.as_u16());
        let expected = AttemptOutcome::Failed { http_status, error, retry_after: None };
        assert_eq!(deliver(&url).await, expected);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let visited = receiver_that(|_| -> StatusCode { panic!("was followed") }).await;
    for status in [StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT] {
        let location = visited.clone();
        let url = receiver_that(move |_| (status, [("location", location.clone())])).await;
        let outcome = deliver(&url).await;
        let AttemptOutcome::Failed { http_status, error, .. } = outcome else {
            panic!("accepted a redirect")
        };
        assert_eq!(http_status, Some(status.as_u16()));
        assert!(error.ends_with("redirects are not followed"), "{error}");
    }
}

#[tokio::test]
async fn a_receiver_can_ask_for_time() {
    let seconds = receiver_that(|_| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")])).await;
    let date = receiver_that(|_| {
        (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "Fri, 01 Jan 2100 00:00:00 GMT")])
    })
    .await;
    let wait = |outcome| match outcome {
        AttemptOutcome::Failed { retry_after: Some(wait), .. } => wait,
        other => panic!("no wait in {other:?}"),
    };
    assert_eq!(wait(deliver(&seconds).await), Duration::from_secs(7));
    assert!(wait(deliver(&date).await) > Duration::from_secs(86_400));
}

#[tokio::test]
async fn a_silent_receiver_is_given_up_in_time() {
    let start = Instant::now();
    let url = raw_receiver(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    fails_with(&url, "no answer within 300 ms").await;
    assert!(start.elapsed() < SHORT.total * 3);
}

#[tokio::test]
async fn dripping_headers_do_not_extend_the_time() {
    let start = Instant::now();
    let url = raw_receiver(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"x: y\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    fails_with(&url, "no answer within 300 ms").await;
    assert!(start.elapsed() < SHORT.total * 3);
}

#[tokio::test]
async fn a_dripping_body_does_not_undo_the_status() {
    let start = Instant::now();
    let url = receiver_that(|_| {
        Body::from_stream(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b".")), ()))
        }))
    })
    .await;
    assert_eq!(deliver(&url).await, AttemptOutcome::Accepted { http_status: 200 });
    assert!(start.elapsed() < SHORT.total * 3);
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let limits = Limits { total: Duration::from_secs(60), ..SHORT };
    let sent = Arc::new(Mutex::new(0));
    let url = receiver_that({
        let sent = sent.clone();
        move |_| {
            let sent = sent.clone();
            let endless = stream::repeat_with(move || {
                *sent.lock().unwrap() += 1;
                Ok::<_, Infallible>(Bytes::from_static(&[b'.'; 1000]))
            });
            (StatusCode::BAD_GATEWAY, Body::from_stream(endless))
        }
    })
    .await;
    let outcome = made(messenger(limits).deliver(&due(&url)).await).0;
    assert!(matches!(outcome, AttemptOutcome::Failed { http_status: Some(502), .. }));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let after_close = *sent.lock().unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(*sent.lock().unwrap(), after_close, "the connection is still open");
}

#[tokio::test]
async fn failures_to_connect_have_short_texts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    fails_with(&format!("http://{closed}/?key=secret"), "the connection was refused").await;
    fails_with("http://no-such-host.invalid/", "the host name could not be resolved").await;
    let broken = raw_receiver(|stream| async move { drop(stream) }).await;
    fails_with(&broken, "the connection broke or the answer is not HTTP").await;
    let strange = raw_receiver(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"SSH-2.0-OpenSSH\r\n").await;
        let _ = stream.shutdown().await;
    })
    .await;
    fails_with(&strange, "the connection broke or the answer is not HTTP").await;
}

#[tokio::test]
async fn a_receiver_without_tls_fails_the_handshake() {
    let url = receiver_that(|_| StatusCode::OK).await.replace("http:", "https:");
    let outcome = deliver(&url).await;
    let AttemptOutcome::Failed { error, .. } = outcome else { panic!("accepted without TLS") };
    assert!(error.starts_with("the TLS handshake failed"), "{error}");
    assert!(!error.contains("secret"));
}

#[tokio::test]
async fn what_cannot_be_sent_says_why() {
    fails_with("ftp://shop.example/", "the URL does not begin with http:// or https://").await;
    fails_with("http://", "the URL is not valid: empty host").await;
    fails_with("http://user:pw@127.0.0.1/", "the URL names a user or a password").await;
    let refused = "the address 10.0.0.1 is not public; the operator would have to open it";
    fails_with("http://0xa000001/", refused).await;
}

#[tokio::test]
async fn what_fails_on_our_side_is_no_attempt() {
    let mut unknown = due("http://127.0.0.1:1/");
    unknown.delivery.format = "morse".into();
    let mut empty = due("http://127.0.0.1:1/");
    empty.delivery.payload = Bytes::new();
    for (due, text) in [
        (unknown, "notifications of the format \"morse\" are not offered"),
        (empty, "there is nothing to tell"),
    ] {
        let error = text.to_owned();
        assert_eq!(messenger(SHORT).deliver(&due).await, Attempt::NotMade { error });
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_only_a_vetted_address_is_connected_to() {
    struct Rebinding(Mutex<u32>);
    #[async_trait]
    impl guard::Lookup for Rebinding {
        async fn addresses(&self, _: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
            let mut asked = self.0.lock().unwrap();
            *asked += 1;
            let ip = if *asked == 1 { "127.0.0.1" } else { "169.254.169.254" };
            Ok(vec![ip.parse().unwrap()])
        }
    }
    let url = receiver_that(|_| StatusCode::OK).await.replace("127.0.0.1", "shop.example");
    let lookup = Arc::new(Rebinding(Mutex::new(0)));
    let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]).with_lookup(lookup.clone());
    let renderers: [Arc<dyn Render>; 1] = [Arc::new(Plain)];
    let clock = Arc::new(SystemClock::new());
    let messenger = HttpMessenger::with_limits(clock, Arc::new(guard), renderers, SHORT).unwrap();
    let (outcome, _) = made(messenger.deliver(&due(&url)).await);
    assert_eq!(outcome, AttemptOutcome::Accepted { http_status: 200 });
    assert_eq!(*lookup.0.lock().unwrap(), 1);
    // Another port needs another connection, and finds the name bound to something else.
    let (outcome, _) = made(messenger.deliver(&due("http://shop.example:1/")).await);
    let AttemptOutcome::Failed { error, .. } = outcome else { panic!("it was reached") };
    assert!(error.starts_with("the address 169.254.169.254 is not public"), "{error}");
}

#[tokio::test]
async fn what_was_sent_and_answered_is_kept_within_bounds() {
    let url = receiver_that(|_| (StatusCode::IM_A_TEAPOT, "x".repeat(3_000))).await;
    let (outcome, log) = made(messenger(SHORT).deliver(&due(&url)).await);
    assert!(matches!(outcome, AttemptOutcome::Failed { http_status: Some(418), .. }));
    assert_eq!(log.request_body, "hello");
    assert!(log.request_headers.contains(&("x-sign".to_owned(), "abc".to_owned())));
    assert_eq!(log.answer.len(), SHORT.kept_bytes);
    assert!(log.answer.iter().all(|byte| *byte == b'x'));
}

#[tokio::test]
async fn formats_are_unique() {
    let twice: [Arc<dyn Render>; 2] = [Arc::new(Plain), Arc::new(Plain)];
    let guard = Arc::new(Guard::new(Vec::new()));
    let made = HttpMessenger::new(Arc::new(SystemClock::new()), guard, twice);
    assert!(matches!(made, Err(MessengerError::DuplicateFormat("plain"))));
}
