//! Several nodes that share the work, and lose and gain members while they do.

mod churn;
mod endpoints;
mod events;
mod frozen;
mod load;
mod roles;
mod takeover;
