//! Bytes to a message that is plainly good, or nothing (`schemas.codec`, `schemas.privacy`).
//!
//! Nothing is explained here: at the slightest doubt the record is left to Python, which says what
//! is wrong with it, or that nothing is.

use crate::ids;
use crate::shape::{Field, Kind, Pattern, Shape};
use crate::time::{self, Day, Moment};

/// A value of a message; a field that was left out or null is `None`.
#[derive(Clone, Debug)]
pub enum Val<'a> {
    None,
    Text(&'a str),
    Bool(bool),
    Int(i64),
    Float(f64),
    Date(Day),
    Moment(Moment<'a>),
    List(Vec<Val<'a>>),
    Model(Obj<'a>),
}

/// A model's values, in the order of its fields.
#[derive(Clone, Debug)]
pub struct Obj<'a> {
    pub shape: usize,
    pub values: Vec<Val<'a>>,
}

impl<'a> Val<'a> {
    pub fn is_none(&self) -> bool {
        matches!(self, Val::None)
    }

    pub fn text(&self) -> Option<&'a str> {
        if let Val::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub fn int(&self) -> Option<i64> {
        if let Val::Int(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub fn float(&self) -> Option<f64> {
        if let Val::Float(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub fn truth(&self) -> Option<bool> {
        if let Val::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub fn day(&self) -> Option<Day> {
        match self {
            Val::Date(day) => Some(*day),
            Val::Moment(moment) => Some(moment.day),
            _ => None,
        }
    }

    pub fn list(&self) -> &[Val<'a>] {
        if let Val::List(items) = self {
            items
        } else {
            &[]
        }
    }

    pub fn model(&self) -> Option<&Obj<'a>> {
        if let Val::Model(model) = self {
            Some(model)
        } else {
            None
        }
    }
}

impl<'a> Obj<'a> {
    /// The value of a field; of one that the model does not have, none.
    pub fn get(&self, shapes: &[Shape], name: &str) -> &Val<'a> {
        const NONE: &Val<'static> = &Val::None;
        match shapes[self.shape].index(name) {
            Some(n) => &self.values[n],
            None => NONE,
        }
    }
}

/// Reads JSON that is plain: ASCII, no escapes, every name known and there once.
pub struct Reader<'a, 's> {
    text: &'a str,
    at: usize,
    shapes: &'s [Shape],
    /// Texts that may hold a personal number, and whether each is a UUID.
    pub said: Vec<(&'a str, bool)>,
}

impl<'a, 's> Reader<'a, 's> {
    pub fn new(text: &'a str, shapes: &'s [Shape]) -> Self {
        Self {
            text,
            at: 0,
            shapes,
            said: Vec::with_capacity(16),
        }
    }

    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// Pass over blanks.
    pub fn blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Take one character that has to come next, blanks around it left out.
    pub fn take(&mut self, wanted: u8) -> Option<()> {
        self.blank();
        if self.peek() != wanted {
            return None;
        }
        self.at += 1;
        self.blank();
        Some(())
    }

    /// Whether nothing is left.
    pub fn ended(&mut self) -> bool {
        self.blank();
        self.at == self.text.len()
    }

    /// A text without escapes; control characters and what is not ASCII are left to Python.
    pub fn text(&mut self) -> Option<&'a str> {
        if self.peek() != b'"' {
            return None;
        }
        let start = self.at + 1;
        let raw = self.text.as_bytes();
        let mut end = start;
        while *raw.get(end)? != b'"' {
            if raw[end] < 0x20 || raw[end] == b'\\' || raw[end] >= 0x7f {
                return None;
            }
            end += 1;
        }
        self.at = end + 1;
        Some(&self.text[start..end])
    }

    /// The next name of an object and its colon, or None at the end; the outer None is a doubt.
    pub fn name(&mut self, first: &mut bool) -> Option<Option<&'a str>> {
        self.blank();
        if self.peek() == b'}' {
            self.at += 1;
            // A comma with nothing after it is no JSON.
            return Some(None);
        }
        if !*first {
            self.take(b',')?;
        }
        *first = false;
        let name = self.text()?;
        self.take(b':')?;
        Some(Some(name))
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    /// A number without sign and exponent, of at most nine characters.
    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        while matches!(self.peek(), b'0'..=b'9' | b'.') {
            self.at += 1;
        }
        let found = &self.text[start..self.at];
        let (whole, part) = found.split_once('.').unwrap_or((found, "0"));
        let leading = whole.len() > 1 && whole.starts_with('0');
        let plain = !whole.is_empty() && !part.is_empty() && !part.contains('.') && !leading;
        (plain && found.len() < 10 && !matches!(self.peek(), b'e' | b'E')).then_some(found)
    }

    pub fn model(&mut self, shape: usize) -> Option<Obj<'a>> {
        let shapes = self.shapes;
        let fields = &shapes[shape].fields;
        let mut values = vec![Val::None; fields.len()];
        let mut found: u64 = 0;
        let mut next = 0;
        self.take(b'{')?;
        let mut first = true;
        while let Some(name) = self.name(&mut first)? {
            let n = place_of(fields, name, next)?;
            if found & 1 << n != 0 {
                return None;
            }
            found |= 1 << n;
            next = n + 1;
            values[n] = self.field(&fields[n])?;
        }
        for (n, field) in fields.iter().enumerate() {
            if field.required && found & 1 << n == 0 {
                return None;
            }
        }
        Some(Obj { shape, values })
    }

    fn field(&mut self, field: &Field) -> Option<Val<'a>> {
        if field.nullable && self.word("null") {
            return Some(Val::None);
        }
        self.value(&field.kind)
    }

    fn value(&mut self, kind: &Kind) -> Option<Val<'a>> {
        Some(match kind {
            Kind::Text(pattern) => Val::Text(self.pattern(*pattern)?),
            Kind::Code(codes) => {
                let text = self.text()?;
                codes.iter().find(|code| *code == text)?;
                Val::Text(text)
            }
            Kind::Bool => self.truth()?,
            Kind::Int { min, max } => {
                let number = self.number()?;
                let value = time::digits(number.as_bytes())?;
                (*min..=*max).contains(&value).then_some(Val::Int(value))?
            }
            Kind::Float { min, max, quarters } => {
                let value: f64 = self.number()?.parse().ok()?;
                let fits = value >= *min && value <= *max;
                let whole = !*quarters || (value * 4.0).fract() == 0.0;
                (fits && whole).then_some(Val::Float(value))?
            }
            Kind::Date => Val::Date(time::parse_date(self.text()?.as_bytes())?),
            Kind::DateOrTime => self.date_or_time()?,
            Kind::YesNoOrDate => match self.peek() {
                b'"' => Val::Date(time::parse_date(self.text()?.as_bytes())?),
                _ => self.truth()?,
            },
            Kind::Model(shape) => Val::Model(self.model(*shape)?),
            Kind::List { item, min, max } => self.list(item, *min, *max)?,
        })
    }

    fn date_or_time(&mut self) -> Option<Val<'a>> {
        let text = self.text()?;
        if let Some(day) = time::parse_date(text.as_bytes()) {
            return Some(Val::Date(day));
        }
        time::parse_moment(text).map(Val::Moment)
    }

    fn truth(&mut self) -> Option<Val<'a>> {
        if self.word("true") {
            return Some(Val::Bool(true));
        }
        self.word("false").then_some(Val::Bool(false))
    }

    fn list(&mut self, item: &Kind, min: usize, max: usize) -> Option<Val<'a>> {
        let mut items = Vec::new();
        self.take(b'[')?;
        while self.peek() != b']' {
            if !items.is_empty() {
                self.take(b',')?;
            }
            items.push(self.value(item)?);
            self.blank();
        }
        self.at += 1;
        (min..=max)
            .contains(&items.len())
            .then_some(Val::List(items))
    }

    fn pattern(&mut self, pattern: Pattern) -> Option<&'a str> {
        let text = self.text()?;
        if !fits(text, pattern) {
            return None;
        }
        if pattern != Pattern::PersonalNumber {
            self.said.push((text, pattern == Pattern::Uuid));
        }
        Some(text)
    }
}

fn place_of(fields: &[Field], name: &str, next: usize) -> Option<usize> {
    let (before, after) = fields.split_at(next.min(fields.len()));
    let later = after
        .iter()
        .position(|field| field.alias == name)
        .map(|n| n + before.len());
    later.or_else(|| before.iter().position(|field| field.alias == name))
}

/// Whether a text has the form; an upper-case UUID is left to Python, which lowers it.
pub fn fits(text: &str, pattern: Pattern) -> bool {
    let raw = text.as_bytes();
    match pattern {
        Pattern::Uuid => ids::packed(text).is_some(),
        Pattern::Id => (1..=64).contains(&raw.len()) && raw.iter().all(is_of_id),
        Pattern::FreeCode => {
            (1..=32).contains(&raw.len())
                && raw
                    .iter()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        }
        Pattern::Month => {
            raw.len() == 7
                && raw[4] == b'-'
                && time::digits(&raw[..4]).is_some_and(|year| (1900..2200).contains(&year))
                && time::digits(&raw[5..]).is_some_and(|month| (1..=12).contains(&month))
        }
        Pattern::PersonalNumber => ids::is_personal_number(text),
    }
}

fn is_of_id(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-')
}

/// Whether a text has the form of a key id.
pub fn is_key_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b != b':' && is_of_id(&b))
}

/// Whether a text is a W3C traceparent.
pub fn is_traceparent(text: &str) -> bool {
    let low = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [2, 32, 16, 2] && parts.iter().all(|part| low(part))
}
