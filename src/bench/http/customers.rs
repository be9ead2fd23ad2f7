//! Customers who bind cards, and the merchant's server that sends them to the page and takes what was
//! bound: one session from its auth code to its token is one call.

use super::{connection::Answer, job::Binding, pool::Pool, requests, snap::SnapWriter};
use crate::{
    bench::harness::{Fault, Outcome, Work},
    telemetry::Stopwatch,
};
use form_urlencoded::Serializer;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use uuid::Uuid;

/// Requests of one call: the auth code; the page, its two forms, and the page again after each of them, as
/// browsers fetch it; and the token.
pub(crate) const REQUESTS: u32 = 7;

const PAGE: &str = "/dd-card-binding";
/// A card that the sandbox's issuer binds with a one-time code, and the code.
const CARD: &str = "4242424242424242";
const OTP: &str = "123456";
/// Letters and digits of a customer's name, the longest that there may be.
const CUSTOMER: usize = 20;
/// An access token is used for this part of its time.
const TOKEN_PART: u32 = 3;

/// Binds cards for one merchant.
pub(super) struct Customers {
    writer: SnapWriter,
    expiry: String,
    pool: Pool,
    token: Mutex<Option<Token>>,
}

struct Token {
    text: Arc<str>,
    age: Stopwatch,
    lasts: Duration,
}

impl Customers {
    pub(super) fn new(target: SocketAddr, binding: Binding) -> Self {
        let writer = SnapWriter { host: target.to_string(), shop: binding.shop };
        let expiry = format!("12/{}", binding.expiry_year);
        Self { writer, expiry, pool: Pool::new(target), token: Mutex::default() }
    }

    async fn bind(&self) -> Outcome {
        let token = self.token().await?;
        // The random end of the id: its beginning is the time, which many have in common.
        let state = Uuid::now_v7().simple().to_string();
        let customer = &state[state.len() - CUSTOMER..];
        let answer = self.pool.ask(&self.writer.auth_code(&token, &state, customer)).await?;
        let code = expect(&answer, "2003000", "authCode")?;
        // What follows cannot undo the session.
        self.visit(&code).await.map_err(begun)?;
        let reference = Uuid::now_v7().simple().to_string();
        let taken = self.pool.ask(&self.writer.binding(&token, &code, &reference)).await;
        let taken = taken.and_then(|answer| expect(&answer, "2003100", "bankCardToken"));
        taken.map(drop).map_err(begun)
    }

    /// What the customer's browser does.
    async fn visit(&self, code: &str) -> Outcome {
        let address = format!("authCode={code}");
        self.look(&address, "name=\"number\"").await?;
        let card = Serializer::new(String::with_capacity(128))
            .append_pair("attempt", "1")
            .append_pair("number", CARD)
            .append_pair("holder", "SITI RAHAYU")
            .append_pair("expiry", &self.expiry)
            .append_pair("code", "123")
            .finish();
        self.send("card", &address, &card).await?;
        self.look(&address, "name=\"otp\"").await?;
        self.send("otp", &address, &format!("attempt=1&otp={OTP}")).await?;
        // Whether the card is bound is seen when the merchant takes it.
        self.look(&address, "<html").await
    }

    async fn look(&self, address: &str, shows: &str) -> Outcome {
        let host = &self.writer.host;
        let request =
            format!("GET {PAGE}?{address} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n");
        let answer = self.pool.ask(request.as_bytes()).await?;
        let is_shown = str::from_utf8(&answer.body).is_ok_and(|page| page.contains(shows));
        match answer.status {
            200 if is_shown => Ok(()),
            200 => Err(Fault::unknown(format!("a page without {shows}"))),
            status => Err(Fault::unknown(format!("the page: HTTP {status}"))),
        }
    }

    /// Sends a form; the answer is the way back to the page.
    async fn send(&self, step: &str, address: &str, form: &str) -> Outcome {
        let request = format!(
            "POST {PAGE}/{step}?{address} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.writer.host,
            form.len(),
        );
        match self.pool.ask(request.as_bytes()).await?.status {
            303 => Ok(()),
            status => Err(Fault::unknown(format!("the form {step}: HTTP {status}"))),
        }
    }

    /// The access token that all use, fetched by whoever finds it old.
    async fn token(&self) -> Result<Arc<str>, Fault> {
        let mut token = self.token.lock().await;
        if let Some(token) = token.as_ref().filter(|token| token.age.elapsed() < token.lasts) {
            return Ok(token.text.clone());
        }
        let request = self.writer.token().map_err(Fault::refused)?;
        let answer = self.pool.ask(&request).await.map_err(|fault| Fault::refused(fault.kind))?;
        let text: Arc<str> = expect(&answer, "2007300", "accessToken")?.into();
        let seconds = requests::text(&answer.body, "expiresIn").and_then(|text| text.parse().ok());
        let lasts = Duration::from_secs(seconds.unwrap_or(0)) / TOKEN_PART;
        *token = Some(Token { text: text.clone(), age: Stopwatch::start(), lasts });
        Ok(text)
    }
}

/// The field of an answer that must have this code.
fn expect(answer: &Answer, code: &str, field: &str) -> Result<String, Fault> {
    let found = requests::text(&answer.body, "responseCode").unwrap_or_default();
    let value = requests::text(&answer.body, field).map(str::to_owned);
    match value {
        Some(value) if found == code => Ok(value),
        // Refused before anything is begun: the request is wrong, or there is too much of them.
        _ if found.starts_with('4') || answer.status == 503 => {
            Err(Fault::refused(format!("response {found}")))
        }
        _ => Err(Fault::unknown(format!("HTTP {}, response {found}", answer.status))),
    }
}

/// The session has begun, however what came later ended.
fn begun(fault: Fault) -> Fault {
    Fault { is_refusal: false, ..fault }
}

impl Work for Customers {
    async fn call(&self, _: u64) -> Outcome {
        self.bind().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hoped_for_code_is_a_success() {
        let told = |status, code: &str| {
            let body = format!(r#"{{"responseCode":"{code}","authCode":"c"}}"#).into_bytes();
            expect(&Answer { status, body }, "2003000", "authCode")
        };
        assert_eq!(told(200, "2003000").unwrap(), "c");
        assert!(told(401, "4013000").unwrap_err().is_refusal);
        assert!(told(503, "5033000").unwrap_err().is_refusal);
        assert!(!told(500, "5003000").unwrap_err().is_refusal);
        assert!(!begun(told(401, "4013000").unwrap_err()).is_refusal);
    }
}
