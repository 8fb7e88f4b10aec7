//! Regular expressions of rules: they never go back in a text, and their memory is bounded.

use model::limits;
use regex::{Regex, RegexBuilder};

#[derive(Debug, Clone)]
pub struct Pattern(Regex);

// === impl Pattern ===

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        super::text("a pattern", text)?;
        let built = RegexBuilder::new(text)
            .size_limit(limits::PIPELINE_REGEX_BYTES_MAX)
            .dfa_size_limit(limits::PIPELINE_REGEX_CACHE_BYTES)
            .build();
        built.map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern becomes too large; use smaller repetitions".to_owned(),
            // Its last line says what is wrong, those before it where.
            error => {
                let told = error.to_string();
                let told = told.lines().last().unwrap_or_default().trim_start_matches("error: ");
                format!("the pattern is none: {told}")
            }
        })
    }

    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.0
    }
}
