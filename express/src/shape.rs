//! The shapes of messages, as `gateway.express.tables` reads them off the pydantic models.

use serde_json::Value;

/// What a text may be, by the pattern of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    Uuid,
    Id,
    FreeCode,
    Month,
    PersonalNumber,
}

/// What a value may be.
#[derive(Clone, Debug)]
pub enum Kind {
    Text(Pattern),
    Code(Vec<String>),
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    Float {
        min: f64,
        max: f64,
        quarters: bool,
    },
    Date,
    DateOrTime,
    YesNoOrDate,
    Model(usize),
    List {
        item: Box<Kind>,
        min: usize,
        max: usize,
    },
}

/// One field: its name in Python and in JSON.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub alias: String,
    pub required: bool,
    pub nullable: bool,
    pub kind: Kind,
}

/// One model.
#[derive(Debug)]
pub struct Shape {
    pub fields: Vec<Field>,
}

impl Shape {
    pub fn index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    pub fn read(value: &Value) -> Result<Self, String> {
        let fields = list(value, "fields")?
            .iter()
            .map(field)
            .collect::<Result<_, _>>()?;
        Ok(Self { fields })
    }
}

/// A member of an object, or what is missing.
pub fn member<'v>(value: &'v Value, name: &str) -> Result<&'v Value, String> {
    value
        .get(name)
        .ok_or_else(|| format!("the tables lack {name}"))
}

pub fn list<'v>(value: &'v Value, name: &str) -> Result<&'v Vec<Value>, String> {
    member(value, name)?
        .as_array()
        .ok_or_else(|| format!("{name} is no list"))
}

pub fn text(value: &Value, name: &str) -> Result<String, String> {
    let found = member(value, name)?.as_str();
    found
        .map(str::to_owned)
        .ok_or_else(|| format!("{name} is no text"))
}

pub fn flag(value: &Value, name: &str) -> Result<bool, String> {
    member(value, name)?
        .as_bool()
        .ok_or_else(|| format!("{name} is no yes or no"))
}

pub fn int(value: &Value, name: &str) -> Result<i64, String> {
    member(value, name)?
        .as_i64()
        .ok_or_else(|| format!("{name} is no integer"))
}

pub fn texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    list(value, name)?
        .iter()
        .map(|item| {
            item.as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("{name}: no text"))
        })
        .collect()
}

fn float(value: &Value, name: &str) -> Result<f64, String> {
    member(value, name)?
        .as_f64()
        .ok_or_else(|| format!("{name} is no number"))
}

fn field(value: &Value) -> Result<Field, String> {
    Ok(Field {
        name: text(value, "name")?,
        alias: text(value, "alias")?,
        required: flag(value, "required")?,
        nullable: flag(value, "nullable")?,
        kind: kind(member(value, "kind")?)?,
    })
}

fn kind(value: &Value) -> Result<Kind, String> {
    Ok(match text(value, "is")?.as_str() {
        "uuid" => Kind::Text(Pattern::Uuid),
        "id" => Kind::Text(Pattern::Id),
        "free_code" => Kind::Text(Pattern::FreeCode),
        "month" => Kind::Text(Pattern::Month),
        "personal_number" => Kind::Text(Pattern::PersonalNumber),
        "code" => Kind::Code(texts(value, "codes")?),
        "bool" => Kind::Bool,
        "int" => Kind::Int {
            min: int(value, "min")?,
            max: int(value, "max")?,
        },
        "float" => Kind::Float {
            min: float(value, "min")?,
            max: float(value, "max")?,
            quarters: flag(value, "quarters")?,
        },
        "date" => Kind::Date,
        "date_or_time" => Kind::DateOrTime,
        "yes_no_or_date" => Kind::YesNoOrDate,
        "model" => Kind::Model(int(value, "shape")? as usize),
        "list" => Kind::List {
            item: Box::new(kind(member(value, "item")?)?),
            min: int(value, "min")? as usize,
            max: int(value, "max")? as usize,
        },
        other => return Err(format!("there is no kind {other}")),
    })
}
