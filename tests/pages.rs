//! Pages for people, in a real browser and with a real core behind them.

mod accessibility;
mod binding;
mod brands;
mod forms;
mod payment;
mod reference;
mod resuming;
mod scene;
mod shop;
