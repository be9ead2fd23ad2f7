//! PostgreSQL ends all connections of the server under load: requests are to be repeated, and everything
//! resumes without a restart.

use super::campaign::Campaign;
use crate::support::platform::Engine;
use purser::store::StoreTarget;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

/// Longest time before the connections end, in milliseconds.
const LONGEST_MS: u64 = 1_500;
/// How often they end.
const TIMES: u32 = 3;
/// Kills after that.
const KILLS: u32 = 2;

async fn end_connections(target: &StoreTarget) -> i64 {
    let StoreTarget::Postgres(url) = target else { panic!("not on PostgreSQL") };
    let mut db = PgConnection::connect(url.expose_secret()).await.expect("PostgreSQL answers");
    let ended = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    ended.fetch_one(&mut db).await.expect("a superuser may end connections")
}

#[test]
fn a_server_outlives_its_connections_to_postgresql() {
    let mut campaign = Campaign::begin("ended connections", Engine::Postgres);
    for _ in 0..TIMES {
        campaign.run_for_up_to(LONGEST_MS);
        let ended = campaign.runtime.block_on(end_connections(&campaign.site.target));
        assert!(ended > 0, "no connection was there to end");
        campaign.goes_on();
    }
    campaign.run_for_up_to(LONGEST_MS);
    campaign.site.verify();
    for _ in 0..KILLS {
        campaign.kill();
        campaign.start();
        campaign.site.verify();
        campaign.run_for_up_to(LONGEST_MS);
    }
    campaign.finish();
}
