//! What is said: every message of the SE3 management protocol as a type.
