//! Protobuf, field by field.

/// A message under way. What is empty or zero is left out, as it means the same.
#[derive(Default)]
pub struct Writer {
    /// The bytes so far.
    pub bytes: Vec<u8>,
}

impl Writer {
    /// Writes a number alone.
    pub fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Writes a number of any length.
    pub fn number(&mut self, field: u64, number: i64) {
        if number != 0 {
            self.varint(field << 3);
            self.varint(number as u64);
        }
    }

    /// Writes eight bytes.
    pub fn fixed(&mut self, field: u64, number: u64) {
        if number != 0 {
            self.varint(field << 3 | 1);
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// Writes four bytes.
    pub fn fixed32(&mut self, field: u64, number: u32) {
        if number != 0 {
            self.varint(field << 3 | 5);
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// Writes a text or bytes.
    pub fn bytes(&mut self, field: u64, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.all_bytes(field, bytes);
        }
    }

    /// Writes a text or bytes, even if there are none.
    pub fn all_bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a message, even if it is empty: that it is there may be all it says.
    ///
    /// It is written in place. Its length stands before it, and most are short enough for one byte of that; a
    /// longer one is moved by as many bytes as are missing.
    pub fn message(&mut self, field: u64, write: impl FnOnce(&mut Writer)) {
        self.varint(field << 3 | 2);
        let place = self.bytes.len();
        self.bytes.push(0);
        write(self);
        let end = self.bytes.len();
        let mut length = end - place - 1;
        let n_more = length.checked_ilog2().unwrap_or(0) as usize / 7;
        if n_more > 0 {
            self.bytes.resize(end + n_more, 0);
            self.bytes.copy_within(place + 1..end, place + 1 + n_more);
        }
        for byte in self.bytes.iter_mut().skip(place).take(n_more) {
            *byte = length as u8 | 0x80;
            length >>= 7;
        }
        if let Some(last) = self.bytes.get_mut(place + n_more) {
            *last = length as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_any_length_has_its_length_before_it() {
        for length in [0, 1, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152] {
            let text = vec![b'x'; length];
            let mut inside = Writer::default();
            inside.all_bytes(1, &text);
            let mut expected = Writer::default();
            expected.number(7, 5);
            expected.all_bytes(2, &inside.bytes);
            expected.number(8, 6);
            let mut writer = Writer::default();
            writer.number(7, 5);
            writer.message(2, |inner| inner.all_bytes(1, &text));
            writer.number(8, 6);
            assert!(writer.bytes == expected.bytes, "{length}");
        }
    }
}
