//! A server under load, what is done to it, and the reckoning in the end.

use super::{
    SEED,
    site::{Site, check_log, pause},
};
use crate::{
    cli::process::Server,
    shops::{
        books,
        check::{self, settled},
        client::{Client, PATIENCE},
        history::Payment,
        load::Market,
        merchants::Merchant,
        outbox,
        plan::{self, say},
        receiver::Receiver,
    },
    support::platform::Engine,
};
use rand::{RngExt, rngs::StdRng};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Runtime, task::JoinSet, time::Instant};

/// How long a server may need to resume after it lost its database for a moment.
const RESUMING: Duration = Duration::from_secs(10);

/// A server under load.
pub(crate) struct Campaign {
    pub(crate) runtime: Runtime,
    pub(crate) site: Site,
    pub(crate) random: StdRng,
    name: String,
    server: Option<Server>,
    market: Arc<Market>,
    shops: JoinSet<Vec<Payment>>,
    receiver: Receiver,
    kills: u32,
    began: Instant,
}

impl Campaign {
    /// Starts a server on an empty store, makes merchants, and lets their shops open.
    pub(crate) fn begin(test: &str, engine: Engine) -> Self {
        let name = format!("{test} on {engine:?}");
        let seed = plan::seed(SEED, &name);
        let runtime = Runtime::new().expect("threads can be started");
        let site = runtime.block_on(Site::new(engine));
        let server = site.place.serve();
        let client = Client::new(PATIENCE);
        client.moved([&*server.address]);
        let (receiver, address) = runtime.block_on(Receiver::listen());
        let merchants = runtime.block_on(Merchant::all(&site.place, &client));
        let market = Market::new(client, merchants, address);
        let shops = runtime.block_on(async { market.open(seed) });
        Self {
            runtime,
            site,
            random: plan::random(seed, 0),
            name,
            server: Some(server),
            market,
            shops,
            receiver,
            kills: 0,
            began: Instant::now(),
        }
    }

    /// Lets the load run for a random time of at most `ms` milliseconds; tells it.
    pub(crate) fn run_for_up_to(&mut self, ms: u64) -> u64 {
        let ms = self.random.random_range(0..=ms);
        pause(Duration::from_millis(ms));
        ms
    }

    /// Kills the server where it stands.
    pub(crate) fn kill(&mut self) {
        let server = self.server.take().expect("the server runs");
        Site::kill(server);
        self.market.client.moved([]);
        self.kills += 1;
    }

    /// Kills the server while it starts, after a random time of at most `ms` milliseconds.
    pub(crate) fn kill_starting(&mut self, ms: u64) -> u64 {
        let ms = self.random.random_range(0..=ms);
        self.site.start_and_kill(Duration::from_millis(ms));
        self.kills += 1;
        ms
    }

    /// Stops the server as the system does, under load.
    pub(crate) fn stop(&mut self) {
        let server = self.server.take().expect("the server runs");
        server.signal("TERM");
        let ended = server.wait();
        self.market.client.moved([]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        check_log(&ended);
    }

    /// Starts the server again, and looks for everything that was answered since the last time.
    pub(crate) fn start(&mut self) {
        let server = self.site.place.serve();
        self.market.client.moved([&*server.address]);
        self.server = Some(server);
        let fresh = std::mem::take(&mut *self.market.fresh.lock().expect("no holder panics"));
        self.runtime.block_on(check::still_there(&self.market, fresh));
        if let Some(ended) = self.shops.try_join_next() {
            panic!("a shop ended early: {:?}", ended.err());
        }
    }

    /// The server goes on selling, without being started again.
    pub(crate) fn goes_on(&self) {
        let sold = || self.market.fresh.lock().expect("no holder panics").len();
        let before = sold();
        let give_up = Instant::now() + RESUMING;
        while sold() == before {
            assert!(Instant::now() < give_up, "nothing was sold for {RESUMING:?}");
            pause(Duration::from_millis(20));
        }
    }

    /// Ends the load, waits until everything has settled, and checks all of it.
    pub(crate) fn finish(mut self) {
        self.market.close();
        let mut payments = Vec::new();
        while let Some(sold) = self.runtime.block_on(self.shops.join_next()) {
            payments.extend(sold.expect("a shop saw something wrong"));
        }
        let loaded = self.began.elapsed();
        let (market, receiver) = (&self.market, &self.receiver);
        let patience = check::settling_after(Duration::ZERO);
        let payments = self.runtime.block_on(settled(market, receiver, payments, patience));
        self.runtime.block_on(outbox::drains(&self.site.target));
        let settled = self.began.elapsed();
        self.runtime.block_on(check::replays(market, &payments));
        self.runtime.block_on(check::payments(market, receiver, &payments));
        self.site.verify();
        let server = self.server.take().expect("the server runs");
        check_log(&server.stop());
        self.site.verify();
        let (market, target) = (&self.market, &self.site.target);
        self.runtime.block_on(books::check(target, &market.merchants, &payments));
        let requests: usize = payments.iter().map(|payment| payment.steps.len()).sum();
        say(&format!(
            "{}: {} kills, {} payments, {requests} answers, {} notifications came; {}; {:.0} s of \
             load, {:.0} s to settle, {:.0} s in all",
            self.name,
            self.kills,
            payments.len(),
            self.receiver.count(),
            self.market.client.counts(),
            loaded.as_secs_f32(),
            (settled - loaded).as_secs_f32(),
            self.began.elapsed().as_secs_f32(),
        ));
    }
}
