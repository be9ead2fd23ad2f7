//! The subject table, as the contract has it.

use crate::{
    cli::merchant,
    terminal::{Failure, print},
};
use purser_subjects::{
    Command, EntityKind, Event, GRAMMAR,
    account::{AccountCommand, AccountEvent},
    binding::{BindingCommand, BindingEvent},
    callback::{CallbackCommand, CallbackEvent},
    connector::{ConnectorOperation, IssuerOperation},
    merchant::{MerchantCommand, MerchantEvent},
    transaction::{TransactionCommand, TransactionEvent},
};
use serde_json::{Value, json};
use std::fmt::Write;

/// Verbs and events of one kind of entity.
fn names(kind: EntityKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        EntityKind::Merchant => (MerchantCommand::VERBS, MerchantEvent::NAMES),
        EntityKind::Account => (AccountCommand::VERBS, AccountEvent::NAMES),
        EntityKind::Transaction => (TransactionCommand::VERBS, TransactionEvent::NAMES),
        EntityKind::Binding => (BindingCommand::VERBS, BindingEvent::NAMES),
        EntityKind::Callback => (CallbackCommand::VERBS, CallbackEvent::NAMES),
    }
}

fn operations() -> Vec<&'static str> {
    let of_acquirers = ConnectorOperation::ALL.map(ConnectorOperation::token);
    let of_issuers = IssuerOperation::ALL.map(IssuerOperation::token);
    of_acquirers.into_iter().chain(of_issuers).collect()
}

pub(super) fn run(as_json: bool) -> Result<(), Failure> {
    print(if as_json { merchant::json(&document())? } else { text() })
}

fn text() -> String {
    let shapes = GRAMMAR.map(|rule| rule.shape());
    let width = shapes.iter().map(String::len).max().unwrap_or(0);
    let mut text = format!("{:<width$}  MEANING\n", "SUBJECT");
    for (shape, rule) in shapes.iter().zip(GRAMMAR) {
        let _ = writeln!(text, "{shape:<width$}  {}", rule.meaning);
    }
    for kind in EntityKind::ALL {
        let (verbs, events) = names(kind);
        let _ = write!(
            text,
            "\n{kind}\n  verbs   {}\n  events  {}\n",
            verbs.join(" "),
            events.join(" ")
        );
    }
    let _ = write!(text, "\nconnector\n  operations  {}", operations().join(" "));
    text
}

fn document() -> Value {
    let subjects = GRAMMAR.map(|rule| json!({ "subject": rule.shape(), "meaning": rule.meaning }));
    let entities = EntityKind::ALL.map(|kind| {
        let (verbs, events) = names(kind);
        json!({ "entity": kind.token(), "verbs": verbs, "events": events })
    });
    json!({
        "subjects": subjects,
        "entities": entities,
        "connector": { "operations": operations() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_every_shape_verb_and_event() {
        let (text, document) = (text(), document().to_string());
        for rule in GRAMMAR {
            assert!(text.contains(&rule.shape()) && document.contains(&rule.shape()));
        }
        for kind in EntityKind::ALL {
            let (verbs, events) = names(kind);
            for name in verbs.iter().chain(events) {
                assert!(text.contains(name) && document.contains(name), "{name}");
            }
        }
    }
}
