//! A reader for what people paste: Python literals, and the commented, half-translated JSON of manuals.
//!
//! It is meant for tools and for receivers that must live with very old boxes. It is never used on its own accord: on the wire only
//! real JSON counts. Beyond JSON it takes single quotes, `True`, `False`, `None`, tuples, trailing commas, full-width commas and
//! colons, and comments after `//` or `#`.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::{Map, Number, Value};

use crate::limits::{MAX_DEPTH, MAX_VALUES};
use crate::read_error::ReadError;

/// Reads one literal.
///
/// # Errors
/// The text is no literal, something follows it, or it is nested or large beyond [`crate::limits`].
pub fn read(text: &str) -> Result<Value, ReadError> {
    let mut reader = Reader { rest: text.chars().peekable(), values: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    match reader.rest.peek() {
        None => Ok(value),
        Some(extra) => Err(ReadError::not_json(format!("unexpected {extra:?} after the value"))),
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, ReadError> {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return Err(ReadError::too_many("values in one body", MAX_VALUES));
        }
        self.blanks();
        match self.rest.peek() {
            Some('{') => self.dict(depth),
            Some('[') => self.list(depth, ']'),
            Some('(') => self.list(depth, ')'),
            Some('"' | '\'') => self.text().map(Value::String),
            Some(_) => self.word(),
            None => Err(ReadError::not_json("the text ends where a value should be")),
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Value, ReadError> {
        let mut map = Map::new();
        self.rest.next();
        while !self.closes('}')? {
            let key = match self.value(depth + 1)? {
                Value::String(key) => key,
                Value::Number(number) => number.to_string(),
                _ => return Err(ReadError::not_json("a key is neither text nor number")),
            };
            self.blanks();
            if !matches!(self.rest.next(), Some(':' | '：')) {
                return Err(ReadError::not_json(format!("no colon after the key {key:?}")));
            }
            let value = self.value(depth + 1)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn list(&mut self, depth: usize, end: char) -> Result<Value, ReadError> {
        let mut list = Vec::new();
        self.rest.next();
        while !self.closes(end)? {
            list.push(self.value(depth + 1)?);
        }
        Ok(Value::Array(list))
    }

    /// Skips blanks and commas; whether the closing bracket comes then, which is consumed.
    fn closes(&mut self, end: char) -> Result<bool, ReadError> {
        self.blanks();
        while self.rest.next_if(|c| matches!(c, ',' | '，')).is_some() {
            self.blanks();
        }
        match self.rest.peek() {
            None => Err(ReadError::not_json(format!("the text ends before {end:?}"))),
            Some(_) => Ok(self.rest.next_if_eq(&end).is_some()),
        }
    }

    fn text(&mut self) -> Result<String, ReadError> {
        let quote = self.rest.next();
        let mut text = String::new();
        while let Some(c) = self.rest.next() {
            match c {
                c if Some(c) == quote => return Ok(text),
                '\\' => self.escape(&mut text),
                c => text.push(c),
            }
        }
        Err(ReadError::not_json("a text is not closed"))
    }

    fn escape(&mut self, text: &mut String) {
        match self.rest.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('u') => text.push(self.hex(4)),
            Some('x') => text.push(self.hex(2)),
            Some('\n') | None => {}
            Some(other) => text.push(other),
        }
    }

    /// A character by its number; surrogates and bad digits become the replacement character.
    fn hex(&mut self, digits: usize) -> char {
        let digits: String = (0..digits).map_while(|_| self.rest.next_if(char::is_ascii_hexdigit)).collect();
        u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn word(&mut self) -> Result<Value, ReadError> {
        let mut word = String::new();
        while let Some(c) =
            self.rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'))
        {
            word.push(c);
        }
        match word.as_str() {
            "True" | "true" => Ok(Value::Bool(true)),
            "False" | "false" => Ok(Value::Bool(false)),
            "None" | "null" => Ok(Value::Null),
            "" => {
                Err(ReadError::not_json(format!("unexpected {:?}", self.rest.peek().copied().unwrap_or(' '))))
            }
            number => {
                let whole = number.parse::<i64>().ok().map(Number::from);
                let float = || number.parse::<f64>().ok().and_then(Number::from_f64);
                whole
                    .or_else(float)
                    .map(Value::Number)
                    .ok_or_else(|| ReadError::not_json(format!("unexpected {word:?}")))
            }
        }
    }

    /// Skips white space and comments.
    fn blanks(&mut self) {
        while let Some(c) = self.rest.next_if(|c| c.is_whitespace() || matches!(c, '#' | '/')) {
            let comment = c == '#' || (c == '/' && self.rest.next_if_eq(&'/').is_some());
            if comment {
                while self.rest.next_if(|c| *c != '\n').is_some() {}
            }
        }
    }
}
