use super::*;
use crate::ports::{NodeRow, SlotRow};
use proptest::prelude::*;
use std::time::Duration;
use uuid::Uuid;

fn node(n: u128) -> NodeId {
    NodeId(Uuid::from_u128(n))
}

fn row(n: u128, shares: &[Share]) -> NodeRow {
    NodeRow {
        id: node(n),
        name: format!("node-{n}"),
        shares: shares.to_vec(),
        journal: 1,
        alive_for: Duration::from_secs(4),
    }
}

/// A cluster in which node n (from 1) has so many slots of the actors; the rest is free.
fn cluster(owned: &[usize], partitions: u32) -> Cluster {
    let nodes = (1..).zip(owned).map(|(n, _)| row(n, &Share::ALL)).collect();
    let owners = (1..).zip(owned).flat_map(|(n, count)| vec![Some(node(n)); *count]);
    let owners = owners.chain(std::iter::repeat(None));
    let slots = (0..partitions).zip(owners).map(|(partition, owner)| {
        let slot = Slot { share: Share::Actors, partition };
        SlotRow { slot, epoch: 1, owner }
    });
    Cluster { nodes, slots: slots.collect() }
}

/// How many slots of the actors each node takes and hands over.
fn moves(owned: &[usize], partitions: u32) -> Vec<(usize, usize)> {
    let cluster = cluster(owned, partitions);
    let of_actors = |slots: &[Slot]| slots.iter().filter(|s| s.share == Share::Actors).count();
    (1..)
        .zip(owned)
        .map(|(n, _)| {
            let plan = plan(node(n), partitions, &cluster);
            (of_actors(&plan.take), of_actors(&plan.hand_over))
        })
        .collect()
}

#[test]
fn slots_are_spread_evenly() {
    for (owned, partitions, expected) in [
        // Alone, a node takes everything.
        (&[0][..], 64, &[(64, 0)][..]),
        (&[64], 64, &[(0, 0)]),
        // A node joins: the one that has all hands half of it over, and the other takes it.
        (&[64, 0], 64, &[(0, 32), (0, 0)]),
        (&[32, 0], 64, &[(0, 0), (32, 0)]),
        (&[32, 32], 64, &[(0, 0), (0, 0)]),
        // A node has gone: the others share what it had.
        (&[22, 21], 64, &[(10, 0), (11, 0)]),
        // 64 = 22 + 21 + 21, whoever has the one more.
        (&[22, 21, 21], 64, &[(0, 0), (0, 0), (0, 0)]),
        (&[21, 21, 22], 64, &[(0, 0), (0, 0), (0, 0)]),
        (&[21, 21, 21], 64, &[(1, 0), (1, 0), (1, 0)]),
        (&[22, 22, 20], 64, &[(0, 1), (0, 0), (0, 0)]),
        (&[21, 22, 20], 64, &[(0, 0), (0, 0), (1, 0)]),
        (&[30, 17, 17], 64, &[(0, 8), (0, 0), (0, 0)]),
        // More nodes than slots.
        (&[1, 1, 0], 2, &[(0, 0), (0, 0), (0, 0)]),
        (&[2, 0, 0], 2, &[(0, 1), (0, 0), (0, 0)]),
    ] {
        assert_eq!(moves(owned, partitions), expected, "{owned:?} of {partitions}");
    }
}

#[test]
fn nodes_that_look_at_once_reach_for_different_slots() {
    let cluster = cluster(&[0, 0, 0, 0], 64);
    let mut taken: Vec<Slot> = (1..=4).flat_map(|n| plan(node(n), 64, &cluster).take).collect();
    let wanted = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!((taken.len(), wanted), (128, 128));
}

#[test]
fn a_node_takes_only_slots_of_its_shares() {
    let nodes = vec![row(1, &[]), row(2, &[Share::Actors]), row(3, &[Share::Callbacks])];
    let cluster = Cluster { nodes, slots: Vec::new() };
    assert_eq!(plan(node(1), 8, &cluster), Plan::default());
    for (n, share) in [(2, Share::Actors), (3, Share::Callbacks)] {
        let taken = plan(node(n), 8, &cluster).take;
        assert!(taken.len() == 8 && taken.iter().all(|slot| slot.share == share));
    }
    assert_eq!(plan(node(4), 8, &cluster), Plan::default(), "it is not known to be alive");
}

/// Lets every node in turn do what it plans.
fn go_round(cluster: &mut Cluster, nodes: usize, partitions: u32) -> usize {
    let mut moved = 0;
    for n in (1..).take(nodes) {
        let Plan { take, hand_over } = plan(node(n), partitions, cluster);
        moved += take.len() + hand_over.len();
        for row in cluster.slots.iter_mut().filter(|row| row.slot.share == Share::Actors) {
            if take.contains(&row.slot) {
                assert_eq!(row.owner, None);
                row.owner = Some(node(n));
            } else if hand_over.contains(&row.slot) {
                assert_eq!(row.owner, Some(node(n)));
                row.owner = None;
            }
        }
    }
    moved
}

proptest! {
    #[test]
    fn however_slots_are_spread_it_comes_to_an_even_rest(
        owners in prop::collection::vec(prop::option::of(1u128..6), 1..70),
        nodes in 1usize..6,
    ) {
        let partitions = u32::try_from(owners.len()).unwrap();
        let mut cluster = cluster(&vec![0; nodes], partitions);
        let alive = |owner: &u128| *owner <= nodes as u128;
        cluster.slots = (0..partitions)
            .flat_map(|partition| Share::ALL.map(|share| Slot { share, partition }))
            .map(|slot| {
                let owner = match slot.share {
                    Share::Actors => owners[slot.partition as usize].filter(alive),
                    Share::Callbacks => Some(1),
                };
                SlotRow { slot, epoch: 1, owner: owner.map(node) }
            })
            .collect();
        cluster.nodes.iter_mut().for_each(|node| node.shares = vec![Share::Actors]);
        let mut rounds = 0;
        while go_round(&mut cluster, nodes, partitions) > 0 {
            rounds += 1;
            prop_assert!(rounds <= 4, "it does not come to rest");
        }
        let count = |n| {
            let owned = cluster.slots.iter().filter(|row| row.slot.share == Share::Actors);
            owned.filter(|row| row.owner == Some(node(n))).count()
        };
        let counts: Vec<usize> = (1..).take(nodes).map(count).collect();
        prop_assert_eq!(counts.iter().sum::<usize>(), owners.len());
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        prop_assert!(most - least <= 1, "{:?}", counts);
    }
}
