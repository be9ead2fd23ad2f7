//! Raw axum: what the client processes send comes back.

use crate::{
    bench::{
        harness::{Load, Meter, Sample},
        http::{Clients, Job, Mix, Sale, Shop, Task},
        settings::Settings,
    },
    serve,
    terminal::Failure,
};
use axum::{Router, body::Bytes, routing::post};
use std::net::SocketAddr;

pub(super) async fn echo(
    load: &Load,
    meter: &Meter,
    settings: &Settings,
) -> Result<Sample, Failure> {
    let routes = Router::new().fallback(post(async |body: Bytes| body));
    ask(routes, load, meter, settings).await
}

/// Serves `routes` to the client processes of a bench of payments.
pub(super) async fn ask(
    routes: Router,
    load: &Load,
    meter: &Meter,
    settings: &Settings,
) -> Result<Sample, Failure> {
    let connections = serve::listen("127.0.0.1:0").await?;
    let target: SocketAddr = connections.address();
    let serving = tokio::spawn(async move {
        // Ends only with this task.
        let _ = axum::serve(connections, routes).await;
    });
    let sale = Sale { mix: Mix::Db, is_gateway: false, shops: vec![stranger()], expiry_year: 2040 };
    let job = Job { target, load: load.clone(), name: "limit".to_owned(), task: Task::Sell(sale) };
    let sample = Clients::start(settings.clients)?.run(&job, meter).await;
    serving.abort();
    sample
}

/// A merchant whose requests are as long as those of a real one.
fn stranger() -> Shop {
    Shop {
        member: "12345678".to_owned(),
        secure_key: "k".repeat(32),
        token: "t".repeat(220),
        notify: vec!["http://127.0.0.1:65535/00".to_owned()],
    }
}
