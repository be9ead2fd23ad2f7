//! Metrics in Prometheus' text format.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use purser_subjects::EntityKind;
use std::time::Duration;

/// Requests by dialect, route and status.
pub(super) const HTTP_REQUESTS: &str = "purser_http_requests_total";
/// Seconds from a request to its answer, by dialect and route.
pub(super) const HTTP_SECONDS: &str = "purser_http_request_seconds";

/// A commit takes below a millisecond on a good disk; an acquirer may take half a minute.
const SECONDS: [f64; 16] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0,
];
/// Messages in a batch.
const SIZES: [f64; 12] =
    [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0];
/// How often histograms are folded; until then their samples take memory.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The node's metrics.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Makes this the place where the process records its metrics.
    ///
    /// # Errors
    /// A sentence for people, when there is such a place already.
    pub fn install() -> Result<Self, String> {
        let recorder = builder().map_err(|error| format!("metrics: {error}"))?.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|error| format!("metrics: {error}"))?;
        describe();
        Ok(Self { handle })
    }

    /// All metrics as text.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Keeps the memory of histograms small; never ends.
    pub async fn upkeep(self) {
        let mut tick = tokio::time::interval(UPKEEP_EVERY);
        loop {
            tick.tick().await;
            self.handle.run_upkeep();
        }
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_units".to_owned()), &SIZES)
}

/// What each figure means.
const MEANINGS: &[(&str, &str)] = &[
    (HTTP_REQUESTS, "Requests by dialect, route and status"),
    (HTTP_SECONDS, "Seconds from a request to its answer"),
    ("purser_entities_active", "Actors in memory"),
    ("purser_entities_activated_total", "Actors brought into memory"),
    ("purser_entities_passivated_total", "Actors dropped from memory, idle or to make room"),
    ("purser_entity_restarts_total", "Actors reloaded from the store after a panic"),
    ("purser_entities_quarantined", "Actors that failed too often and wait for `actors release`"),
    ("purser_mailbox_depth", "Messages taken and not yet answered"),
    ("purser_oldest_message_seconds", "Age of the oldest message taken and not yet answered"),
    ("purser_overloaded_total", "Messages refused because too many were waiting"),
    ("purser_batch_units", "Messages committed together"),
    ("purser_commit_seconds", "Seconds that a commit took"),
    ("purser_events_total", "Events committed"),
    ("purser_postings_total", "Postings committed"),
    ("purser_outbox_retries_total", "Messages between actors that were sent again"),
    ("purser_slots_held", "Slots that this node works on, by share"),
    ("purser_lease_age_seconds", "Seconds since the lease was last renewed"),
    ("purser_slots_taken_total", "Slots taken: free ones, or those of a node that was missed"),
    ("purser_slots_handed_over_total", "Slots handed over to other nodes"),
    ("purser_slots_lost_total", "Slots that others took because this node did not renew in time"),
    ("purser_durable_commands_total", "Deliveries of durable commands, by what became of them"),
    ("purser_nats_connects_total", "Connections made to NATS"),
    ("purser_nats_server_errors_total", "Refusals by the NATS server, such as missing rights"),
    ("purser_bus_slow_consumer_dropped_total", "Messages that a full subscription lost"),
    ("purser_bus_answers_dropped_total", "Answers that were dropped since too many were unsent"),
];

/// What is counted for the node.
const EVENTS: &[&str] = &[
    "purser_overloaded_total",
    "purser_outbox_retries_total",
    "purser_events_total",
    "purser_postings_total",
    "purser_slots_taken_total",
    "purser_slots_handed_over_total",
    "purser_slots_lost_total",
    "purser_bus_slow_consumer_dropped_total",
    "purser_bus_answers_dropped_total",
];
/// What is counted for each kind of actor.
const EVENTS_BY_KIND: [&str; 3] = [
    "purser_entities_activated_total",
    "purser_entities_passivated_total",
    "purser_entity_restarts_total",
];

fn describe() {
    for (name, meaning) in MEANINGS {
        // The exporter keeps descriptions by name, whatever kind they were given for.
        metrics::describe_gauge!(*name, *meaning);
    }
    // A rate needs a first value, which must be there before the first event.
    for name in EVENTS {
        metrics::counter!(*name).absolute(0);
    }
    for name in EVENTS_BY_KIND {
        for kind in EntityKind::ALL {
            metrics::counter!(name, "kind" => kind.token()).absolute(0);
        }
    }
    metrics::describe_gauge!("purser_build_info", "1, with the version as a label");
    metrics::gauge!("purser_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_histograms() {
        let recorder = builder().unwrap().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            metrics::histogram!("x_seconds").record(0.003);
            metrics::histogram!("x_batch_units").record(3.0);
        });
        let text = handle.render();
        assert!(text.contains("x_seconds_bucket{le=\"0.005\"} 1"), "{text}");
        assert!(text.contains("x_batch_units_bucket{le=\"4\"} 1"), "{text}");
    }
}
