//! Values that travel to and from the database, and rows read by column name.

use std::sync::Arc;

use super::DbError;

/// A parameter or a column's value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    names: Arc<[String]>,
    values: Vec<Val>,
}

/// Builds a parameter list out of anything that converts into [`Val`].
macro_rules! vals {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Val::from($value)),*] };
}
/// As [`vals`], to be kept: one of the lists of [`Tx::each`](super::Tx::each).
macro_rules! list {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Val::from($value)),*] };
}
pub(crate) use {list, vals};

impl Row {
    pub(super) fn new(names: Arc<[String]>, values: Vec<Val>) -> Self {
        Self { names, values }
    }

    /// Every column's name and value, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &Val)> {
        self.names.iter().map(String::as_str).zip(&self.values)
    }

    fn value(&self, column: &str) -> Result<&Val, DbError> {
        let at = self.names.iter().position(|name| name == column);
        at.and_then(|at| self.values.get(at)).ok_or_else(|| DbError::Column(column.to_owned()))
    }

    /// The integer at a position; `None` when it is null.
    pub(crate) fn at_int(&self, position: usize) -> Result<Option<i64>, DbError> {
        match self.values.get(position) {
            Some(Val::Int(value)) => Ok(Some(*value)),
            Some(Val::Null) => Ok(None),
            _ => Err(DbError::Column(format!("#{position}"))),
        }
    }

    /// A BIGINT that is not null.
    pub(crate) fn int(&self, column: &str) -> Result<i64, DbError> {
        self.opt_int(column)?.ok_or_else(|| DbError::Column(column.to_owned()))
    }

    /// A BIGINT that may be null.
    pub(crate) fn opt_int(&self, column: &str) -> Result<Option<i64>, DbError> {
        match self.value(column)? {
            Val::Int(value) => Ok(Some(*value)),
            Val::Null => Ok(None),
            _ => Err(DbError::Column(column.to_owned())),
        }
    }

    /// A BIGINT used as a boolean: anything but 0 is true, null is false.
    pub(crate) fn bool(&self, column: &str) -> Result<bool, DbError> {
        Ok(self.opt_int(column)?.unwrap_or(0) != 0)
    }

    /// A DOUBLE PRECISION that may be null.
    pub(crate) fn opt_real(&self, column: &str) -> Result<Option<f64>, DbError> {
        match self.value(column)? {
            Val::Real(value) => Ok(Some(*value)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "whole numbers in a column of measurements are small"
            )]
            Val::Int(value) => Ok(Some(*value as f64)),
            Val::Null => Ok(None),
            Val::Text(_) | Val::Bytes(_) => Err(DbError::Column(column.to_owned())),
        }
    }

    /// A TEXT that is not null.
    pub(crate) fn text(&self, column: &str) -> Result<String, DbError> {
        self.opt_text(column)?.ok_or_else(|| DbError::Column(column.to_owned()))
    }

    /// A TEXT that may be null.
    pub(crate) fn opt_text(&self, column: &str) -> Result<Option<String>, DbError> {
        match self.value(column)? {
            Val::Text(value) => Ok(Some(value.clone())),
            Val::Null => Ok(None),
            _ => Err(DbError::Column(column.to_owned())),
        }
    }

    /// A BYTEA that is not null.
    pub(crate) fn bytes(&self, column: &str) -> Result<Vec<u8>, DbError> {
        self.opt_bytes(column)?.ok_or_else(|| DbError::Column(column.to_owned()))
    }

    /// A BYTEA that may be null.
    pub(crate) fn opt_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, DbError> {
        match self.value(column)? {
            Val::Bytes(value) => Ok(Some(value.clone())),
            Val::Null => Ok(None),
            _ => Err(DbError::Column(column.to_owned())),
        }
    }

    /// A TEXT that holds JSON; null when the column is null.
    pub(crate) fn json(&self, column: &str) -> Result<serde_json::Value, DbError> {
        match self.value(column)? {
            Val::Text(value) => serde_json::from_str(value).map_err(|_| DbError::Column(column.to_owned())),
            Val::Null => Ok(serde_json::Value::Null),
            _ => Err(DbError::Column(column.to_owned())),
        }
    }
}

impl From<i64> for Val {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Val {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Val {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Val {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Val {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Val {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Val {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Vec<u8>> for Val {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&serde_json::Value> for Val {
    fn from(value: &serde_json::Value) -> Self {
        Self::Text(value.to_string())
    }
}

impl<T: Into<Self>> From<Option<T>> for Val {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
