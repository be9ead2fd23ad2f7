//! Subjects are built, parsed and refused.

use super::*;
use proptest::prelude::*;

#[test]
fn the_kind_is_known_by_the_beginning() {
    for rule in GRAMMAR {
        let begun = format!("purser.{}.whatever", rule.token);
        assert_eq!(Subject::kind_of(&begun), Some(rule.kind));
    }
    for other in ["", "purser", "purser.other.x", "evt.account", "other.evt.account.x.opened"] {
        assert_eq!(Subject::kind_of(other), None, "{other}");
    }
}

#[test]
fn subjects_have_their_documented_form() {
    let account = EntityKey::new(EntityKind::Account, "alice".parse().unwrap());
    let to = Address::new(account.clone(), "transfer", 64);
    for (subject, text) in [
        (Subject::Ask(to.clone()), "purser.ask.account.39.alice.transfer"),
        (Subject::Command(to.clone()), "purser.cmd.account.39.alice.transfer"),
        (Subject::Dead(to), "purser.dead.account.39.alice.transfer"),
        (
            Subject::Event { entity: account, event: "transferred".into() },
            "purser.evt.account.alice.transferred",
        ),
        (
            Subject::Connector { name: "bank1".into(), operation: "payout".into() },
            "purser.connector.bank1.payout",
        ),
        (Subject::Node { topic: "changed".into() }, "purser.node.changed"),
    ] {
        assert_eq!(subject.to_string(), text);
        assert_eq!(text.parse::<Subject>().unwrap(), subject);
        let events = Subject::EVENTS.join(".") + ".";
        assert_eq!(text.starts_with(&events), matches!(subject, Subject::Event { .. }));
    }
}

#[test]
fn the_asks_of_a_partition_have_a_pattern() {
    let account = EntityKey::new(EntityKind::Account, "alice".parse().unwrap());
    let ask = Subject::Ask(Address::new(account, "transfer", 64)).to_string();
    let pattern = Subject::asks_in(EntityKind::Account, 39);
    assert_eq!(pattern, "purser.ask.account.39.>");
    assert!(ask.starts_with(pattern.trim_end_matches('>')));
}

#[test]
fn strangers_are_refused() {
    for text in [
        "",
        "purser",
        "purser.ask",
        "purser.ask.account.1.alice",
        "purser.ask.account.x.alice.open",
        "purser.ask.account.+1.alice.open",
        "purser.ask.account.01.alice.open",
        "purser.ask.account.4294967296.alice.open",
        "purser.ask.robot.1.alice.open",
        "purser.evt.account..opened",
        "purser.ask.account.1.a*.open",
        "other.ask.account.1.alice.open",
    ] {
        assert!(text.parse::<Subject>().is_err(), "{text:?}");
    }
}

#[test]
fn partitions_equal_the_mapping_of_nats_server() {
    let of = |id: &str| partition_of(&id.parse().unwrap(), 10);
    // FNV-1a-32, as server/subject_transform.go of nats-server computes it.
    assert_eq!([of("foo"), of("bar"), of("baz")], [3, 2, 0]);
}

proptest! {
    #[test]
    fn what_parses_is_built_back(text in r"purser\.(ask|cmd|dead)\.account\.[+0-9]{1,3}\.a\.b") {
        if let Ok(subject) = text.parse::<Subject>() {
            prop_assert_eq!(subject.to_string(), text);
        }
    }

    #[test]
    fn no_text_makes_parsing_panic(text in r"\PC{0,80}|purser\.[a-z]{3}(\.[a-z0-9]{0,3}){0,6}") {
        let _ = text.parse::<Subject>();
    }

    #[test]
    fn partitions_are_below_their_number(id in "[A-Za-z0-9_-]{1,64}", partitions in 1u32..) {
        prop_assert!(partition_of(&id.parse().unwrap(), partitions) < partitions);
    }

    #[test]
    fn what_is_built_parses_back(id in "[A-Za-z0-9_-]{1,64}", verb in "[a-z-]{1,20}") {
        let entity = EntityKey::new(EntityKind::Transaction, id.parse().unwrap());
        let subject = Subject::Ask(Address::new(entity, &verb, 64));
        prop_assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject);
    }
}
