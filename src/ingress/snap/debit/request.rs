//! The fields of a payment request.

use crate::ingress::snap::{
    answer::Answer,
    caller::Call,
    codes,
    fields::{self, Charset, Object, rule},
    registration,
    service::Form,
    target, timestamp,
};
use purser_subjects::{BindingId, Money, Timestamp};
use std::collections::BTreeMap;

/// Most URLs of a request.
const MAX_URLS: usize = 4;
/// Longest URL that the core keeps for notifications.
const MAX_NOTIFY_URL: usize = 255;
const MAX_URL: usize = 512;

/// A payment request that keeps its rules.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) reference: String,
    pub(super) binding: BindingId,
    pub(super) amount: Money,
    pub(super) return_url: Option<String>,
    pub(super) notify_url: Option<String>,
    /// Whether the merchant wants the card holder asked.
    pub(super) want_otp: bool,
    pub(super) details: BTreeMap<String, String>,
}

/// Reads and checks a payment request.
///
/// # Errors
/// The refusal that names the field.
pub(super) fn read(call: &Call, fields: Object<'_>, now: Timestamp) -> Result<Wanted, Answer> {
    let reference =
        fields.required("partnerReferenceNo", target::reference_rule(call.form))?.to_owned();
    if call.form == Form::Standard {
        registration::check_merchant_if_any(call, fields)?;
    } else {
        registration::check_merchant(call, fields)?;
    }
    let amount = fields.amount("amount")?.ok_or_else(|| Answer::missing("amount"))?;
    let (return_url, notify_url) = urls(fields)?;
    if let Some(until) = fields.text("validUpTo", rule(20, 29, Charset::Visible))? {
        let until = timestamp::parse(until)
            .ok_or_else(|| Answer::invalid("validUpTo", "ISO 8601 with an offset"))?;
        if until <= now {
            return Err(Answer::new(codes::EXPIRED));
        }
    }
    let mut details = BTreeMap::new();
    let mut want_otp = false;
    if let Some(more) = fields.object("additionalInfo")? {
        let more = Object::at(more, "additionalInfo");
        want_otp = more.flag("otpAllowed")?.unwrap_or(false);
        for (name, rule) in [
            ("publicUserId", rule(1, 64, Charset::Text)),
            ("remarks", rule(1, 100, Charset::Text)),
            ("bankCode", rule(3, 3, Charset::Digits)),
        ] {
            let value = more.text(name, rule)?;
            details.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        }
    }
    let store = fields.text("externalStoreId", rule(1, 64, Charset::Text))?;
    details.extend(store.map(|store| ("externalStoreId".to_owned(), store.to_owned())));
    details.insert("externalId".to_owned(), call.head.external_id.clone());
    details.insert("merchantId".to_owned(), call.client.merchant_id.clone());
    let binding = target::required_binding(fields, "bankCardToken")?;
    Ok(Wanted { reference, binding, amount, return_url, notify_url, want_otp, details })
}

/// Where the customer goes afterwards, and where the merchant is told.
fn urls(fields: Object<'_>) -> Result<(Option<String>, Option<String>), Answer> {
    // The standard's name, and the one of the product's first version.
    let name = if fields.list("urlParams")?.is_empty() { "urlParam" } else { "urlParams" };
    let list = fields.list(name)?;
    if list.len() > MAX_URLS {
        return Err(Answer::invalid(name, "At most 4 URLs."));
    }
    let (mut return_url, mut notify_url) = (None, None);
    for item in list {
        let item = item.as_object().ok_or_else(|| Answer::invalid(name, "A list of objects."))?;
        let item = Object::at(item, name);
        let url = item.required("url", rule(1, MAX_URL, Charset::Visible))?;
        let kind = item.required("type", rule(1, 32, Charset::And("_")))?;
        item.flag("isDeeplink")?;
        item.flag("isDeepLink")?;
        let (place, max) = match kind {
            "PAY_RETURN" => (&mut return_url, MAX_URL),
            "PAY_NOTIFY" => (&mut notify_url, MAX_NOTIFY_URL),
            _ => return Err(Answer::invalid(&item.name("type"), "PAY_RETURN or PAY_NOTIFY")),
        };
        fields::url(&item.name("url"), url, max)?;
        if place.replace(url.to_owned()).is_some() {
            return Err(Answer::invalid(&item.name("type"), "Each type once."));
        }
    }
    Ok((return_url, notify_url))
}
