//! Merchants to sell for: made for the bench, or the sandbox merchant of a running server.

use super::{
    embedded::Embedded,
    http::{Shop, SnapShop},
};
use crate::{
    admin::{GatewayCredentials, MerchantAccess, NewMerchant, TermsChange},
    clock::SystemClock,
    config::Config,
    terminal::{Failure, chain},
};
use purser_actors::ports::Clock;
use purser_subjects::{Money, merchant::Environment};
use serde_json::Value;
use std::net::SocketAddr;
use time::OffsetDateTime;
use url::Url;

/// A fee of 2.9 percent, in hundredths of a percent, and 0.30 EUR.
const FEE_BPS: u32 = 290;
const FEE_FIXED_MINOR: i64 = 30;
/// Years from now in which cards expire.
const CARD_YEARS: i32 = 5;

/// Makes a merchant with fees, whose payments settle after so many days.
pub(super) async fn create(
    embedded: &Embedded,
    address: SocketAddr,
    name: &str,
    settlement_days: u16,
) -> Result<MerchantAccess, Failure> {
    let currency = "EUR".parse().map_err(|error| Failure::failed(format!("EUR: {error}")))?;
    let terms = TermsChange {
        fee_percent_bps: Some(FEE_BPS),
        fee_fixed: Some(vec![Money::new(FEE_FIXED_MINOR, currency)]),
        settlement_days: Some(settlement_days),
        ..TermsChange::default()
    };
    let new = NewMerchant { name: name.to_owned(), environment: Environment::Sandbox, terms };
    let operations = embedded.platform.operations(&format!("http://{address}"));
    let made = operations.create(new).await;
    made.map_err(|error| Failure::failed(format!("a merchant for the bench: {error}")))
}

/// The merchant of sandbox.json in the data folder.
pub(super) fn of_file(config: &Config) -> Result<MerchantAccess, Failure> {
    let file = config.data_dir.join("sandbox.json");
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::cannot_begin(format!(
            "{}: {error}; --data-dir names the folder of the running server",
            file.display()
        ))
    };
    let bytes = std::fs::read(&file).map_err(|error| cannot(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| cannot(&error))
}

/// Where a running server is.
pub(super) async fn resolve(url: &Url) -> Result<SocketAddr, Failure> {
    let cannot = |why: &str| Failure::cannot_begin(format!("--url {url}: {why}"));
    if url.scheme() != "http" {
        return Err(cannot("the load is sent over plain http, to a server on this machine"));
    }
    let host = url.host_str().ok_or_else(|| cannot("no host"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or(80);
    let mut found =
        tokio::net::lookup_host((host, port)).await.map_err(|error| cannot(&error.to_string()))?;
    let address = found.next().ok_or_else(|| cannot("no address"))?;
    if !address.ip().is_loopback() {
        return Err(cannot("loads are only put on servers of this machine"));
    }
    Ok(address)
}

/// Logs a merchant in; its notifications go to the URLs of `notify`, in turn.
pub(super) async fn log_in(
    address: SocketAddr,
    access: &GatewayCredentials,
    notify: Vec<String>,
) -> Result<Shop, Failure> {
    let url = format!("http://{address}/transactionServices/REST/v1/authToken");
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("authentication.partnerId", &access.partner_id)
        .append_pair("merchant.username", &access.username)
        .append_pair("authentication.sKey", &access.secure_key)
        .finish();
    let failed = |why: String| Failure::failed(format!("the log-in failed: {why}"));
    let http = reqwest::Client::builder().no_proxy().build();
    let http = http.map_err(|error| failed(chain(&error)))?;
    let request = http.post(url).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(body).send().await.map_err(|error| failed(chain(&error)))?;
    let answer: Value = answer.json().await.map_err(|error| failed(chain(&error)))?;
    let token = answer["AuthToken"].as_str().ok_or_else(|| failed(answer["result"].to_string()))?;
    Ok(Shop {
        member: access.member_id.as_str().to_owned(),
        secure_key: access.secure_key.clone(),
        token: token.to_owned(),
        notify,
    })
}

/// The merchant's SNAP client.
pub(super) fn snap(access: &MerchantAccess) -> Result<SnapShop, Failure> {
    let access = access.snap.clone();
    let key = access.as_ref().and_then(|access| access.private_key_pem.clone());
    access.zip(key).map(|(access, private_key)| SnapShop { access, private_key }).ok_or_else(|| {
        Failure::cannot_begin("the merchant has no SNAP client whose private key is known")
    })
}

/// A year in which cards are still valid.
pub(super) fn expiry_year() -> i32 {
    let now = SystemClock::new().now().as_millis() / 1_000;
    OffsetDateTime::from_unix_timestamp(now).map_or(2040, |now| now.year() + CARD_YEARS)
}
