//! Members of an object that may be named alike. `store` keeps one member of a name, so their values become one array.

use std::ops::Range;

use crate::json;

/// Where members stand in an object that is being written, counted from its start.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    key: Range<usize>,
    value: Range<usize>,
}

// === impl Repeated ===

impl Repeated {
    pub(crate) fn clear(&mut self) {
        self.members.clear();
    }

    /// Writes a member into the object that is open and began at `start`.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, start: usize, key: &[u8], value: impl FnOnce(&mut Vec<u8>)) {
        let key_start = out.len() - start;
        json::key(out, key);
        // Without the comma before and the colon behind.
        let key_start = key_start + usize::from(out[start + key_start] == b',');
        let value_start = out.len() - start;
        value(out);
        self.members.push(Member { key: key_start..value_start - 1, value: value_start..out.len() - start });
    }

    /// Writes the object anew where names repeat: all that is in it was written here, and it is still open.
    pub(crate) fn join(&self, out: &mut Vec<u8>, start: usize) {
        let mut members: Vec<&Member> = self.members.iter().collect();
        // Stable, so values of one name stay in their order.
        members.sort_by(|a, b| a.key(&out[start..]).cmp(b.key(&out[start..])));
        if members.windows(2).all(|pair| pair[0].key(&out[start..]) != pair[1].key(&out[start..])) {
            return;
        }
        let object = out.split_off(start);
        out.push(b'{');
        for (place, alike) in members.chunk_by(|a, b| a.key(&object) == b.key(&object)).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(alike[0].key(&object));
            out.push(b':');
            if let [one] = alike {
                out.extend_from_slice(&object[one.value.clone()]);
                continue;
            }
            for (place, member) in alike.iter().enumerate() {
                out.push(if place == 0 { b'[' } else { b',' });
                out.extend_from_slice(&object[member.value.clone()]);
            }
            out.push(b']');
        }
    }
}

// === impl Member ===

impl Member {
    /// As it stands in its object, in quotes.
    fn key<'o>(&self, object: &'o [u8]) -> &'o [u8] {
        &object[self.key.clone()]
    }
}
