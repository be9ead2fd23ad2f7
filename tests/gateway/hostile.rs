//! Malformed and hostile requests to the card gateway, as data, and what must come of them.
//!
//! [`CASES`] is a table; [`every_hostile_request_is_refused`] sends each case through whatever can
//! carry a request, be it a router in this process or a server behind a socket.

#[path = "hostile/cases.rs"]
mod cases;
#[path = "hostile/request.rs"]
mod request;

pub(crate) use cases::CASES;
pub(crate) use request::{Case, Edit, Fields, Target, Whose, md5};

use std::{collections::BTreeSet, future::Future};

/// Where the gateway's paths begin.
pub(crate) const PREFIX: &str = "/transactionServices/REST/v1";
/// The card of every valid request.
const CARD: &str = "4111111111111111";
const SECURITY_CODE: &str = "7373";

/// What the platform under test must offer: two merchants with gateway credentials.
pub(crate) struct Fixture {
    pub(crate) member_id: String,
    pub(crate) partner_id: String,
    pub(crate) username: String,
    pub(crate) secure_key: String,
    /// A valid AuthToken of the member.
    pub(crate) token: String,
    /// A token of the member that is no longer valid, from `AuthTokens::issue` with a past time.
    pub(crate) expired_token: String,
    /// Id of a payment of the member: 10.00 EUR, authorised, nothing captured.
    pub(crate) payment_id: String,
    pub(crate) other_secure_key: String,
    pub(crate) other_token: String,
    /// Id of a payment of the other member.
    pub(crate) other_payment_id: String,
}

/// A request as it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer as it comes in.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Got {
    /// `result.code`; empty when there is none.
    pub(crate) fn code(&self) -> String {
        self.json()["result"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body; null when it is not JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Sends every case twice, and asserts its status and code, that both answers are equal bytes, that
/// nothing secret is in them, and that a refused payment left no record.
///
/// # Panics
/// With the names of the cases that failed.
pub(crate) async fn every_hostile_request_is_refused<S, F>(fixture: &Fixture, send: S)
where
    S: Fn(Sent) -> F,
    F: Future<Output = Got>,
{
    let names: BTreeSet<_> = CASES.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), CASES.len(), "two cases have one name");
    let mut failures = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let reference = format!("hostile-{number}");
        let mut problems = Vec::new();
        let first = send(case.request(fixture, &reference)).await;
        problems.extend(judge(case, fixture, &first).err());
        let second = send(case.request(fixture, &reference)).await;
        if first.body != second.body {
            problems.push("twins are answered differently".to_owned());
        }
        if case.target == Target::Pay {
            let left = send(request::inquiry(fixture, &reference)).await.code();
            if left != "20201" {
                problems.push(format!("an inquiry afterwards is answered with {left}"));
            }
        }
        failures.extend(problems.into_iter().map(|problem| format!("{}: {problem}", case.name)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn judge(case: &Case, fixture: &Fixture, got: &Got) -> Result<(), String> {
    let text = String::from_utf8_lossy(&got.body);
    if (got.status, got.code().as_str()) != (case.status, case.code) {
        return Err(format!("expected {} {}, got {} {text}", case.status, case.code, got.status));
    }
    if got.header("content-type") != Some("application/json; charset=utf-8") {
        return Err("the answer is not JSON".to_owned());
    }
    let secrets = [CARD, &fixture.secure_key, &fixture.token];
    // Elsewhere the digits may stand in the id of a payment.
    let tells_code = case.target == Target::Pay && text.contains(SECURITY_CODE);
    let tells = tells_code || secrets.iter().any(|secret| text.contains(*secret));
    if tells || text.contains("timestamp") {
        return Err(format!("the answer says too much: {text}"));
    }
    Ok(())
}
