//! The box: cameras, decisions, commands, uploads and the box's own API.
