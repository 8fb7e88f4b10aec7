//! Masks of rules: what a pattern finds in texts and numbers of a record, hidden.
//!
//! Always holds: what is too long to be looked at, or would grow too long, is hidden as a whole; names stay.

use std::borrow::Cow;

use identity::pipeline::Pattern;
use model::limits;

use super::node::{Entry, Node, text_of};
use super::{Budget, Stop};
use crate::json;
use crate::mask::{is_key, string_end};
use crate::records::Unreadable;

/// What hides, and how it is found.
pub(super) struct Cover<'p> {
    pub(super) mask: &'p str,
    /// Nothing: all is hidden.
    pub(super) pattern: Option<&'p Pattern>,
}

// === impl Cover ===

impl Cover<'_> {
    /// Whether something was hidden in a value.
    pub(super) fn node(&self, node: &mut Node<'_>, budget: &mut Budget) -> Result<bool, Stop> {
        match node {
            Node::Object(inside) => self.entries(inside, budget),
            Node::Json(json) => {
                let hidden = self.json(json, budget)?;
                let is_hidden = hidden.is_some();
                if let Some(hidden) = hidden {
                    *json = Cow::Owned(hidden);
                }
                Ok(is_hidden)
            }
        }
    }

    pub(super) fn entries(&self, entries: &mut [Entry<'_>], budget: &mut Budget) -> Result<bool, Stop> {
        let mut hidden = false;
        for entry in entries {
            hidden |= self.node(&mut entry.value, budget)?;
        }
        Ok(hidden)
    }

    /// JSON of any kind: whatever is no name and no boolean is looked at.
    fn json(&self, json: &[u8], budget: &mut Budget) -> Result<Option<Vec<u8>>, Stop> {
        if self.pattern.is_some() {
            budget.look(json.len())?;
        }
        let (mut out, mut copied, mut at) = (Vec::new(), 0, 0);
        while let Some(&byte) = json.get(at) {
            let start = at;
            let text = match byte {
                b'"' => {
                    let end = string_end(json, at + 1).ok_or(Unreadable)?;
                    at = end + 1;
                    if is_key(json, at) {
                        continue;
                    }
                    text_of(&json[start + 1..end]).ok_or(Unreadable)?
                }
                b'-' | b'0'..=b'9' => {
                    let of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                    at += json[at..].iter().take_while(|byte| of_number(byte)).count();
                    std::str::from_utf8(&json[start..at]).map_err(|_| Unreadable)?.into()
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            if let Some(hidden) = self.text(&text, budget)? {
                out.extend_from_slice(&json[copied..start]);
                json::string(&mut out, &hidden);
                copied = at;
            }
        }
        if copied == 0 {
            return Ok(None);
        }
        out.extend_from_slice(&json[copied..]);
        Ok(Some(out))
    }

    fn text(&self, text: &str, budget: &mut Budget) -> Result<Option<String>, Stop> {
        let Some(pattern) = self.pattern.filter(|_| text.len() <= limits::PIPELINE_LOOK_BYTES_MAX) else {
            return Ok((text != self.mask).then(|| self.mask.to_owned()));
        };
        let (mut out, mut copied) = (String::new(), 0);
        for found in pattern.regex().find_iter(text).filter(|found| !found.is_empty()) {
            // To find that nothing longer matches may have taken all that is left of the text.
            budget.look(text.len() - found.start())?;
            out.push_str(&text[copied..found.start()]);
            out.push_str(self.mask);
            copied = found.end();
            if out.len() > limits::PIPELINE_LOOK_BYTES_MAX {
                return Ok(Some(self.mask.to_owned()));
            }
        }
        if copied == 0 {
            return Ok(None);
        }
        out.push_str(&text[copied..]);
        Ok(Some(out))
    }
}
