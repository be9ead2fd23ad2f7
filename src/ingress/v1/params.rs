//! Reads what stands in the path and, strictly, in the query: unknown parameters and repeated
//! ones are refused by name.

use super::{Api, codes, refusal::Refusal};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use std::{collections::BTreeMap, sync::Arc};

/// Objects on a page if nothing is said.
pub(crate) const DEFAULT_LIMIT: u32 = 50;
/// Most objects on a page.
pub(crate) const MAX_LIMIT: u32 = 200;
/// Longest query that is looked at, in bytes.
const MAX_QUERY: usize = 4096;

/// The id in a path.
#[derive(Debug)]
pub(crate) struct Id(pub(crate) String);

impl FromRequestParts<Arc<Api>> for Id {
    type Rejection = Refusal;

    /// What cannot be read is no id of anything.
    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Refusal> {
        let path = Path::<String>::from_request_parts(parts, api).await;
        path.map(|Path(id)| Self(id)).map_err(|_| Refusal::new(codes::NOT_FOUND))
    }
}

/// Parameters that were not taken yet.
#[derive(Debug)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// The parameters of a query, which may only be of those that are `known`.
    ///
    /// # Errors
    /// The refusal of an unknown parameter, of one that stands there twice, and of too long a query.
    pub(crate) fn of(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let query = query.unwrap_or_default();
        if query.len() > MAX_QUERY {
            return Err(Refusal::invalid("query", "A query has at most 4096 bytes."));
        }
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(name) = known.iter().find(|known| **known == name) else {
                let known = known.join(", ");
                return Err(Refusal::of(codes::UNKNOWN, "query", format!("Known are {known}.")));
            };
            if params.insert((*name).to_owned(), value.into_owned()).is_some() {
                return Err(Refusal::invalid(name, "The parameter stands there twice."));
            }
        }
        Ok(Self(params))
    }

    /// The value of `name` as it was given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of `name`, as `read` understands it; `rule` is told when it does not.
    pub(crate) fn get<T>(
        &self,
        name: &str,
        rule: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let value = self.0.get(name);
        value.map(|text| read(text).ok_or_else(|| Refusal::invalid(name, rule))).transpose()
    }

    /// How many objects the client wants on a page.
    pub(crate) fn limit(&self) -> Result<u32, Refusal> {
        let limit = self.get("limit", "A limit is 1 to 200.", |text| {
            text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit))
        })?;
        Ok(limit.unwrap_or(DEFAULT_LIMIT))
    }

    /// Where the page begins, as `read` understands the cursor of the page before.
    pub(crate) fn cursor<T>(
        &self,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.get("cursor", "Use a cursor as it was given.", read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_known_and_stand_there_once() {
        assert!(Params::of(None, &[]).is_ok());
        assert!(Params::of(Some("limit=3&status=a%20b"), &["limit", "status"]).is_ok());
        assert!(Params::of(Some("limit=3&limit=3"), &["limit"]).is_err());
        assert!(Params::of(Some("limits=3"), &["limit"]).is_err());
        assert!(Params::of(Some(&"a".repeat(MAX_QUERY + 1)), &["limit"]).is_err());
    }

    #[test]
    fn a_limit_is_within_bounds() {
        let limit = |query: &str| Params::of(Some(query), &["limit"]).unwrap().limit().ok();
        assert_eq!(limit(""), Some(DEFAULT_LIMIT));
        assert_eq!(limit("limit=200"), Some(200));
        for bad in ["limit=0", "limit=201", "limit=", "limit=-1", "limit=1.0"] {
            assert_eq!(limit(bad), None, "{bad}");
        }
    }
}
