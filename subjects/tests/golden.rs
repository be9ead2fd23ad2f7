//! Messages stored once must decode for ever.
//!
//! For every command, reply, event and part of the contract a file in `golden/` holds the bytes that
//! were written when it was added. Messages like these lie in journals, streams and idempotency tables.
//!
//! **A stored file may never be edited or removed**, whatever a test says. To add one, add the value to
//! the list of its entity (`golden/account.rs` and so on), then write its file with
//! `PURSER_WRITE_EXPECTED=1 cargo test -p purser-subjects --test contract`; files that are there are
//! not written again.
//!
//! When a reply or an event gets a new field, give it `#[serde(default)]`. If today's encoding of an
//! old value is then longer than the file, name the file in [`SUPERSEDED`] and add a value with a label
//! that has the new field. A command's encoding may not change even so: its digest is kept with its
//! idempotency key, and a retry after the upgrade must have the same one. A new field of a command
//! therefore also has `skip_serializing_if`, and is left out at its default.

mod account;
mod binding;
mod callback;
mod case;
mod connector;
mod currencies;
mod files;
mod issuers;
mod merchant;
mod messages;
mod names;
mod samples;
mod transaction;
mod tree;

pub(crate) use case::{Case, Kind};
pub(crate) use files::folder;
pub(crate) use names::enumerations;

use case::Fault;
use purser_subjects::{
    Command, Event,
    account::{AccountCommand, AccountEvent},
    binding::{BindingCommand, BindingEvent},
    callback::{CallbackCommand, CallbackEvent},
    merchant::{MerchantCommand, MerchantEvent},
    transaction::{TransactionCommand, TransactionEvent},
};
use rmpv::Value;
use std::collections::BTreeSet;

/// Files that decode as ever, but whose value is encoded with more fields today.
const SUPERSEDED: &[&str] = &[];

/// Every stored message.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = messages::cases();
    cases.extend(account::cases());
    cases.extend(binding::cases());
    cases.extend(callback::cases());
    cases.extend(connector::cases());
    cases.extend(issuers::cases());
    cases.extend(merchant::cases());
    cases.extend(transaction::cases());
    cases
}

#[test]
fn every_stored_message_decodes_to_the_value_it_was_written_from() {
    for case in cases() {
        if let Err(fault) = case.read(&files::read_or_write(&case)) {
            panic!("{}: {fault}", case.file());
        }
    }
}

#[test]
fn values_are_encoded_as_they_were_stored_and_decode_again() {
    for case in cases() {
        let again = case.read(case.encoded());
        assert_eq!(again.as_deref(), Ok(case.encoded()), "{}", case.file());
        if SUPERSEDED.contains(&case.file().as_str()) {
            assert!(case.kind != Kind::Command, "{}: a command's encoding is fixed", case.file());
        } else {
            let stored = files::read_or_write(&case);
            assert_eq!(files::to_hex(case.encoded()), files::to_hex(&stored), "{}", case.file());
        }
    }
}

#[test]
fn fields_of_a_newer_sender_are_ignored() {
    for case in cases().into_iter().filter(Case::is_map) {
        let newer = tree::encode(&tree::with_unknown_fields(tree::decode(case.encoded())));
        assert!(newer.len() > case.encoded().len(), "{}", case.file());
        assert_eq!(case.read(&newer).as_deref(), Ok(case.encoded()), "{}", case.file());
    }
}

#[test]
fn every_verb_and_every_event_has_a_golden() {
    let cases = cases();
    let require = |entity: &str, kind: Kind, names: &[&str]| {
        for name in names {
            let found =
                cases.iter().any(|c| c.entity == entity && c.kind == kind && c.name == *name);
            assert!(found, "golden/{entity}.rs lacks the {kind} of {name:?}");
        }
    };
    let entity = |entity: &str, verbs: &[&str], events: &[&str]| {
        require(entity, Kind::Command, verbs);
        require(entity, Kind::Reply, verbs);
        require(entity, Kind::Event, events);
    };
    entity("account", AccountCommand::VERBS, AccountEvent::NAMES);
    entity("binding", BindingCommand::VERBS, BindingEvent::NAMES);
    entity("callback", CallbackCommand::VERBS, CallbackEvent::NAMES);
    entity("merchant", MerchantCommand::VERBS, MerchantEvent::NAMES);
    entity("transaction", TransactionCommand::VERBS, TransactionEvent::NAMES);
}

#[test]
fn no_stored_message_is_forgotten() {
    let known: BTreeSet<String> = cases().iter().map(Case::file).collect();
    assert_eq!(known.len(), cases().len(), "two cases share a name");
    let unknown: Vec<String> =
        files::stored().into_iter().filter(|file| !known.contains(file)).collect();
    assert!(unknown.is_empty(), "stored messages that no test decodes: {unknown:?}");
    for file in SUPERSEDED {
        assert!(known.contains(*file), "{file} is superseded but not there");
    }
}

#[test]
fn every_number_fits_the_integers_of_other_languages() {
    for case in cases() {
        tree::visit(&tree::decode(case.encoded()), &mut |value| match value {
            Value::F32(_) | Value::F64(_) => panic!("{}: a float", case.file()),
            Value::Integer(number) => assert!(number.as_i64().is_some(), "{}", case.file()),
            _ => {}
        });
    }
}

/// A card number that a sender puts into the wrong field must not come back in an error, which is
/// logged and shown.
#[test]
fn what_stands_in_a_wrong_place_is_not_repeated() {
    let card = Value::from("4111111111111111");
    let mut refused = 0;
    for case in cases() {
        for wrong in tree::with_each_value_replaced(&tree::decode(case.encoded()), &card) {
            if let Err(Fault::Undecodable(error)) = case.read(&tree::encode(&wrong)) {
                refused += 1;
                assert!(!error.contains("4111"), "{}: {error}", case.file());
            }
        }
    }
    assert!(refused > 100, "only {refused} replacements were refused");
}
