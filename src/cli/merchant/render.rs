//! Merchants for people.

use crate::{
    admin::{MerchantAccess, MerchantSummary, NewMerchant, SnapAccess},
    cli::percent::Percent,
};
use purser_subjects::{
    Money,
    merchant::{Environment, MerchantStatus, MerchantTerms},
};
use std::fmt::Write;

pub(super) fn created(new: &NewMerchant, access: &MerchantAccess) -> String {
    let gateway = &access.gateway;
    let missing = match (new.environment, &new.terms.acquirer) {
        (Environment::Live, None) => {
            "\nIt has no acquirer, so its payments are refused until you name one: \
             purser merchant set-terms --acquirer nats:NAME"
        }
        _ => "",
    };
    let none = || format!("none; see `purser merchant api-key create {}`", gateway.member_id);
    let key = access.api.as_ref().map_or_else(none, |api| api.key.clone());
    format!(
        "Created the {} merchant {:?}.\n\n  \
           base URL    {}\n  \
           memberId    {}\n  \
           partnerId   {}\n  \
           username    {}\n  \
           secureKey   {}\n  \
           API key     {}\n\n{}\
         Keep them safe: whoever has the secureKey can make payments in this merchant's name, and whoever\n\
         has the API key decides where it is notified. The API key and the private key are not shown again.{missing}",
        environment(new.environment),
        new.name,
        access.base_url,
        gateway.member_id,
        gateway.partner_id,
        gateway.username,
        gateway.secure_key,
        key,
        access.snap.as_ref().map(snap).unwrap_or_default(),
    )
}

/// A SNAP client with its private key.
fn snap(snap: &SnapAccess) -> String {
    format!(
        "For SNAP:\n  \
           clientKey     {}\n  \
           clientSecret  {}\n  \
           partnerId     {}\n  \
           merchantId    {}\n  \
           channelId     {}\n\n{}\n",
        snap.client_key,
        snap.client_secret,
        snap.partner_id,
        snap.merchant_id,
        snap.channel_id,
        snap.private_key_pem.as_deref().unwrap_or_default(),
    )
}

pub(super) fn table(merchants: &[MerchantSummary]) -> String {
    let longest = merchants.iter().map(|merchant| merchant.name.chars().count()).max();
    let width = longest.unwrap_or(0).clamp(4, 40);
    let mut text =
        format!("{:<10}  {:<width$}  {:<7}  {:<9}  TERMS", "ID", "NAME", "MONEY", "STATUS");
    for merchant in merchants {
        let status = match merchant.status {
            MerchantStatus::Active => "active",
            MerchantStatus::Suspended => "suspended",
        };
        let _ = write!(
            text,
            "\n{:<10}  {:<width$}  {:<7}  {status:<9}  {}",
            merchant.merchant.as_str(),
            merchant.name,
            environment(merchant.environment),
            terms(&merchant.terms),
        );
    }
    text
}

fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::Sandbox => "sandbox",
        Environment::Live => "live",
    }
}

fn terms(terms: &MerchantTerms) -> String {
    let MerchantTerms { fees, settlement, multiple_refunds, acquirer, issuer } = terms;
    let mut parts = vec![format!("fee {}%", Percent(fees.percent_bps).display())];
    parts.extend(amounts("+", &fees.fixed));
    parts.extend(amounts("min", &fees.min));
    parts.extend(amounts("max", &fees.max));
    let mut text = parts.join(" ");
    match settlement.delay_days {
        0 => text.push_str(", settled at once"),
        days => {
            let _ = write!(text, ", settled after {days} d at {:02}:00", settlement.hour_utc);
        }
    }
    if settlement.reserve_bps > 0 {
        let percent = Percent(settlement.reserve_bps).display();
        let _ = write!(text, ", {percent}% reserved for {} d", settlement.reserve_days);
    }
    text.push_str(if *multiple_refunds { ", several refunds" } else { ", one refund" });
    if let Some(acquirer) = acquirer {
        let _ = write!(text, ", acquirer {acquirer}");
    }
    if let Some(issuer) = issuer {
        let _ = write!(text, ", issuer {issuer}");
    }
    text
}

fn amounts(word: &str, amounts: &[Money]) -> Option<String> {
    let list: Vec<_> = amounts.iter().map(ToString::to_string).collect();
    (!list.is_empty()).then(|| format!("{word} {}", list.join(" / ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::TermsChange;

    #[test]
    fn terms_are_told_in_a_line() {
        let change = TermsChange {
            fee_percent_bps: Some(290),
            fee_fixed: Some(vec![Money::new(30, "EUR".parse().unwrap())]),
            settlement_days: Some(2),
            settlement_hour: Some(6),
            reserve_bps: Some(1000),
            reserve_days: Some(180),
            acquirer: Some("nats:bank".parse().unwrap()),
            issuer: Some("nats:cards".parse().unwrap()),
            ..TermsChange::default()
        };
        assert_eq!(
            terms(&change.apply(MerchantTerms::default())),
            "fee 2.9% + 0.30 EUR, settled after 2 d at 06:00, 10% reserved for 180 d, one refund, \
             acquirer nats:bank, issuer nats:cards"
        );
        assert_eq!(terms(&MerchantTerms::default()), "fee 0%, settled at once, one refund");
    }
}
