//! The services API of NATS (ADR-32): `nats service list`, `info` and `stats` find the nodes and what they
//! serve. The library's own implementation would subscribe to every verb itself; requests arrive at the
//! nodes that own their partitions, so only the questions about the service are answered here.

use super::NatsBus;
use async_nats::{Client, Message, Subject};
use futures_util::{StreamExt, future::try_join_all, stream};
use purser_actors::{VerbStatistics, ports::BusError};
use purser_subjects::{Rejection, SubjectPrefix, Timestamp};
use serde_json::{Value, json};
use std::{future::Future, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const NAME: &str = "purser";
const DESCRIPTION: &str = "Accounts, payments, merchants and notification endpoints";

/// How long a subscription may take to be known to the broker.
const SUBSCRIBE: Duration = Duration::from_secs(5);

/// One node, as the services API shows it.
pub struct ServiceNode {
    /// The node's id.
    pub id: String,
    /// Since when it runs.
    pub started: Timestamp,
    /// How requests have gone; `None` once the node has stopped.
    pub statistics: Box<dyn Fn() -> Option<Vec<VerbStatistics>> + Send + Sync>,
}

/// What can be asked about a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Ping,
    Info,
    Stats,
}

impl Question {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Ping, "PING"), (Self::Info, "INFO"), (Self::Stats, "STATS")];

    /// The question that stands in a subject such as `$SRV.PING.purser`.
    fn of(subject: &Subject) -> Option<Self> {
        let token = subject.as_str().split('.').nth(1)?;
        Self::ALL.into_iter().find(|(_, name)| *name == token).map(|(question, _)| question)
    }
}

impl NatsBus {
    /// Answers questions about `node` until it has stopped or the returned future is dropped. Subscribed
    /// when this returns.
    ///
    /// # Errors
    /// [`BusError`] when the broker cannot be reached.
    pub async fn serve_questions(
        &self,
        node: ServiceNode,
    ) -> Result<impl Future<Output = ()> + Send + use<>, BusError> {
        let client = self.client().clone();
        let addressed = |name: &str| {
            [
                format!("$SRV.{name}"),
                format!("$SRV.{name}.{NAME}"),
                format!("$SRV.{name}.{NAME}.{}", node.id),
            ]
        };
        let subjects = Question::ALL.iter().flat_map(|(_, name)| addressed(name));
        let subscribing = try_join_all(subjects.map(|subject| client.subscribe(subject)));
        let asked = tokio::time::timeout(SUBSCRIBE, subscribing).await;
        let asked = asked.map_err(|_| BusError::Timeout)?.map_err(|_| BusError::Disconnected)?;
        let (prefix, mut asked) = (self.prefix().clone(), stream::select_all(asked));
        Ok(async move {
            while let Some(message) = asked.next().await {
                let Some(statistics) = (node.statistics)() else { return };
                answer(&client, message, &node, &prefix, &statistics).await;
            }
        })
    }
}

async fn answer(
    client: &Client,
    message: Message,
    node: &ServiceNode,
    prefix: &SubjectPrefix,
    statistics: &[VerbStatistics],
) {
    let (Some(reply), Some(question)) = (message.reply, Question::of(&message.subject)) else {
        return;
    };
    let document = document(question, node, prefix, statistics);
    // Nobody is told of an answer that is lost: they ask again.
    let _ = client.publish(reply, document.to_string().into()).await;
}

fn document(
    question: Question,
    node: &ServiceNode,
    prefix: &SubjectPrefix,
    statistics: &[VerbStatistics],
) -> Value {
    let kind = match question {
        Question::Ping => "ping",
        Question::Info => "info",
        Question::Stats => "stats",
    };
    let mut document = json!({
        "type": format!("io.nats.micro.v1.{kind}_response"),
        "name": NAME,
        "id": node.id,
        "version": env!("CARGO_PKG_VERSION"),
        "metadata": { "prefix": prefix.as_str() },
    });
    match question {
        Question::Ping => {}
        Question::Info => {
            document["description"] = DESCRIPTION.into();
            document["endpoints"] = statistics.iter().map(|verb| endpoint(verb, prefix)).collect();
        }
        Question::Stats => {
            document["started"] = rfc3339(node.started).into();
            let one = |verb: &VerbStatistics| figures(endpoint(verb, prefix), verb);
            document["endpoints"] = statistics.iter().map(one).collect();
        }
    }
    document
}

/// One verb of one kind of entity. Each request goes to the one node that owns its partition, so the
/// queue group is one in name only.
fn endpoint(verb: &VerbStatistics, prefix: &SubjectPrefix) -> Value {
    let kind = verb.kind.token();
    json!({
        "name": format!("{kind}-{}", verb.verb),
        "subject": format!("{prefix}.ask.{kind}.*.*.{}", verb.verb),
        "queue_group": NAME,
        "metadata": { "encoding": "msgpack" },
    })
}

fn figures(mut endpoint: Value, verb: &VerbStatistics) -> Value {
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let took = nanoseconds(verb.took);
    endpoint["num_requests"] = verb.requests.into();
    endpoint["num_errors"] = verb.refused.into();
    endpoint["last_error"] = verb.last_refusal.as_ref().map(last_error).unwrap_or_default().into();
    endpoint["processing_time"] = took.into();
    endpoint["average_processing_time"] = took.checked_div(verb.requests).unwrap_or(0).into();
    endpoint
}

fn last_error(rejection: &Rejection) -> String {
    // As the libraries write it: a number, a colon, and words.
    let status = if rejection.code.is_retryable() { 503 } else { 422 };
    format!("{status}:{}", rejection.code)
}

fn rfc3339(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_nats::service::{Info, PingResponse, Stats};
    use purser_subjects::{EntityKind, ErrorCode};

    fn documents() -> [Value; 3] {
        let rejection = Rejection::new(ErrorCode::InsufficientFunds, "1 asked for, 0 available");
        let transfer = VerbStatistics {
            kind: EntityKind::Account,
            verb: "transfer",
            requests: 4,
            refused: 1,
            took: Duration::from_micros(10),
            last_refusal: Some(rejection),
        };
        let hold = VerbStatistics {
            verb: "hold",
            requests: 0,
            refused: 0,
            took: Duration::ZERO,
            last_refusal: None,
            ..transfer.clone()
        };
        let node = ServiceNode {
            id: "node-1".to_owned(),
            started: Timestamp::from_millis(1_767_607_200_000),
            statistics: Box::new(|| None),
        };
        Question::ALL.map(|(question, _)| {
            let prefix = "acme".parse().unwrap();
            document(question, &node, &prefix, &[transfer.clone(), hold.clone()])
        })
    }

    #[test]
    fn other_programs_can_read_the_documents() {
        let [ping, info, stats] = documents();
        let ping: PingResponse = serde_json::from_value(ping).unwrap();
        assert_eq!(ping.kind, "io.nats.micro.v1.ping_response");
        assert_eq!((&*ping.name, &*ping.id), ("purser", "node-1"));
        let info: Info = serde_json::from_value(info).unwrap();
        assert_eq!(info.endpoints[0].subject, "acme.ask.account.*.*.transfer");
        let stats: Stats = serde_json::from_value(stats).unwrap();
        let [transfer, hold] = &stats.endpoints[..] else { panic!("{}", stats.endpoints.len()) };
        assert_eq!((transfer.requests, transfer.errors), (4, 1));
        assert_eq!(transfer.average_processing_time, Duration::from_nanos(2_500));
        assert_eq!(transfer.last_error.as_ref().unwrap().code, 422);
        assert_eq!((hold.requests, &hold.last_error), (0, &None));
        assert_eq!(stats.started.unix_timestamp(), 1_767_607_200);
    }

    #[test]
    fn a_question_is_found_in_each_of_its_subjects() {
        for subject in ["$SRV.STATS", "$SRV.STATS.purser", "$SRV.STATS.purser.node-1"] {
            assert_eq!(Question::of(&subject.into()), Some(Question::Stats));
        }
        assert_eq!(Question::of(&"$SRV.SCHEMA".into()), None);
    }
}
