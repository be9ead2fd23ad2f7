//! How a notification gets its body and signature. Every interface brings its own renderers.

use async_trait::async_trait;
use purser_actors::ports::DueDelivery;
use purser_subjects::Timestamp;
use std::error::Error;

/// Makes the HTTP message of a delivery.
#[async_trait]
pub trait Render: Send + Sync {
    /// The name that deliveries call this format by.
    fn format(&self) -> &'static str;

    /// Makes headers and body for an attempt at `at`. Called for every attempt, so that a signature may
    /// hold the time.
    ///
    /// # Errors
    /// [`RenderError`]; the attempt is not made, and does not count against the receiver.
    async fn render(&self, due: &DueDelivery, at: Timestamp) -> Result<Rendered, RenderError>;
}

/// A message ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Headers, `content-type` among them. Names that are repeated replace each other.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a delivery could not be rendered.
#[derive(Debug, thiserror::Error)]
#[error("{public}")]
pub struct RenderError {
    public: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl RenderError {
    /// An error with words that are fit for the merchant.
    pub fn new(public: impl Into<String>) -> Self {
        Self { public: public.into(), source: None }
    }

    /// The same error with what was behind it, for the log alone.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(super) fn cause(&self) -> Option<String> {
        self.source.as_ref().map(ToString::to_string)
    }
}
