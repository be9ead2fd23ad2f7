//! What all pages for people share: layout, stylesheet, assets and the headers that keep strangers out.
//! `templates/layout.html` is the frame; every page is a template that extends it and has a [`Frame`].
//!
//! Pages work without scripts. Nothing stands inline and nothing comes from elsewhere, so that the policy
//! can forbid everything else.

pub mod assets;
mod headers;

pub(crate) use headers::guarded;
pub use headers::{FormTarget, respond};

/// What the layout needs to know of a page.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'p> {
    /// Language of the page (BCP 47), such as `id`.
    pub lang: &'static str,
    /// Title of the window.
    pub title: &'p str,
    /// What screen readers offer first: a way past the head of the page.
    pub skip: &'static str,
    /// Script of the page, by its name among the assets.
    pub script: Option<&'static str>,
    /// Where the browser goes by itself.
    pub refresh: Option<Refresh<'p>>,
}

/// A page that is followed by another one without a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh<'p> {
    /// Seconds until then.
    pub after_s: i64,
    /// Where to; the same page if absent.
    pub url: Option<&'p str>,
    /// Whether a script of the page sees to it where there is one.
    pub only_without_script: bool,
}

impl Refresh<'_> {
    /// What `<meta http-equiv="refresh">` says.
    pub fn content(&self) -> String {
        match self.url {
            Some(url) => format!("{};url={url}", self.after_s),
            None => self.after_s.to_string(),
        }
    }
}
