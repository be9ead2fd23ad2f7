//! Which subscriptions a subject reaches: a tree of tokens, so that a look-up costs one step per token
//! of the subject and nothing per subscription that does not match.

use super::listener::Listener;
use std::{collections::HashMap, sync::Arc};

/// A node of the tree: what follows the tokens on the way to it.
#[derive(Default)]
pub(super) struct Routes {
    tokens: HashMap<Box<str>, Routes>,
    /// After a `*`.
    any: Option<Box<Routes>>,
    /// Patterns that end here.
    here: Vec<Arc<Listener>>,
    /// Patterns that end here with a `>`, which stands for one token or more.
    rest: Vec<Arc<Listener>>,
}

impl Routes {
    pub(super) fn insert(&mut self, pattern: &str, listener: Arc<Listener>) {
        let (tokens, rest) = match pattern.strip_suffix('>') {
            Some("") => return self.rest.push(listener),
            Some(tokens) if tokens.ends_with('.') => (&tokens[..tokens.len() - 1], true),
            _ => (pattern, false),
        };
        let mut node = self;
        for token in tokens.split('.') {
            node = match token {
                "*" => node.any.get_or_insert_default(),
                _ => node.tokens.entry(token.into()).or_default(),
            };
        }
        if rest { node.rest.push(listener) } else { node.here.push(listener) }
    }

    /// Queue groups first, each with all members that listen on the subject, then plain subscribers,
    /// each on its own. As in NATS, a group is known by its name, whatever its members' patterns.
    pub(super) fn find(&self, subject: &str) -> Vec<Vec<Arc<Listener>>> {
        let mut groups: Vec<Vec<Arc<Listener>>> = Vec::new();
        let mut plain = Vec::new();
        self.walk(subject.split('.'), &mut |listener| {
            if listener.queue.is_none() {
                plain.push(vec![listener.clone()]);
            } else if let Some(group) = groups.iter_mut().find(|g| g[0].queue == listener.queue) {
                group.push(listener.clone());
            } else {
                groups.push(vec![listener.clone()]);
            }
        });
        groups.append(&mut plain);
        groups
    }

    fn walk(&self, mut tokens: std::str::Split<'_, char>, found: &mut impl FnMut(&Arc<Listener>)) {
        let Some(token) = tokens.next() else { return self.here.iter().for_each(found) };
        self.rest.iter().for_each(&mut *found);
        if let Some(next) = self.tokens.get(token) {
            next.walk(tokens.clone(), found);
        }
        if let Some(next) = &self.any {
            next.walk(tokens, found);
        }
    }

    /// Whether any subscription may be reached by a subject that begins with `tokens` and goes on.
    pub(super) fn lead_below(&self, tokens: &[&str]) -> bool {
        !self.rest.is_empty()
            || match tokens.split_first() {
                None => !self.tokens.is_empty() || self.any.is_some(),
                Some((first, left)) => {
                    self.tokens.get(*first).is_some_and(|next| next.lead_below(left))
                        || self.any.as_ref().is_some_and(|next| next.lead_below(left))
                }
            }
    }

    /// Removes subscriptions that were dropped, and branches that lead nowhere.
    pub(super) fn forget_closed(&mut self) {
        self.here.retain(|listener| !listener.is_closed());
        self.rest.retain(|listener| !listener.is_closed());
        self.tokens.retain(|_, next| {
            next.forget_closed();
            !next.is_empty()
        });
        if let Some(next) = &mut self.any {
            next.forget_closed();
        }
        self.any.take_if(|next| next.is_empty());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty() && self.any.is_none() && self.here.is_empty() && self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use purser_actors::ports::BusMessage;
    use tokio::sync::mpsc::{self, Receiver};

    fn listener(pattern: &str, queue: Option<&str>) -> (Arc<Listener>, Receiver<BusMessage>) {
        let (sender, messages) = mpsc::channel(1);
        (Arc::new(Listener::new(pattern, queue, sender)), messages)
    }

    fn reaches(pattern: &str, subject: &str) -> bool {
        let (listener, _messages) = listener(pattern, None);
        let mut routes = Routes::default();
        routes.insert(pattern, listener);
        !routes.find(subject).is_empty()
    }

    /// The rule, straight from the documentation of NATS.
    fn matches(pattern: &[&str], subject: &[&str]) -> bool {
        match (pattern, subject) {
            ([], []) => true,
            ([">"], [_, ..]) => true,
            (["*", pattern @ ..], [_, subject @ ..]) => matches(pattern, subject),
            ([p, pattern @ ..], [s, subject @ ..]) => p == s && matches(pattern, subject),
            _ => false,
        }
    }

    #[test]
    fn it_is_known_whether_anybody_listens_below() {
        for (pattern, expected) in [
            ("a.b.c", true),
            ("a.b.*", true),
            ("a.*.c", true),
            ("*.b.c.d", true),
            ("a.>", true),
            ("a.b.>", true),
            ("a.b", false),
            ("a.c.>", false),
            ("b.>", false),
        ] {
            let (listener, _messages) = listener(pattern, None);
            let mut routes = Routes::default();
            assert!(!routes.lead_below(&["a", "b"]));
            routes.insert(pattern, listener);
            assert_eq!(routes.lead_below(&["a", "b"]), expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_match_as_in_nats() {
        for (pattern, subject, expected) in [
            ("a.b", "a.b", true),
            ("a.b", "a.b.c", false),
            ("a.b", "a", false),
            ("a.*", "a.b", true),
            ("a.*", "a", false),
            ("a.*", "a.b.c", false),
            ("*.b", "a.b", true),
            ("a.>", "a.b", true),
            ("a.>", "a.b.c", true),
            ("a.>", "a", false),
            (">", "a", true),
            (">", "a.b.c", true),
            ("*.*.>", "a.b", false),
            ("*.*.>", "a.b.c", true),
            ("a*", "ab", false),
            ("a>", "ab", false),
        ] {
            assert_eq!(reaches(pattern, subject), expected, "{pattern} {subject}");
        }
    }

    #[test]
    fn a_group_gathers_members_with_different_patterns() {
        let mut routes = Routes::default();
        let mut receivers = Vec::new();
        for (pattern, queue) in
            [("a.*", None), ("a.>", Some("g")), ("a.b", Some("g")), ("a.b", Some("h"))]
        {
            let (listener, messages) = listener(pattern, queue);
            routes.insert(pattern, listener);
            receivers.push(messages);
        }
        let found: Vec<usize> = routes.find("a.b").iter().map(Vec::len).collect();
        assert_eq!(found.iter().sum::<usize>(), 4);
        assert_eq!(found.len(), 3);
        assert_eq!(routes.find("a.b").last().map(|plain| plain[0].queue.clone()), Some(None));
    }

    #[test]
    fn dropped_subscriptions_leave_nothing_behind() {
        let mut routes = Routes::default();
        let (kept, _messages) = listener("a.*.c", None);
        routes.insert("a.*.c", kept);
        for pattern in ["a.b", "a.*.>", ">", "x.y.z"] {
            routes.insert(pattern, listener(pattern, None).0);
        }
        routes.forget_closed();
        assert!(routes.rest.is_empty());
        assert_eq!(routes.tokens.len(), 1);
        assert_eq!(routes.find("a.b.c").len(), 1);
        assert!(routes.find("a.b").is_empty());
    }

    proptest! {
        #[test]
        fn the_tree_follows_the_rule(
            pattern in "([ab*]\\.){0,3}[ab*>]",
            subject in "([ab]\\.){0,3}[ab]",
        ) {
            let tokens: Vec<&str> = pattern.split('.').collect();
            let expected = matches(&tokens, &subject.split('.').collect::<Vec<_>>());
            prop_assert_eq!(reaches(&pattern, &subject), expected);
        }
    }
}
