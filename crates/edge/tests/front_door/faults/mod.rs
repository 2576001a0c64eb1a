//! What happens around a box that nobody asked for: a full disk, a clock that jumps, a platform that misbehaves, power that fails.

mod clock;
mod disk;
mod local_power;
mod platform;
mod power;
