//! Loads over HTTP, from client processes of their own: card payments through the gateway
//! (`purser bench http`), and card bindings through SNAP (`purser bench binding`).

mod connection;
mod customers;
mod job;
mod pool;
mod processes;
mod requests;
mod snap;
mod till;
mod worker;

pub(crate) use customers::REQUESTS as BINDING_REQUESTS;
pub(crate) use job::{Binding, Job, Sale, Task};
pub(crate) use processes::Clients;
pub(crate) use requests::Shop;
pub(crate) use snap::SnapShop;
pub use till::Mix;
pub(crate) use worker::work;
