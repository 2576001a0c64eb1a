//! Values on their way to and from PostgreSQL, in its binary form. What a parameter is, the statement says; a value that does
//! not fit is a fault of the statement and named as one.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::{DbError, Val};

/// A value that fits the parameter it is for.
#[derive(Debug)]
pub(super) struct Param<'v>(&'v Val);

impl<'v> Param<'v> {
    /// The parameters of a statement.
    pub(super) fn list(types: &[Type], values: &'v [Val]) -> Result<Vec<Self>, DbError> {
        if types.len() != values.len() {
            let text = format!("takes {} parameters, {} were given", types.len(), values.len());
            return Err(DbError::Statement(text));
        }
        let fit = |(at, (value, wanted)): (usize, (&'v Val, &Type))| {
            if fits(value, wanted) {
                return Ok(Self(value));
            }
            let (given, number) = (kind(value), at + 1);
            Err(DbError::Statement(format!("${number} is {wanted} to the server and {given} here: CAST it")))
        };
        values.iter().zip(types).enumerate().map(fit).collect()
    }
}

fn kind(value: &Val) -> &'static str {
    match value {
        Val::Null => "null",
        Val::Int(_) => "an integer",
        Val::Real(_) => "a real number",
        Val::Text(_) => "text",
        Val::Bytes(_) => "bytes",
    }
}

fn fits(value: &Val, wanted: &Type) -> bool {
    match value {
        Val::Null => true,
        Val::Int(value) if *wanted == Type::INT4 => i32::try_from(*value).is_ok(),
        Val::Int(_) => *wanted == Type::INT8 || *wanted == Type::FLOAT8,
        Val::Real(_) => *wanted == Type::FLOAT8,
        Val::Text(_) => *wanted == Type::TEXT || *wanted == Type::VARCHAR,
        Val::Bytes(_) => *wanted == Type::BYTEA,
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Val::Null => return Ok(IsNull::Yes),
            Val::Int(value) if *wanted == Type::INT4 => out.put_i32(i32::try_from(*value)?),
            #[expect(
                clippy::cast_precision_loss,
                reason = "whole numbers in a column of measurements are small"
            )]
            Val::Int(value) if *wanted == Type::FLOAT8 => out.put_f64(*value as f64),
            Val::Int(value) => out.put_i64(*value),
            Val::Real(value) => out.put_f64(*value),
            Val::Text(value) => out.put_slice(value.as_bytes()),
            Val::Bytes(value) => out.put_slice(value),
        }
        Ok(IsNull::No)
    }

    // What does not fit was refused when the list was made.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column of an answer.
pub(super) fn cell(row: &Row, at: usize) -> Result<Val, DbError> {
    let name = || row.columns().get(at).map(|column| column.name().to_owned()).unwrap_or_default();
    match row.try_get::<_, Cell>(at) {
        Ok(Cell::Is(value)) => Ok(value),
        Ok(Cell::Unknown(kind)) => Err(DbError::Column(format!("{}: it is {kind}, CAST it", name()))),
        Err(_) => Err(DbError::Column(name())),
    }
}

enum Cell {
    Is(Val),
    /// A type that is no column's: mostly NUMERIC, which SUM makes of BIGINT.
    Unknown(String),
}

impl<'r> FromSql<'r> for Cell {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Is(match *kind {
            Type::INT8 => Val::Int(i64::from_be_bytes(raw.try_into()?)),
            Type::INT4 => Val::Int(i32::from_be_bytes(raw.try_into()?).into()),
            Type::INT2 => Val::Int(i16::from_be_bytes(raw.try_into()?).into()),
            Type::BOOL => Val::Int(i64::from(raw == [1])),
            Type::FLOAT8 => Val::Real(f64::from_be_bytes(raw.try_into()?)),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => {
                Val::Text(std::str::from_utf8(raw)?.to_owned())
            }
            Type::BYTEA => Val::Bytes(raw.to_owned()),
            _ => return Ok(Self::Unknown(kind.name().to_uppercase())),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Is(Val::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
