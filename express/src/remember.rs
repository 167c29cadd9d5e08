//! What an accepted message leaves in the state (`gateway.domain.records`).

use bumpalo::Bump;

use crate::msgpack::Stored;
use crate::read::{Obj, Val};
use crate::shape::Shape;
use crate::terms::{Copy, Type};

/// The fields of the record that a message leaves.
pub fn remembered<'a>(
    kind: &Type,
    data: &Obj<'a>,
    shapes: &[Shape],
    bump: &'a Bump,
) -> &'a [Stored<'a>] {
    let model = |n: usize, name: &str| data.values[n].model().map(|model| model.get(shapes, name));
    let of = |value: Option<&Val<'a>>| value.map_or(Stored::Nil, |value| stored(value, bump));
    let copied = |copy: &Copy| match copy {
        Copy::Nothing => Stored::Nil,
        Copy::Plain(n) => stored(&data.values[*n], bump),
        Copy::Periods(n) => {
            let names = ["benefit", "extent", "from_", "to"];
            models(&data.values[*n], shapes, &names, bump)
        }
        Copy::Purposes(n) => models(&data.values[*n], shapes, &["purpose", "status"], bump),
        Copy::NeedAssessed(n) => of(model(*n, "assessed")),
        Copy::Percent(n) => of(model(*n, "percent")),
    };
    bump.alloc_slice_fill_iter(kind.record.1.iter().map(copied))
}

fn stored<'a>(value: &Val<'a>, bump: &'a Bump) -> Stored<'a> {
    match value {
        Val::None | Val::Model(_) => Stored::Nil,
        Val::Text(text) => Stored::Text(text),
        Val::Bool(value) => Stored::Bool(*value),
        Val::Int(value) => Stored::Int(*value),
        Val::Float(value) => Stored::Float(*value),
        Val::Date(day) => Stored::Int(*day),
        Val::Moment(moment) => Stored::Int(moment.day),
        Val::List(items) => {
            let items = items.iter().map(|item| stored(item, bump));
            Stored::List(bump.alloc_slice_fill_iter(items))
        }
    }
}

fn models<'a>(value: &Val<'a>, shapes: &[Shape], names: &[&str], bump: &'a Bump) -> Stored<'a> {
    if value.is_none() {
        return Stored::Nil;
    }
    let fields = |item: &Val<'a>| {
        let model = item.model();
        let field = |name: &&str| model.map_or(Stored::Nil, |m| stored(m.get(shapes, name), bump));
        Stored::List(bump.alloc_slice_fill_iter(names.iter().map(field)))
    };
    Stored::List(bump.alloc_slice_fill_iter(value.list().iter().map(fields)))
}
