//! Given events, when a command or signal, then effects; and random sequences of everything.

mod challenges;
mod charges;
mod codes;
mod given;
mod otp;
mod sequences;
mod session;
mod wake;
