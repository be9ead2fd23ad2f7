//! Where the customer goes in the end: the merchant's address, with the session's `state`, and for what
//! failed also with the reason.

use purser_subjects::binding::{BindingView, FailureReason, SessionStage};
use url::Url;

/// Schemes that lead nowhere, or run something in place of going somewhere. Those of apps are allowed.
const NEVER: [&str; 8] =
    ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"];

/// The address that a session that is over leads to, if the merchant gave one.
pub(crate) fn of(view: &BindingView) -> Option<String> {
    match view.stage {
        SessionStage::Bound => with(view.redirect_url.as_deref()?, &[("state", &view.state)]),
        SessionStage::Failed | SessionStage::Expired | SessionStage::Cancelled => {
            let reason = reason(view);
            let url = view.failure_redirect_url.as_deref()?;
            with(url, &[("state", &view.state), ("reason", reason)])
        }
        _ => None,
    }
}

/// Why the session failed, in a word for programs.
fn reason(view: &BindingView) -> &'static str {
    match (view.stage, view.failure.as_ref().map(|failure| failure.reason)) {
        (SessionStage::Expired, _) => "expired",
        (SessionStage::Cancelled, _) => "cancelled",
        (_, Some(FailureReason::CardRefused)) => "card_refused",
        (_, Some(FailureReason::CardBlocked)) => "card_blocked",
        (_, Some(FailureReason::CardExpired)) => "card_expired",
        (_, Some(FailureReason::NotSupported | FailureReason::BankNotSupported)) => "not_supported",
        (_, Some(FailureReason::WrongOtp | FailureReason::OtpBlocked)) => "otp_blocked",
        (_, Some(FailureReason::OtpExpired)) => "otp_expired",
        (_, Some(FailureReason::IssuerUnavailable)) => "issuer_unavailable",
        (_, Some(FailureReason::TimedOut)) => "expired",
        (_, Some(FailureReason::Cancelled)) => "cancelled",
        (_, None) => "failed",
    }
}

/// An address to which the customer may be sent as it is.
pub(crate) fn plain(url: &str) -> Option<String> {
    with(url, &[])
}

/// `url` with more parameters; nothing if no customer should be sent there.
fn with(url: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    if url.cannot_be_a_base() || NEVER.contains(&url.scheme()) {
        return None;
    }
    if !parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_added_to_those_that_are_there() {
        let with = |url| with(url, &[("state", "a b&c")]);
        assert_eq!(
            with("https://shop.example/done").unwrap(),
            "https://shop.example/done?state=a+b%26c"
        );
        assert_eq!(
            with("https://shop.example/?a=1#top").unwrap(),
            "https://shop.example/?a=1&state=a+b%26c#top"
        );
        assert_eq!(with("myshop://bound").unwrap(), "myshop://bound?state=a+b%26c");
    }

    #[test]
    fn nobody_is_sent_to_an_address_that_runs_something() {
        for url in [
            "javascript:alert(1)",
            "JavaScript://x/%0aalert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:https://shop.example/x",
            "mailto:a@b",
            "/relative",
            "",
        ] {
            assert_eq!(with(url, &[]), None, "{url}");
        }
    }
}
