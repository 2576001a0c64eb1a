//! The fake world: independent players of both sides of the protocol.
