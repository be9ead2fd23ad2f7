//! Notifications to registered endpoints, from the payment to the merchant's server, on both engines.

mod control;
mod isolation;
mod kills;
mod mails;
mod notices;
mod outages;
mod pauses;
mod scene;
mod secrets;
