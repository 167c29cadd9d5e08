//! The stored form of states: MessagePack as msgspec writes it (`gateway.domain.state`).

use bumpalo::Bump;

/// A value of a stored record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stored<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    List(&'a [Stored<'a>]),
}

impl<'a> Stored<'a> {
    pub fn text(&self) -> Option<&'a str> {
        if let Stored::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub fn int(&self) -> Option<i64> {
        if let Stored::Int(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub fn truth(&self) -> Option<bool> {
        if let Stored::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub fn float(&self) -> Option<f64> {
        if let Stored::Float(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub fn list(&self) -> &'a [Stored<'a>] {
        if let Stored::List(items) = self {
            items
        } else {
            &[]
        }
    }
}

/// Walks over stored bytes; None is what msgspec would not have written.
pub struct Unpacker<'a> {
    raw: &'a [u8],
    pub at: usize,
    /// Where lists are put; it is emptied when the decision is over.
    bump: &'a Bump,
}

impl<'a> Unpacker<'a> {
    pub fn new(raw: &'a [u8], bump: &'a Bump) -> Self {
        Self { raw, at: 0, bump }
    }

    pub fn ended(&self) -> bool {
        self.at == self.raw.len()
    }

    /// What was walked over since a place.
    pub fn since(&self, start: usize) -> &'a [u8] {
        &self.raw[start..self.at]
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.raw.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let found = self.raw.get(self.at..self.at + count)?;
        self.at += count;
        Some(found)
    }

    fn big(&mut self, bytes: usize) -> Option<u64> {
        Some(
            self.bytes(bytes)?
                .iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte)),
        )
    }

    fn str(&mut self, count: usize) -> Option<Stored<'a>> {
        std::str::from_utf8(self.bytes(count)?)
            .ok()
            .map(Stored::Text)
    }

    /// How many items the array has that begins here.
    pub fn array(&mut self) -> Option<usize> {
        match self.byte()? {
            byte @ 0x90..=0x9f => Some(usize::from(byte & 0x0f)),
            0xdc => self.big(2).map(|count| count as usize),
            0xdd => self.big(4).map(|count| count as usize),
            _ => None,
        }
    }

    /// Pass over a value.
    pub fn skip(&mut self) -> Option<()> {
        match self.byte()? {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => {}
            byte @ 0xa0..=0xbf => {
                self.bytes(usize::from(byte & 0x1f))?;
            }
            0xcc | 0xd0 => self.at += 1,
            0xcd | 0xd1 => self.at += 2,
            0xce | 0xd2 => self.at += 4,
            0xcb | 0xcf | 0xd3 => self.at += 8,
            0xc4 | 0xd9 => {
                let count = self.big(1)? as usize;
                self.bytes(count)?;
            }
            0x90..=0x9f | 0xdc | 0xdd => {
                self.at -= 1;
                for _ in 0..self.array()? {
                    self.skip()?;
                }
            }
            _ => {
                self.at -= 1;
                self.value()?;
            }
        }
        Some(())
    }

    /// So many values in a row.
    pub fn values(&mut self, count: usize) -> Option<&'a [Stored<'a>]> {
        // Each takes a byte at least.
        if count > self.raw.len() - self.at {
            return None;
        }
        let items = self.bump.alloc_slice_fill_copy(count, Stored::Nil);
        for item in items.iter_mut() {
            *item = self.value()?;
        }
        Some(items)
    }

    pub fn value(&mut self) -> Option<Stored<'a>> {
        Some(match self.byte()? {
            byte @ 0x00..=0x7f => Stored::Int(i64::from(byte)),
            byte @ 0xe0..=0xff => Stored::Int(i64::from(byte as i8)),
            byte @ 0xa0..=0xbf => self.str(usize::from(byte & 0x1f))?,
            0x90..=0x9f | 0xdc | 0xdd => {
                self.at -= 1;
                let count = self.array()?;
                Stored::List(self.values(count)?)
            }
            0xc0 => Stored::Nil,
            0xc2 => Stored::Bool(false),
            0xc3 => Stored::Bool(true),
            0xc4 => {
                let count = self.big(1)? as usize;
                Stored::Bytes(self.bytes(count)?)
            }
            0xc5 => {
                let count = self.big(2)? as usize;
                Stored::Bytes(self.bytes(count)?)
            }
            0xc6 => {
                let count = self.big(4)? as usize;
                Stored::Bytes(self.bytes(count)?)
            }
            0xcb => Stored::Float(f64::from_bits(self.big(8)?)),
            0xcc => Stored::Int(self.big(1)? as i64),
            0xcd => Stored::Int(self.big(2)? as i64),
            0xce => Stored::Int(self.big(4)? as i64),
            0xcf => Stored::Int(i64::try_from(self.big(8)?).ok()?),
            0xd0 => Stored::Int(i64::from(self.big(1)? as i8)),
            0xd1 => Stored::Int(i64::from(self.big(2)? as i16)),
            0xd2 => Stored::Int(i64::from(self.big(4)? as i32)),
            0xd3 => Stored::Int(self.big(8)? as i64),
            0xd9 => {
                let count = self.big(1)? as usize;
                self.str(count)?
            }
            0xda => {
                let count = self.big(2)? as usize;
                self.str(count)?
            }
            0xdb => {
                let count = self.big(4)? as usize;
                self.str(count)?
            }
            _ => return None,
        })
    }
}

pub fn write_array(out: &mut Vec<u8>, count: usize) {
    match count {
        0..=15 => out.push(0x90 | count as u8),
        16..=0xffff => {
            out.push(0xdc);
            out.extend_from_slice(&(count as u16).to_be_bytes());
        }
        _ => {
            out.push(0xdd);
            out.extend_from_slice(&(count as u32).to_be_bytes());
        }
    }
}

pub fn write_text(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        count @ 0..=31 => out.push(0xa0 | count as u8),
        count @ 32..=0xff => out.extend_from_slice(&[0xd9, count as u8]),
        count @ 0x100..=0xffff => {
            out.push(0xda);
            out.extend_from_slice(&(count as u16).to_be_bytes());
        }
        count => {
            out.push(0xdb);
            out.extend_from_slice(&(count as u32).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

/// Bytes; those written here are ids and digests.
pub fn write_bytes(out: &mut Vec<u8>, raw: &[u8]) {
    out.extend_from_slice(&[0xc4, raw.len() as u8]);
    out.extend_from_slice(raw);
}

pub fn write_int(out: &mut Vec<u8>, value: i64) {
    match value {
        0..=0x7f => out.push(value as u8),
        -32..=-1 => out.push(value as u8),
        0x80..=0xff => out.extend_from_slice(&[0xcc, value as u8]),
        0x100..=0xffff => {
            out.push(0xcd);
            out.extend_from_slice(&(value as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0xce);
            out.extend_from_slice(&(value as u32).to_be_bytes());
        }
        0x1_0000_0000.. => {
            out.push(0xcf);
            out.extend_from_slice(&(value as u64).to_be_bytes());
        }
        -0x80..=-33 => out.extend_from_slice(&[0xd0, value as u8]),
        -0x8000..=-0x81 => {
            out.push(0xd1);
            out.extend_from_slice(&(value as i16).to_be_bytes());
        }
        -0x8000_0000..=-0x8001 => {
            out.push(0xd2);
            out.extend_from_slice(&(value as i32).to_be_bytes());
        }
        _ => {
            out.push(0xd3);
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}

pub fn write_optional_text(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => out.push(0xc0),
        Some(text) => write_text(out, text),
    }
}

pub fn write(out: &mut Vec<u8>, value: &Stored) {
    match value {
        Stored::Nil => out.push(0xc0),
        Stored::Bool(value) => out.push(0xc2 | u8::from(*value)),
        Stored::Int(value) => write_int(out, *value),
        Stored::Float(value) => {
            out.push(0xcb);
            out.extend_from_slice(&value.to_bits().to_be_bytes());
        }
        Stored::Text(text) => write_text(out, text),
        Stored::Bytes(raw) => write_bytes(out, raw),
        Stored::List(items) => {
            write_array(out, items.len());
            items.iter().for_each(|item| write(out, item));
        }
    }
}
