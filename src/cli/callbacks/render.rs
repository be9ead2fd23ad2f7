//! Endpoints and deliveries for people.

use crate::{
    callbacks::views::{Attempt, Delivery, DeliveryDetail, Endpoint, EndpointWithSecret},
    cli::table::Table,
};
use std::fmt::Write;

/// Characters of a request or an answer that are shown; `--json` has all.
const SHOWN: usize = 2000;

pub(super) fn endpoints(endpoints: &[Endpoint]) -> String {
    let heads = ["ID", "KIND", "STATUS", "DELIVERED", "FAILED", "IN A ROW", "EVENTS", "URL"];
    let mut table = Table::new(heads);
    for endpoint in endpoints {
        table.row([
            &endpoint.id,
            &endpoint.kind,
            &status(endpoint),
            &endpoint.delivered.to_string(),
            &endpoint.failed.to_string(),
            &endpoint.failures_in_a_row.to_string(),
            &events(endpoint),
            &endpoint.url,
        ]);
    }
    table.text()
}

pub(super) fn deliveries(deliveries: &[Delivery]) -> String {
    let heads =
        ["ID", "CAUSED", "STATUS", "EVENT", "OBJECT", "NO", "ATTEMPTS", "ANSWER", "NEXT OR ERROR"];
    let mut table = Table::new(heads);
    for one in deliveries {
        let answer = one.http_status.map_or_else(String::new, |status| status.to_string());
        let next = one.next_attempt_at.clone().filter(|_| one.attempts > 0);
        let last = one.error.as_deref().filter(|_| one.status != "delivered").unwrap_or_default();
        table.row([
            &one.id.to_string(),
            &one.created_at,
            &one.status,
            one.event.as_deref().unwrap_or(&one.format),
            &one.object.id,
            &one.sequence.to_string(),
            &one.attempts.to_string(),
            &answer,
            &next.map_or_else(|| last.to_owned(), |next| format!("{next} {last}")),
        ]);
    }
    table.text()
}

pub(super) fn endpoint(endpoint: &Endpoint) -> String {
    let mut text = String::new();
    line(&mut text, "endpoint", &endpoint.id);
    line(&mut text, "kind", &endpoint.kind);
    line(&mut text, "url", &endpoint.url);
    line(&mut text, "events", &events(endpoint));
    line(&mut text, "about", &endpoint.description);
    line(&mut text, "status", &status(endpoint));
    for (name, value) in [
        ("disabled", &endpoint.disabled_at),
        ("failing", &endpoint.failing_since),
        ("paused to", &endpoint.paused_until),
        ("accepted", &endpoint.last_success_at),
        ("made", &endpoint.created_at),
        ("contact", &endpoint.contact),
    ] {
        line(&mut text, name, value.as_deref().unwrap_or_default());
    }
    let counts = format!(
        "{} delivered, {} failed, {} failures in a row",
        endpoint.delivered, endpoint.failed, endpoint.failures_in_a_row
    );
    line(&mut text, "counts", &counts);
    if let Some(replay) = &endpoint.replay {
        let replay = format!(
            "{} from {} to {}, {} queued so far",
            replay.scope, replay.from, replay.to, replay.queued
        );
        line(&mut text, "replay", &replay);
    }
    for secret in &endpoint.secrets {
        let until = secret.until.as_deref().map(|until| format!(", signs along until {until}"));
        line(
            &mut text,
            "secret",
            &format!("of {}{}", secret.created_at, until.unwrap_or_default()),
        );
    }
    text
}

pub(super) fn rotated(rotated: &EndpointWithSecret) -> String {
    let mut text = endpoint(&rotated.endpoint);
    line(&mut text, "public key", rotated.public_key.as_deref().unwrap_or_default());
    let _ = write!(text, "\n{}\n\nThe secret is not shown again.", rotated.secret);
    text
}

pub(super) fn delivery(detail: &DeliveryDetail) -> String {
    let delivery = &detail.delivery;
    let mut text = String::new();
    line(&mut text, "delivery", &delivery.id.to_string());
    line(&mut text, "endpoint", &delivery.endpoint);
    line(&mut text, "event", delivery.event.as_deref().unwrap_or(&delivery.format));
    let object =
        format!("{} {}, number {}", delivery.object.kind, delivery.object.id, delivery.sequence);
    line(&mut text, "object", &object);
    line(&mut text, "status", &delivery.status);
    line(&mut text, "caused", &delivery.created_at);
    line(&mut text, "next", delivery.next_attempt_at.as_deref().unwrap_or_default());
    detail.log.iter().for_each(|attempt| self::attempt(&mut text, attempt));
    text
}

fn attempt(text: &mut String, attempt: &Attempt) {
    let _ = write!(text, "\nattempt {} at {}", attempt.number, attempt.at);
    let _ = writeln!(text, ", {} ms", attempt.duration_ms);
    let _ = writeln!(text, "  POST {}", visible(&attempt.url));
    for header in &attempt.request_headers {
        let _ = writeln!(text, "  {}: {}", visible(&header.name), visible(&header.value));
    }
    quote(text, "  > ", &attempt.request_body);
    if let Some(status) = attempt.http_status {
        let _ = writeln!(text, "  answered {status}");
    }
    quote(text, "  < ", &attempt.answer);
    if let Some(error) = &attempt.error {
        let _ = writeln!(text, "  failed: {}", visible(error));
    }
}

fn quote(text: &mut String, mark: &str, body: &str) {
    let shown: String = body.chars().take(SHOWN).collect();
    for line in shown.lines() {
        let _ = writeln!(text, "{mark}{}", visible(line));
    }
    if shown.len() < body.len() {
        let _ = writeln!(text, "{mark}... {} bytes in all", body.len());
    }
}

fn line(text: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        let _ = writeln!(text, "{name:<10}  {}", visible(value));
    }
}

fn status(endpoint: &Endpoint) -> String {
    match &endpoint.disabled_reason {
        Some(reason) => format!("{} ({reason})", endpoint.status),
        None => endpoint.status.clone(),
    }
}

fn events(endpoint: &Endpoint) -> String {
    if endpoint.events.is_empty() { "all".to_owned() } else { endpoint.events.join(" ") }
}

/// Without what could move the cursor of the terminal.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
