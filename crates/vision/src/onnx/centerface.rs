//! Opens the fixed size of the published CenterFace file: its weights stop being inputs, and batch, height and width of
//! the picture and of the four outputs become free. Everything else is copied byte by byte.

use std::collections::BTreeSet;

use super::ConvertError;
use super::wire::{Fields, Value, Writer};

/// From this layout version on, weights need not be listed as inputs.
const FREE_WEIGHTS: u64 = 4;

/// The axes that become free: batch, height, width.
const FREE_AXES: [usize; 3] = [0, 2, 3];

/// The same model with free picture size.
///
/// # Errors
/// The bytes are not an ONNX model.
pub fn convert(model: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let (mut out, mut graphs) = (Writer::default(), 0);
    for field in Fields::of(model) {
        let field = field?;
        match (field.number, field.value) {
            (1, Value::Varint(version)) => out.varint(1, version.max(FREE_WEIGHTS)),
            (7, Value::Bytes(graph)) => {
                graphs += 1;
                out.bytes(7, &open_graph(graph)?)
            }
            _ => out.copy(field.raw),
        };
    }
    if graphs == 1 { Ok(out.into_bytes()) } else { Err(ConvertError::new("the file is not an ONNX model")) }
}

fn open_graph(graph: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let mut weights = BTreeSet::new();
    for field in Fields::of(graph) {
        let field = field?;
        if field.number == 5 {
            weights.insert(text_field(field.bytes()?, 8)?);
        }
    }
    let mut out = Writer::default();
    for field in Fields::of(graph) {
        let field = field?;
        match field.number {
            11 if weights.contains(text_field(field.bytes()?, 1)?) => {}
            number @ (11 | 12) => {
                out.bytes(number, &open_port(field.bytes()?)?);
            }
            // Sizes noted for tensors in between would contradict the free ones.
            13 => {}
            _ => {
                out.copy(field.raw);
            }
        }
    }
    Ok(out.into_bytes())
}

/// Rewrites the shape inside of a port: field 2 is its type, in there field 1 the tensor, in there field 2 the shape.
fn open_port(port: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let name = String::from_utf8_lossy(text_field(port, 1)?).into_owned();
    rewrite(port, 2, &mut |kind| {
        rewrite(kind, 1, &mut |tensor| rewrite(tensor, 2, &mut |shape| open_shape(shape, &name)))
    })
}

fn open_shape(shape: &[u8], name: &str) -> Result<Vec<u8>, ConvertError> {
    let mut axis = 0;
    rewrite(shape, 1, &mut |extent| {
        let mut out = Writer::default();
        if FREE_AXES.contains(&axis) {
            out.text(2, &format!("{name}_axis{axis}"));
        } else {
            out.copy(extent);
        }
        axis += 1;
        Ok(out.into_bytes())
    })
}

/// Makes the new content of a field out of the old one.
type Remake<'r> = dyn FnMut(&[u8]) -> Result<Vec<u8>, ConvertError> + 'r;

/// Copies a message, replacing every field of that number by what `with` makes of it.
fn rewrite(message: &[u8], number: u32, with: &mut Remake<'_>) -> Result<Vec<u8>, ConvertError> {
    let mut out = Writer::default();
    for field in Fields::of(message) {
        let field = field?;
        if field.number == number {
            out.bytes(number, &with(field.bytes()?)?);
        } else {
            out.copy(field.raw);
        }
    }
    Ok(out.into_bytes())
}

/// The first field of that number, as bytes; empty when there is none.
fn text_field(message: &[u8], number: u32) -> Result<&[u8], ConvertError> {
    for field in Fields::of(message) {
        let field = field?;
        if field.number == number {
            return field.bytes();
        }
    }
    Ok(&[])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::onnx::graph::{Graph, Name};

    fn fixed() -> Vec<u8> {
        let mut graph = Graph::default();
        graph.op_to(Name::of("out"), "Relu", &[&Name::of("in")], &[]);
        graph.finish("test", "test", ("in", &[10, 3, 32, 32]), &[("out", &[10, 3, 32, 32])])
    }

    /// The extents of the ports of a model: numbers fixed, names free.
    fn extents(model: &[u8]) -> Vec<String> {
        fn find<'m>(message: &'m [u8], numbers: &[u32]) -> Vec<&'m [u8]> {
            let fields = Fields::of(message).map(Result::unwrap);
            fields.filter(|f| numbers.contains(&f.number)).map(|f| f.bytes().unwrap()).collect()
        }
        let path: [&[u32]; 6] = [&[7], &[11, 12], &[2], &[1], &[2], &[1]];
        let found =
            path.iter().fold(vec![model], |at, step| at.into_iter().flat_map(|m| find(m, step)).collect());
        let extent = |e: &[u8]| match Fields::of(e).next().unwrap().unwrap().value {
            Value::Varint(fixed) => fixed.to_string(),
            Value::Bytes(name) => String::from_utf8_lossy(name).into_owned(),
            other => format!("{other:?}"),
        };
        found.into_iter().map(extent).collect()
    }

    #[test]
    fn batch_height_and_width_become_free() {
        assert_eq!(extents(&fixed()), ["10", "3", "32", "32", "10", "3", "32", "32"]);
        let free = ["in_axis0", "3", "in_axis2", "in_axis3", "out_axis0", "3", "out_axis2", "out_axis3"];
        assert_eq!(extents(&convert(&fixed()).unwrap()), free);
    }

    #[test]
    fn weights_are_no_inputs_any_more_and_the_version_allows_it() {
        let mut model = Writer::default();
        model.varint(1, 3).message(7, |graph| {
            graph.message(5, |weight| {
                weight.text(8, "w");
            });
            for name in ["w", "picture"] {
                graph.message(11, |port| {
                    port.text(1, name);
                });
            }
        });
        let converted = convert(&model.into_bytes()).unwrap();
        let fields: Vec<_> = Fields::of(&converted).map(Result::unwrap).collect();
        assert_eq!(fields[0].value, Value::Varint(4));
        let graph: Vec<_> = Fields::of(fields[1].bytes().unwrap()).map(Result::unwrap).collect();
        assert_eq!(graph.iter().map(|f| f.number).collect::<Vec<_>>(), [5, 11]);
        assert_eq!(text_field(graph[1].bytes().unwrap(), 1).unwrap(), b"picture");
    }

    proptest! {
        #[test]
        fn a_damaged_model_never_panics(at in 0usize..100, byte: u8) {
            let mut bytes = fixed();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = convert(&bytes);
        }

        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = convert(&bytes);
        }
    }
}
