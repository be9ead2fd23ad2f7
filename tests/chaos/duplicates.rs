//! The same commands again and again, in any order: nothing changes twice.

use super::{
    nodes::Nodes,
    transfers::{Bank, Order},
};
use crate::shops::{client::PATIENCE, plan};
use futures_util::{StreamExt, stream};
use rand::{RngExt, seq::SliceRandom};
use tokio::runtime::Runtime;

const ORDERS: usize = 500;
/// Copies of each.
const COPIES: usize = 20;
const AT_ONCE: usize = 64;

#[test]
fn ten_thousand_duplicates_in_any_order_change_nothing_twice() {
    let seed = plan::seed("PURSER_CHAOS_SEED", "duplicates");
    let mut random = plan::random(seed, 0);
    Runtime::new().expect("threads can be started").block_on(async {
        let mut nodes = Nodes::start(2).await;
        let (client, bus) = nodes.client().await;
        let bank = Bank::open(client, bus, PATIENCE).await;
        let orders = Bank::orders(&mut random, "d", ORDERS);
        let mut copies: Vec<&Order> =
            orders.iter().flat_map(|order| std::iter::repeat_n(order, COPIES)).collect();
        copies.shuffle(&mut random);
        // Half of them are asked for, half are handed over, all among each other.
        let send = async |(order, is_durable): (&Order, bool)| {
            if is_durable { bank.hand_over(order, 1).await } else { bank.insist(order).await }
        };
        let copies = copies.into_iter().map(|order| (order, random.random_ratio(1, 2)));
        stream::iter(copies).for_each_concurrent(AT_ONCE, send).await;
        nodes.streams().await.commands_are_done().await;
        plan::say(&bank.check(orders.clone()).await);
        nodes.verify();
        nodes.stop();
    });
}

#[test]
fn a_durable_command_handed_over_while_all_nodes_are_down_takes_effect_once_when_they_return() {
    let seed = plan::seed("PURSER_CHAOS_SEED", "all nodes down");
    let mut random = plan::random(seed, 0);
    Runtime::new().expect("threads can be started").block_on(async {
        let mut nodes = Nodes::start(2).await;
        let (client, bus) = nodes.client().await;
        let bank = Bank::open(client, bus, PATIENCE).await;
        let nothing = bank.posted().await;
        nodes.stop();
        let orders = Bank::orders(&mut random, "down", 50);
        for order in &orders {
            bank.hand_over(order, 2).await;
        }
        nodes.heal();
        nodes.streams().await.commands_are_done().await;
        assert_ne!(bank.posted().await, nothing, "no command took effect");
        plan::say(&bank.check(orders).await);
        nodes.verify();
        nodes.stop();
    });
}
