//! The names under which `store` looks for a record's time, level and message.

pub(crate) const TIME_KEYS: [&str; 9] = ["dt", "timestamp", "@timestamp", "date", "@date", "time", "@time", "_fluent_date", "ts"];
pub(crate) const LEVEL_KEYS: [&str; 6] = ["level", "severity", "lvl", "loglevel", "log.level", "severity_text"];
pub(crate) const MESSAGE_KEYS: [&str; 3] = ["message", "msg", "log"];
