//! Parameters of a query.

use super::{answer::Answer, fields::Rule};
use std::collections::BTreeMap;

/// Longest query that is looked at, in bytes.
const MAX_QUERY: usize = 8192;

/// The parameters that are known, each given at most once. Unknown ones are ignored.
#[derive(Debug)]
pub(crate) struct Query(BTreeMap<&'static str, String>);

impl Query {
    /// Reads the parameters that are `known`.
    ///
    /// # Errors
    /// The refusal of a query that is too long, of a broken escape, and of a parameter that stands there
    /// twice.
    pub(crate) fn of(query: Option<&str>, known: &[&'static str]) -> Result<Self, Answer> {
        let query = query.unwrap_or_default();
        if query.len() > MAX_QUERY {
            return Err(Answer::invalid("query", "A query has at most 8,192 bytes."));
        }
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(name) = known.iter().find(|known| **known == name) else { continue };
            // What is no UTF-8 was replaced by the decoder.
            if value.contains('\u{fffd}') {
                return Err(Answer::invalid(name, "UTF-8, percent-encoded."));
            }
            if params.insert(*name, value.into_owned()).is_some() {
                return Err(Answer::invalid(name, "The parameter stands there twice."));
            }
        }
        params.retain(|_, value| !value.is_empty());
        Ok(Self(params))
    }

    /// A parameter that may be left out; an empty one counts as left out.
    pub(crate) fn text(&self, name: &str, rule: Rule) -> Result<Option<&str>, Answer> {
        let value = self.0.get(name).map(String::as_str);
        value.map(|value| rule.check(name, value).map(|()| value)).transpose()
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str, rule: Rule) -> Result<&str, Answer> {
        self.text(name, rule)?.ok_or_else(|| Answer::missing(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingress::snap::{
        codes,
        fields::{Charset, rule},
    };

    #[test]
    fn parameters_are_decoded_once_and_given_once() {
        let query = Query::of(Some("a=x%20y&b=&unknown=1&unknown=2"), &["a", "b", "c"]).unwrap();
        let any = rule(1, 10, Charset::Text);
        assert_eq!(query.text("a", any).unwrap(), Some("x y"));
        assert_eq!(query.text("b", any).unwrap(), None);
        assert_eq!(query.required("c", any).unwrap_err().case, codes::MANDATORY);
        assert!(query.text("a", rule(1, 2, Charset::Text)).is_err());
        assert!(Query::of(Some("a=1&a=2"), &["a"]).is_err());
        assert!(Query::of(Some("a=%ff"), &["a"]).is_err());
        assert!(Query::of(Some(&"a".repeat(9000)), &["a"]).is_err());
    }
}
