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

/// Copies a message, replacing every field of that number by what `with` makes of it.
fn rewrite(
    message: &[u8],
    number: u32,
    with: &mut dyn FnMut(&[u8]) -> Result<Vec<u8>, ConvertError>,
) -> Result<Vec<u8>, ConvertError> {
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
