//! The headers of pages.

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

/// Where the forms of a page may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormTarget {
    /// The page has no form.
    Nowhere,
    /// This server.
    Here,
}

impl FormTarget {
    fn policy(self) -> &'static str {
        match self {
            Self::Nowhere => {
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                 form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
            }
            Self::Here => {
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                 form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            }
        }
    }
}

/// Headers of every page: nobody keeps it, frames it, guesses at its type or learns where the visitor came
/// from, and nothing but assets of this server is loaded.
fn headers(forms: FormTarget) -> [(HeaderName, HeaderValue); 7] {
    let value = HeaderValue::from_static;
    [
        (header::CONTENT_SECURITY_POLICY, value(forms.policy())),
        (header::CACHE_CONTROL, value("no-store")),
        (header::REFERRER_POLICY, value("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, value("nosniff")),
        (header::X_FRAME_OPTIONS, value("DENY")),
        (HeaderName::from_static("cross-origin-resource-policy"), value("same-origin")),
        (
            HeaderName::from_static("permissions-policy"),
            value("camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
        ),
    ]
}

/// A page as an answer.
pub fn respond(status: StatusCode, page: &impl Template, forms: FormTarget) -> Response {
    match page.render() {
        Ok(html) => (status, headers(forms), Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, headers(FormTarget::Nowhere)).into_response()
        }
    }
}

/// Puts the headers of pages on an answer that has no page, such as a redirect.
pub(crate) fn guarded(mut response: Response) -> Response {
    response.headers_mut().extend(headers(FormTarget::Nowhere));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_policy_allows_anything_inline_or_from_elsewhere() {
        for forms in [FormTarget::Nowhere, FormTarget::Here] {
            let policy = forms.policy();
            assert!(policy.starts_with("default-src 'none'"), "{policy}");
            for never in ["unsafe", "*", "http", "data:", "blob:"] {
                assert!(!policy.contains(never), "{policy}");
            }
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        }
    }
}
