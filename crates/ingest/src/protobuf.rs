//! Reads protobuf in place: the fields of a message, one after another, and nothing of its schema.
//!
//! Always holds: no length in a message allocates, and none reaches past the message that it is in.

/// The fields of one message, which is `body[at..end]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    body: &'a [u8],
    at: usize,
    end: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Fields<'a>),
}

/// Where it is not protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) usize);

// === impl Fields ===

impl<'a> Fields<'a> {
    pub(crate) fn of(body: &'a [u8]) -> Self {
        Self { body, at: 0, end: body.len() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        &self.body[self.at..self.end]
    }

    /// The next field: its number and its value.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, Malformed> {
        if self.at == self.end {
            return Ok(None);
        }
        let at = self.at;
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok();
                let end = length.and_then(|length| self.at.checked_add(length)).filter(|end| *end <= self.end);
                let end = end.ok_or(Malformed(at))?;
                let value = Value::Bytes(Self { end, ..*self });
                self.at = end;
                value
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            // Groups went out of use before OTLP was made.
            _ => return Err(Malformed(at)),
        };
        Ok(Some((tag >> 3, value)))
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        match self.bytes().first() {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let from = self.at;
        let mut number = 0;
        for shift in (0..70).step_by(7) {
            let byte = *self.bytes().first().ok_or(Malformed(from))?;
            self.at += 1;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed(from))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let array = *self.bytes().first_chunk().ok_or(Malformed(self.at))?;
        self.at += N;
        Ok(array)
    }

    /// The last value of the message field `number`.
    pub(crate) fn message(mut self, number: u64) -> Result<Option<Fields<'a>>, Malformed> {
        let mut found = None;
        while let Some((field, value)) = self.next()? {
            if let (true, Value::Bytes(message)) = (field == number, value) {
                found = Some(message);
            }
        }
        Ok(found)
    }
}
