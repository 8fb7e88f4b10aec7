use std::fmt;

/// How grave a record is: the severities of RFC 5424 and, below them, trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Notice,
    Warn,
    Error,
    Critical,
    Alert,
    Emergency,
}

// === impl Level ===

impl Level {
    pub const ALL: [Self; 9] = [
        Self::Trace,
        Self::Debug,
        Self::Info,
        Self::Notice,
        Self::Warn,
        Self::Error,
        Self::Critical,
        Self::Alert,
        Self::Emergency,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }

    /// Reads the names that logging libraries use, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.as_bytes();
        if name.is_empty() || name.len() > 13 {
            return None;
        }
        let mut lower = [0u8; 13];
        let lower = &mut lower[..name.len()];
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"trc" | b"vrb" | b"verbose" | b"finest" | b"finer" => Self::Trace,
            b"debug" | b"dbg" | b"dbug" | b"fine" => Self::Debug,
            b"info" | b"inf" | b"information" | b"informational" | b"log" => Self::Info,
            b"notice" => Self::Notice,
            b"warn" | b"warning" | b"wrn" => Self::Warn,
            b"error" | b"err" | b"eror" | b"severe" => Self::Error,
            b"critical" | b"crit" | b"fatal" | b"ftl" | b"dpanic" => Self::Critical,
            b"alert" => Self::Alert,
            b"emergency" | b"emerg" | b"panic" | b"pnc" => Self::Emergency,
            _ => return None,
        })
    }

    /// Reads a number: 0 to 7 as RFC 5424 severities, the tens from 10 to 60 as pino and bunyan write them.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Emergency,
            1 => Self::Alert,
            2 => Self::Critical,
            3 => Self::Error,
            4 => Self::Warn,
            5 => Self::Notice,
            6 => Self::Info,
            7 => Self::Debug,
            10 => Self::Trace,
            20 => Self::Debug,
            30 => Self::Info,
            40 => Self::Warn,
            50 => Self::Error,
            60 => Self::Critical,
            _ => return None,
        })
    }

    /// Reads an OpenTelemetry `SeverityNumber` (1 to 24, four steps a name).
    #[must_use]
    pub fn from_otel(number: i32) -> Option<Self> {
        Some(match number {
            1..=4 => Self::Trace,
            5..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            17..=20 => Self::Error,
            21..=24 => Self::Critical,
            _ => return None,
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_reads_its_own_name_in_any_case() {
        for level in Level::ALL {
            assert_eq!(Level::from_name(level.as_str()), Some(level));
            assert_eq!(Level::from_name(&level.as_str().to_uppercase()), Some(level));
        }
        assert_eq!(Level::from_name("Fatal"), Some(Level::Critical));
        assert_eq!(Level::from_name("loud"), None);
        assert_eq!(Level::from_name(""), None);
    }
}
