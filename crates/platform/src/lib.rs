//! The cloud: HTTP for boxes and operators, SQL, the broker and the jobs that keep boxes as they should be.

mod clock;
mod db;
