//! Tables in Markdown.

use super::source::Declared;
use crate::golden::{Case, Kind, enumerations};
use purser_subjects::{
    EntityKind, ErrorCode, GRAMMAR,
    account::{AccountTerms, Role, Side, SystemAccount},
    connector::{ConnectorOperation, IssuerOperation},
};
use std::{collections::BTreeMap, fmt::Write};

fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", header.join(" | "), "---|".repeat(header.len()));
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).unwrap();
    }
    text
}

/// One line for a cell.
fn cell(doc: &str) -> String {
    doc.replace('\n', " ").replace('|', "\\|")
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

pub(super) fn grammar() -> String {
    let row = |rule: &purser_subjects::SubjectRule| vec![code(&rule.shape()), cell(rule.meaning)];
    table(&["Subject", "Meaning"], GRAMMAR.iter().map(row))
}

pub(super) fn entities() -> String {
    let types = super::source::types();
    let variants = &types["EntityKind"].variants;
    let row = |kind: EntityKind| {
        let (_, doc, _) =
            variants.iter().find(|(name, ..)| name.to_lowercase() == kind.token()).unwrap();
        vec![code(kind.token()), cell(doc)]
    };
    table(&["Entity", "What it is"], EntityKind::ALL.map(row))
}

pub(super) fn chart(role: &Declared) -> String {
    let row = |(role, (_, doc, _)): (Role, &(String, String, _))| {
        let (merchant, currency) = ("10001".parse().unwrap(), "EUR".parse().unwrap());
        let account = SystemAccount { merchant, currency, role };
        let AccountTerms { side, floor, .. } = account.terms();
        let side = if side == Side::Debit { "debit" } else { "credit" };
        let floor = floor.map_or("none".to_owned(), |floor| floor.to_string());
        vec![code(&account.id().to_string()), side.to_owned(), floor, cell(doc)]
    };
    let rows = Role::ALL.into_iter().zip(&role.variants).map(row);
    table(&["Account, for example", "Normal side", "Floor", "What for"], rows)
}

pub(super) fn codes() -> String {
    let row = |code: &ErrorCode| {
        let (name, meaning) = (self::code(code.as_str()), cell(code.meaning().trim()));
        vec![name, yes(code.is_retryable()), meaning]
    };
    table(&["Code", "Retryable", "Meaning"], ErrorCode::ALL.iter().map(row))
}

pub(super) fn fields(of: &Declared) -> String {
    if of.fields.is_empty() {
        return "No fields: an empty map.\n".to_owned();
    }
    let row = |field: &super::source::Field| {
        vec![code(&field.name), field.kind.clone(), yes(field.required), cell(&field.doc)]
    };
    table(&["Field", "Type", "Required", "Meaning"], of.fields.iter().map(row))
}

/// Verbs, events and types of one entity.
pub(super) fn entity(entity: &str, types: &BTreeMap<String, Declared>, cases: &[Case]) -> String {
    let link = |name: &str| format!("[{name}](#{})", name.to_lowercase());
    let meaning = |name: &str| cell(types[name].doc.lines().next().unwrap_or_default());
    let of_kind = |kind| cases.iter().filter(move |case| is_first(case, kind, entity));
    let verbs = of_kind(Kind::Command).map(|command| {
        let reply = of_kind(Kind::Reply).find(|reply| reply.name == command.name).unwrap();
        let payload = command.type_name;
        vec![code(command.name), link(payload), link(reply.type_name), meaning(payload)]
    });
    let events = of_kind(Kind::Event)
        .map(|event| vec![code(event.name), link(event.type_name), meaning(event.type_name)]);
    let mut text = table(&["Verb", "Payload", "Reply", "Meaning"], verbs);
    write!(text, "\n{}", table(&["Event", "Payload", "Meaning"], events)).unwrap();
    text += &described(in_order(entity, types));
    text
}

fn described(types: Vec<&Declared>) -> String {
    types.into_iter().fold(String::new(), |mut text, declared| {
        write!(text, "\n#### {}\n\n{}\n\n", declared.name, declared.doc).unwrap();
        text += &if declared.variants.is_empty() { fields(declared) } else { values(declared) };
        text
    })
}

/// Operations of a connector, with what they are asked with, and the types of both directions.
pub(super) fn connector(types: &BTreeMap<String, Declared>) -> String {
    let operations = ConnectorOperation::ALL.iter().zip(&types["ConnectorOperation"].variants);
    let rows = operations.map(|(operation, (_, doc, _))| {
        let request = match operation {
            ConnectorOperation::Authorise => "ConnectorAuthorise",
            ConnectorOperation::Capture | ConnectorOperation::Void | ConnectorOperation::Refund => {
                "ConnectorFollowUp"
            }
            ConnectorOperation::Payout => "ConnectorPayout",
            ConnectorOperation::Status => "ConnectorStatus",
        };
        let link = format!("[{request}](#{})", request.to_lowercase());
        vec![code(operation.token()), link, cell(doc)]
    });
    let mut text = table(&["Operation", "Payload", "Meaning"], rows);
    text += "\nAn issuer of cards is asked these:\n\n";
    let operations = IssuerOperation::ALL.iter().zip(&types["IssuerOperation"].variants);
    let rows = operations.map(|(operation, (variant, doc, _))| {
        let request = match operation {
            IssuerOperation::IssuerStatus => "ConnectorIssuerStatus".to_owned(),
            _ => format!("Connector{variant}"),
        };
        let link = format!("[{request}](#{})", request.to_lowercase());
        vec![code(operation.token()), link, cell(doc)]
    });
    text += &table(&["Operation", "Payload", "Meaning"], rows);
    text += &described(in_order("connector", types));
    text
}

fn is_first(case: &Case, kind: Kind, entity: &str) -> bool {
    case.entity == entity && case.kind == kind && case.is_first()
}

/// Commands first, then replies, then events, as a reader meets them.
fn in_order<'a>(entity: &str, types: &'a BTreeMap<String, Declared>) -> Vec<&'a Declared> {
    // The chart has a table of its own.
    let own = types.values().filter(|declared| declared.name != "Role");
    let mut own: Vec<_> =
        own.filter(|declared| declared.module.split('/').next() == Some(entity)).collect();
    let rank = |declared: &Declared| match declared.module.rsplit('/').next() {
        Some("commands" | "requests") => 0,
        Some("views" | "answers") => 1,
        Some("events") => 2,
        _ => 3,
    };
    own.sort_by_key(|declared| (rank(declared), declared.name.clone()));
    own
}

/// How serde names a variant that holds something.
fn snake_case(variant: &str) -> String {
    variant.chars().enumerate().fold(String::new(), |mut name, (at, letter)| {
        if at > 0 && letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
        name
    })
}

fn values(of: &Declared) -> String {
    let enumerations = enumerations();
    let known = enumerations.iter().find(|known| known.type_name == of.name);
    let row = |(variant, doc, holds): &(String, String, Option<String>)| {
        let named = known.and_then(|known| known.names.iter().find(|(of, _)| of == variant));
        let name = named.map_or_else(|| snake_case(variant), |(_, name)| (*name).to_owned());
        let value = match holds {
            Some(holds) => format!("map with the one key `{name}`: {holds}"),
            None => code(&name),
        };
        vec![value, cell(doc)]
    };
    table(&["Value", "Meaning"], of.variants.iter().map(row))
}
