//! Three nodes under two loads, what is done to them, and the reckoning in the end.

use super::{
    events::Streams,
    fault::{Fault, What},
    nodes::Nodes,
    transfers::{Bank, Order},
};
use crate::{
    kill::site::pause,
    shops::{
        books,
        check::{self, settled},
        client::Client,
        history::Payment,
        load::Market,
        merchants::Merchant,
        outbox,
        plan::{self, say},
        receiver::Receiver,
    },
};
use rand::{RngExt, rngs::StdRng};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Runtime, task::JoinSet, time::Instant};

const NODES: usize = 3;
/// Nodes that are disturbed at once: one at least is left in peace.
const AT_ONCE: usize = 2;
/// Longest pause between two faults, in milliseconds.
const PAUSE_MS: u64 = 3_000;
/// Requests that a disturbance was in the way of must be answered within this time after it, and new ones
/// too: a lease runs out within five seconds.
const RESUMING: Duration = Duration::from_secs(15);

/// Nodes under load.
pub(crate) struct Cluster {
    runtime: Runtime,
    random: StdRng,
    nodes: Nodes,
    market: Arc<Market>,
    shops: JoinSet<Vec<Payment>>,
    receiver: Receiver,
    bank: Bank,
    tellers: JoinSet<Vec<Order>>,
    streams: Streams,
    struck: Vec<(Fault, Instant)>,
    faults: u32,
    /// How long all nodes together were without something that they need.
    outage: Duration,
    began: Instant,
}

impl Cluster {
    /// Starts the nodes on an empty database and a broker of their own, and lets both loads begin.
    /// Whoever asks gives up after `patience`.
    pub(crate) fn begin(seed: u64, patience: Duration) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let nodes = runtime.block_on(Nodes::start(NODES));
        let client = Client::new(patience);
        client.moved(nodes.addresses());
        let (receiver, address) = runtime.block_on(Receiver::listen());
        let merchants = runtime.block_on(Merchant::all(&nodes.members[0].place, &client));
        let market = Market::new(client, merchants, address);
        let shops = runtime.block_on(async { market.open(seed) });
        let (bank, tellers, streams) = runtime.block_on(async {
            let (client, bus) = nodes.client().await;
            let bank = Bank::open(client, bus, patience).await;
            let tellers = bank.transfer(seed);
            (bank, tellers, nodes.streams().await)
        });
        Self {
            runtime,
            random: plan::random(seed, 0),
            nodes,
            market,
            shops,
            receiver,
            bank,
            tellers,
            streams,
            struck: Vec::new(),
            faults: 0,
            outage: Duration::ZERO,
            began: Instant::now(),
        }
    }

    /// Strikes nodes for `time`, then heals them all.
    pub(crate) fn disturb(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.heal(|end| end <= Instant::now());
            let healthy: Vec<usize> = (0..NODES)
                .filter(|node| self.struck.iter().all(|(fault, _)| fault.node != *node))
                .collect();
            if self.struck.len() < AT_ONCE {
                let node = healthy[self.random.random_range(0..healthy.len())];
                let fault = Fault::random(&mut self.random, node);
                say(&format!("{:6.1} s: {fault:?}", self.began.elapsed().as_secs_f32()));
                self.nodes.members[node].strike(fault.what);
                self.struck.push((fault, Instant::now() + fault.time));
                self.faults += 1;
                self.announce();
            }
            let ms = self.random.random_range(100..PAUSE_MS);
            pause(Duration::from_millis(ms));
            self.loads_run();
        }
        self.heal(|_| true);
        self.goes_on();
    }

    /// Lets the loads run in peace.
    pub(crate) fn run_for(&mut self, time: Duration) {
        pause(time);
        self.loads_run();
    }

    /// Strikes all nodes with the same for `time`.
    pub(crate) fn strike_all(&mut self, what: What, time: Duration) {
        self.nodes.members.iter_mut().for_each(|member| member.strike(what));
        self.faults += 1;
        self.outage += time;
        self.run_for(time);
        self.nodes.heal();
        self.announce();
    }

    /// Memory of the greatest node.
    pub(crate) fn memory_kib(&self) -> u64 {
        let sizes = self.nodes.members.iter().map(|member| member.usage().memory_kib);
        sizes.max().unwrap_or(0)
    }

    fn heal(&mut self, is_over: impl Fn(Instant) -> bool) {
        let (over, struck) =
            std::mem::take(&mut self.struck).into_iter().partition(|(_, end)| is_over(*end));
        self.struck = struck;
        let over: Vec<(Fault, Instant)> = over;
        // Starting a node waits for it, on a thread that the loads do not need.
        for (fault, _) in over {
            self.nodes.members[fault.node].heal();
        }
        self.announce();
    }

    fn announce(&self) {
        self.market.client.moved(self.nodes.addresses());
    }

    fn loads_run(&mut self) {
        if let Some(ended) = self.shops.try_join_next() {
            panic!("a shop ended early: {:?}", ended.err());
        }
        if let Some(ended) = self.tellers.try_join_next() {
            panic!("a teller ended early: {:?}", ended.err());
        }
    }

    /// With all nodes in peace, payments are answered again.
    pub(crate) fn goes_on(&self) {
        let sold = || self.market.fresh.lock().expect("no holder panics").len();
        let before = sold();
        let give_up = Instant::now() + RESUMING;
        while sold() <= before + NODES {
            assert!(Instant::now() < give_up, "nothing was sold for {RESUMING:?}");
            pause(Duration::from_millis(20));
        }
    }

    /// Ends the loads, waits until everything has settled, and checks all of it.
    pub(crate) fn finish(mut self) {
        self.market.close();
        self.bank.close();
        let payments = joined(&self.runtime, &mut self.shops);
        let orders = joined(&self.runtime, &mut self.tellers);
        let loaded = self.began.elapsed();
        let (market, receiver) = (&self.market, &self.receiver);
        let fresh = std::mem::take(&mut *market.fresh.lock().expect("no holder panics"));
        self.runtime.block_on(check::still_there(market, fresh));
        let patience = check::settling_after(self.outage);
        let payments = self.runtime.block_on(settled(market, receiver, payments, patience));
        self.runtime.block_on(outbox::drains(&self.nodes.target));
        self.runtime.block_on(self.streams.commands_are_done());
        self.runtime.block_on(check::replays(market, &payments));
        self.runtime.block_on(check::payments(market, receiver, &payments));
        let transfers = self.runtime.block_on(self.bank.check(orders));
        self.nodes.verify();
        self.nodes.stop();
        self.nodes.verify();
        let objects = self.runtime.block_on(self.streams.match_the_store(&self.nodes.target));
        self.runtime.block_on(books::check(&self.nodes.target, &market.merchants, &payments));
        say(&format!(
            "{} faults, {} payments, {} notifications came; {}; {transfers}; events of {objects} \
             objects; {:.0} s of load, {:.0} s in all",
            self.faults,
            payments.len(),
            self.receiver.count(),
            self.market.client.counts(),
            loaded.as_secs_f32(),
            self.began.elapsed().as_secs_f32(),
        ));
    }
}

fn joined<T: 'static>(runtime: &Runtime, tasks: &mut JoinSet<Vec<T>>) -> Vec<T> {
    let mut all = Vec::new();
    while let Some(done) = runtime.block_on(tasks.join_next()) {
        all.extend(done.expect("a load saw something wrong"));
    }
    all
}
