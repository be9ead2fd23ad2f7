//! Given events, when a command or signal, then effects; and random interleavings of everything.

mod begin;
mod fees;
mod finish;
mod given;
mod interleavings;
mod wake;
mod world;
