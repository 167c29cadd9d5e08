//! JSON as orjson writes it, for texts that need no escape.

use crate::read::{Obj, Val};
use crate::shape::Shape;
use crate::time;

/// Writes one JSON value; commas are set by [`Json::name`] and [`Json::item`].
pub struct Json<'o> {
    pub out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Json<'o> {
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, first: true }
    }

    pub fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Begin an object or array.
    pub fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.first = true;
    }

    /// End an object or array.
    pub fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.first = false;
    }

    fn comma(&mut self) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
    }

    /// The name of the next value of an object.
    pub fn name(&mut self, name: &str) {
        self.comma();
        self.out.push(b'"');
        self.raw(name);
        self.raw("\":");
    }

    /// Make way for the next value of an array.
    pub fn item(&mut self) {
        self.comma();
    }

    pub fn text(&mut self, text: &str) {
        self.out.push(b'"');
        self.raw(text);
        self.out.push(b'"');
    }

    pub fn optional(&mut self, text: Option<&str>) {
        match text {
            None => self.raw("null"),
            Some(text) => self.text(text),
        }
    }

    pub fn truth(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    pub fn int(&mut self, value: i64) {
        let mut buffer = itoa::Buffer::new();
        self.raw(buffer.format(value));
    }

    pub fn date(&mut self, day: time::Day) {
        self.out.push(b'"');
        time::write_date(self.out, day);
        self.out.push(b'"');
    }

    pub fn instant(&mut self, at: time::Instant) {
        self.out.push(b'"');
        time::write_rfc3339(self.out, at);
        self.out.push(b'"');
    }

    pub fn text_member(&mut self, name: &str, text: &str) {
        self.name(name);
        self.text(text);
    }

    pub fn optional_member(&mut self, name: &str, text: Option<&str>) {
        self.name(name);
        self.optional(text);
    }

    pub fn int_member(&mut self, name: &str, value: i64) {
        self.name(name);
        self.int(value);
    }

    pub fn truth_member(&mut self, name: &str, value: bool) {
        self.name(name);
        self.truth(value);
    }

    pub fn instant_member(&mut self, name: &str, at: time::Instant) {
        self.name(name);
        self.instant(at);
    }

    /// A value of a message, as the follow-up fact shows it: in a model nothing that is None.
    pub fn value(&mut self, value: &Val, shapes: &[Shape]) {
        match value {
            Val::None => self.raw("null"),
            Val::Text(text) => self.text(text),
            Val::Bool(value) => self.truth(*value),
            Val::Int(value) => self.int(*value),
            Val::Float(value) => {
                let mut buffer = ryu::Buffer::new();
                self.raw(buffer.format(*value));
            }
            Val::Date(day) => self.date(*day),
            Val::Moment(moment) => {
                self.out.push(b'"');
                moment.write(self.out);
                self.out.push(b'"');
            }
            Val::List(items) => {
                self.open(b'[');
                for item in items {
                    self.item();
                    self.value(item, shapes);
                }
                self.close(b']');
            }
            Val::Model(model) => self.model(model, shapes),
        }
    }

    fn model(&mut self, model: &Obj, shapes: &[Shape]) {
        self.open(b'{');
        for (field, value) in shapes[model.shape].fields.iter().zip(&model.values) {
            if !value.is_none() {
                self.name(field.name.trim_end_matches('_'));
                self.value(value, shapes);
            }
        }
        self.close(b'}');
    }
}
