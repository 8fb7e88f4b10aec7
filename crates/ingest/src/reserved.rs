//! The names under which `store` looks for a record's time, level and message.

pub(crate) use model::{LEVEL_KEYS, MESSAGE_KEYS, TIME_KEYS};
