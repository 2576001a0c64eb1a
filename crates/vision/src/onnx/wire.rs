//! Protocol buffers, as much of them as ONNX files need: writing fields and walking over fields. The reader borrows and
//! never allocates; a length that goes beyond the end is an error.

use super::ConvertError;

/// Appends encoded fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

/// One field as it stands in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// Its number in the message's definition.
    pub(crate) number: u32,
    /// What it holds.
    pub(crate) value: Value<'a>,
    /// The whole field, tag included, for copying it unchanged.
    pub(crate) raw: &'a [u8],
}

/// The content of a field, by its wire type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The fields of a message, one after the other; ends after the first error.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl Writer {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// An integer; negative ones of the definition go in as their two's complement.
    pub(crate) fn varint(&mut self, number: u32, value: u64) -> &mut Self {
        self.tag(number, 0);
        self.raw_varint(value);
        self
    }

    /// A length or count.
    pub(crate) fn count(&mut self, number: u32, value: usize) -> &mut Self {
        self.varint(number, value as u64)
    }

    pub(crate) fn float(&mut self, number: u32, value: f32) -> &mut Self {
        self.tag(number, 5);
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Bytes, a text or a finished message.
    pub(crate) fn bytes(&mut self, number: u32, value: &[u8]) -> &mut Self {
        self.tag(number, 2);
        self.raw_varint(value.len() as u64);
        self.bytes.extend_from_slice(value);
        self
    }

    pub(crate) fn text(&mut self, number: u32, value: &str) -> &mut Self {
        self.bytes(number, value.as_bytes())
    }

    /// A message written by `fill`.
    pub(crate) fn message(&mut self, number: u32, fill: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(number, &inner.bytes)
    }

    /// A field copied from elsewhere, see [`Field::raw`].
    pub(crate) fn copy(&mut self, field: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(field);
        self
    }

    fn tag(&mut self, number: u32, wire_type: u8) {
        self.raw_varint(u64::from(number) << 3 | u64::from(wire_type));
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Result<Field<'a>, ConvertError> {
        let start = self.rest;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|&n| n != 0).ok_or_else(broken)?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.fixed()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| broken())?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.fixed()?)),
            _ => return Err(broken()),
        };
        Ok(Field { number, value, raw: &start[..start.len() - self.rest.len()] })
    }

    fn varint(&mut self) -> Result<u64, ConvertError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.fixed()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(broken())
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], ConvertError> {
        self.take(N)?.try_into().map_err(|_| broken())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ConvertError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(broken)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, ConvertError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> Field<'a> {
    /// The bytes of a text, bytes or message field.
    pub(crate) fn bytes(&self) -> Result<&'a [u8], ConvertError> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(broken()),
        }
    }
}

fn broken() -> ConvertError {
    ConvertError::new("not a protocol buffer: it breaks off or has a field that cannot be")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_as_the_definition_says() {
        let mut writer = Writer::default();
        writer.varint(1, 150).text(2, "testing").float(3, 1.0).message(4, |m| {
            m.count(1, 3);
        });
        let expected = [
            &[0x08, 0x96, 0x01][..],
            &[0x12, 0x07, b't', b'e', b's', b't', b'i', b'n', b'g'],
            &[0x1d, 0, 0, 0x80, 0x3f],
            &[0x22, 0x02, 0x08, 0x03],
        ];
        assert_eq!(writer.into_bytes(), expected.concat());
    }

    #[test]
    fn a_length_beyond_the_end_is_an_error_and_the_end() {
        let mut fields = Fields::of(&[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]);
        assert!(fields.next().unwrap().is_err());
        assert!(fields.next().is_none());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(entries in proptest::collection::vec((1u32..1000, any::<u64>(), any::<Vec<u8>>()), 0..20)) {
            let mut writer = Writer::default();
            for (number, value, bytes) in &entries {
                writer.varint(*number, *value).bytes(*number, bytes);
            }
            let bytes = writer.into_bytes();
            let fields = Fields::of(&bytes).collect::<Result<Vec<_>, _>>().unwrap();
            prop_assert_eq!(fields.len(), 2 * entries.len());
            for (pair, (number, value, bytes)) in fields.chunks(2).zip(&entries) {
                prop_assert_eq!((pair[0].number, pair[0].value), (*number, Value::Varint(*value)));
                prop_assert_eq!((pair[1].number, pair[1].value), (*number, Value::Bytes(bytes)));
            }
            prop_assert_eq!(fields.iter().flat_map(|f| f.raw).copied().collect::<Vec<_>>(), bytes);
        }

        #[test]
        fn any_bytes_are_walked_without_panic(bytes: Vec<u8>) {
            let walked: usize = Fields::of(&bytes).filter_map(Result::ok).map(|f| f.raw.len()).sum();
            prop_assert!(walked <= bytes.len());
        }
    }
}
