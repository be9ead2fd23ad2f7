//! Sells, as a merchant's client of the gateway does.

use super::{
    connection::Answer,
    job::Sale,
    pool::Pool,
    requests::{self, Writer},
};
use crate::bench::harness::{Fault, Outcome, Work};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What is sold, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mix {
    /// DB: authorised and captured with one request
    Db,
    /// PA, then CP: authorised, then captured
    PaCp,
    /// DB, then RF: paid, then refunded
    Refund,
    /// Six in ten DB, three PA and CP, one refunded
    Mixed,
}

/// Sells to one server.
pub(super) struct Till {
    name: String,
    sale: Sale,
    writer: Writer,
    pool: Pool,
}

impl Mix {
    /// The name in options and results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Db => "db",
            Self::PaCp => "pa-cp",
            Self::Refund => "refund",
            Self::Mixed => "mixed",
        }
    }

    /// What the call with this number does.
    fn of(self, number: u64) -> Self {
        match self {
            Self::Mixed => match number % 10 {
                0..6 => Self::Db,
                6..9 => Self::PaCp,
                _ => Self::Refund,
            },
            plain => plain,
        }
    }
}

impl Till {
    /// Sells under names that begin with `name`.
    pub(super) fn new(target: SocketAddr, name: String, sale: Sale) -> Self {
        let writer = Writer { host: target.to_string(), expiry_year: sale.expiry_year };
        Self { name, sale, writer, pool: Pool::new(target) }
    }

    async fn sell(&self, number: u64) -> Outcome {
        let Self { name, sale, writer, .. } = self;
        let shop = &sale.shops[number as usize % sale.shops.len()];
        let reference = format!("{name}-{number}");
        let pay = |kind| writer.payment(shop, kind, &reference, number);
        match sale.mix.of(number) {
            Mix::Db | Mix::Mixed => self.ask(pay("DB"), "00001").await.map(drop),
            Mix::PaCp => {
                let payment = self.ask(pay("PA"), "00001").await?;
                self.follow(writer.change(shop, "CP", &payment), "00004").await
            }
            Mix::Refund => {
                let payment = self.ask(pay("DB"), "00001").await?;
                self.follow(writer.change(shop, "RF", &payment), "00005").await
            }
        }
    }

    /// The second request about a payment. When it is refused, what the first one did stays.
    async fn follow(&self, request: Vec<u8>, code: &str) -> Outcome {
        let followed = self.ask(request, code).await.map(drop);
        followed.map_err(|fault| Fault::unknown(fault.kind))
    }

    /// Sends a request that must be answered with `code`; gives the payment's id.
    async fn ask(&self, request: Vec<u8>, code: &str) -> Result<String, Fault> {
        let answer = self.pool.ask(&request).await?;
        judge(&answer, self.sale.is_gateway.then_some(code))
    }
}

/// Whether it is the answer that was hoped for; `code` is that of the gateway. Gives the payment's id.
fn judge(answer: &Answer, code: Option<&str>) -> Result<String, Fault> {
    let found = requests::text(&answer.body, "code").unwrap_or_default();
    match code {
        None if answer.status == 200 => Ok(String::new()),
        Some(code) if answer.status == 200 && found == code => {
            let id = requests::text(&answer.body, "paymentId");
            id.map(str::to_owned).ok_or_else(|| Fault::unknown("an answer without a payment"))
        }
        // 2xxxx is refused before anything is begun, but for 205xx, which may say that it is not known.
        Some(_) if found.starts_with('2') && !found.starts_with("205") => {
            Err(Fault::refused(format!("result {found}")))
        }
        // Its overload, which is told before anything is begun.
        Some(_) if answer.status == 503 && found == OVERLOADED => Err(Fault::refused("overloaded")),
        _ if found.is_empty() => Err(Fault::unknown(format!("HTTP {}", answer.status))),
        _ => Err(Fault::unknown(format!("result {found}"))),
    }
}

/// The gateway's code of "come again later: too much is at work".
const OVERLOADED: &str = "20503";

impl Work for Till {
    async fn call(&self, number: u64) -> Outcome {
        self.sell(number).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, code: &str) -> Result<String, Fault> {
        let body = format!(r#"{{"paymentId":"p1","result":{{"code":"{code}"}}}}"#);
        judge(&Answer { status, body: body.into_bytes() }, Some("00001"))
    }

    #[test]
    fn only_the_hoped_for_code_is_a_success() {
        assert_eq!(judged(200, "00001").unwrap(), "p1");
        assert!(judged(200, "20203").unwrap_err().is_refusal);
        assert!(!judged(200, "10001").unwrap_err().is_refusal);
        assert!(!judged(200, "30001").unwrap_err().is_refusal);
        assert!(!judged(500, "00001").unwrap_err().is_refusal);
        assert_eq!(judged(503, OVERLOADED).unwrap_err(), Fault::refused("overloaded"));
    }

    #[test]
    fn a_mix_comes_to_its_parts() {
        let count = |kind| (0..1_000).filter(|number| Mix::Mixed.of(*number) == kind).count();
        assert_eq!((count(Mix::Db), count(Mix::PaCp), count(Mix::Refund)), (600, 300, 100));
    }
}
