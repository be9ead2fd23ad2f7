//! The raw pipe: a payment's rows behind axum, many payments in one commit, with no logic. What a
//! perfect payment server would reach on this machine with these rows.

use super::{
    Engine, Shape,
    append::{self, GroupCommit},
    web,
};
use crate::{
    bench::{
        harness::{Load, Meter, Sample},
        settings::Settings,
    },
    config::Config,
    terminal::Failure,
};
use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};

/// About what the gateway answers.
const ANSWER: [u8; 700] = [b'a'; 700];

pub(super) async fn measure(
    load: &Load,
    meter: &Meter,
    settings: &Settings,
    config: &Config,
    engine: Engine,
) -> Result<Sample, Failure> {
    let place = append::Place::make(settings, config, engine).await?;
    let commits = place.commits(Shape::Payment).await?;
    let routes = Router::new().fallback(post(take)).with_state(commits.clone());
    let sample = web::ask(routes, load, meter, settings).await;
    commits.end().await;
    place.remove().await?;
    sample
}

async fn take(State(commits): State<GroupCommit>, _: Bytes) -> (StatusCode, &'static [u8]) {
    if commits.store().await { (StatusCode::OK, &ANSWER) } else { (StatusCode::BAD_GATEWAY, b"") }
}
