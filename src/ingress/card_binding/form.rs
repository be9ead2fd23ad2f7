//! Forms as browsers send them.

use axum::{body::to_bytes, extract::Request, http::header};
use zeroize::Zeroizing;

/// A form has a few short fields.
const MAX_BYTES: usize = 8 * 1024;
/// More than the largest form has.
const MAX_FIELDS: usize = 16;

/// The fields of a form; wiped from memory when dropped.
#[derive(Default)]
pub(crate) struct Form(Vec<(String, Zeroizing<String>)>);

/// Why there is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoForm {
    /// It was not sent by a page of this server.
    Strange,
    /// It is too large.
    TooLarge,
}

impl Form {
    /// Reads the form of a request that comes from a page of this server.
    ///
    /// Without the session's code nobody can send a form for it. A browser that tells where a form comes
    /// from is believed nevertheless when it says: from elsewhere (Fetch Metadata).
    pub(crate) async fn read(request: Request) -> Result<Self, NoForm> {
        let headers = request.headers();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let site = text("sec-fetch-site").unwrap_or("same-origin");
        let kind = text(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !matches!(site, "same-origin" | "none")
            || !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        {
            return Err(NoForm::Strange);
        }
        let body = to_bytes(request.into_body(), MAX_BYTES).await;
        let body = body.map_err(|_| NoForm::TooLarge)?;
        Ok(Self::of(form_urlencoded::parse(&body).take(MAX_FIELDS)))
    }

    /// A form with these fields.
    pub(crate) fn of(
        fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let fields = fields.into_iter();
        Self(fields.map(|(name, value)| (name.into(), Zeroizing::new(value.into()))).collect())
    }

    /// A field's value; empty where it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(other, _)| other == name);
        field.map_or("", |(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    async fn read(headers: &[(&str, &str)], body: String) -> Result<String, NoForm> {
        let mut request = Request::post("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let form = Form::read(request.body(Body::from(body)).unwrap()).await?;
        Ok(form.get("a").to_owned())
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[tokio::test]
    async fn forms_come_from_our_own_pages() {
        let body = || "b=1&a=x%20y&a=z".to_owned();
        assert_eq!(read(&[FORM], body()).await.as_deref(), Ok("x y"));
        for site in ["same-origin", "none"] {
            assert!(read(&[FORM, ("sec-fetch-site", site)], body()).await.is_ok());
        }
        for site in ["cross-site", "same-site", "?"] {
            let read = read(&[FORM, ("sec-fetch-site", site)], body()).await;
            assert_eq!(read, Err(NoForm::Strange));
        }
        for kind in ["text/plain", "multipart/form-data", ""] {
            assert_eq!(read(&[("content-type", kind)], body()).await, Err(NoForm::Strange));
        }
        assert_eq!(read(&[], body()).await, Err(NoForm::Strange));
    }

    #[tokio::test]
    async fn forms_are_small() {
        let body = format!("a={}", "x".repeat(MAX_BYTES));
        assert_eq!(read(&[FORM], body).await, Err(NoForm::TooLarge));
        let body = format!("{}a=late", "b=1&".repeat(MAX_FIELDS));
        assert_eq!(read(&[FORM], body).await.as_deref(), Ok(""));
    }
}
