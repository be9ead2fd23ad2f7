//! Requests and answers of the interface.

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

/// A request before it is signed and sent. Everything in it can be spoilt.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The query as it is sent, without the question mark.
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What the signature is made of besides method and body.
    pub(crate) signed_path: Option<String>,
    pub(crate) signature: Option<String>,
}

/// An answer of the interface.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A text of the body; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    /// A text within `additionalInfo`.
    pub(crate) fn more(&self, name: &str) -> String {
        self.json()["additionalInfo"][name].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn code(&self) -> String {
        self.text("responseCode")
    }

    pub(crate) fn message(&self) -> String {
        self.text("responseMessage")
    }

    /// The same answer, after a look at its code, which begins with the HTTP status.
    #[track_caller]
    pub(crate) fn expect(self, code: &str) -> Self {
        assert_eq!(self.code(), code, "{}", self.body);
        assert_eq!(self.status.to_string(), code[..3], "{}", self.body);
        self
    }

    /// Asserts a refusal that names a field.
    #[track_caller]
    pub(crate) fn refused(self, code: &str, field: &str) -> Self {
        let answer = self.expect(code);
        let message = answer.message();
        assert!(message.ends_with(&format!(" {field}")), "{message} does not name {field}");
        answer
    }
}

impl Draft {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(had, _)| had != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The header twice.
    pub(crate) fn again(mut self, name: &str) -> Self {
        let value = self.get(name).to_owned();
        self.headers.push((name.to_owned(), value));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(had, _)| had != name);
        self
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(had, _)| had == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn external_id(self, id: &str) -> Self {
        self.header("X-EXTERNAL-ID", id)
    }

    pub(crate) fn customer(self, token: &str) -> Self {
        self.header("Authorization-Customer", &format!("Bearer {token}"))
    }
}
