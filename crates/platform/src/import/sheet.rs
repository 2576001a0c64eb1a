//! Lists as XLSX: the first sheet, read cell by cell, so that a sheet that claims to be huge costs no more than the cells it has.

use std::fs::File;
use std::io::{self, BufReader, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use zip::ZipArchive;

use super::text::checked;
use super::{ImportError, ROWS, text};

/// Most bytes a workbook may have once decompressed.
const UNPACKED: u64 = 256 << 20;
/// Most parts of a workbook.
const PARTS: usize = 2_000;

/// Reads the first sheet of a workbook as [`text::read`] reads a list.
pub(super) fn read(
    file: File,
    mut row: impl FnMut(usize, Vec<String>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    measure(file.try_clone()?)?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(unreadable)?;
    let Some(sheet) = book.sheet_names().first().cloned() else {
        return Err(ImportError::unusable("the workbook has no sheet"));
    };
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(unreadable)?;
    let mut line: (usize, Vec<String>) = (0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (at, column) = cell.get_position();
        let (at, column) = (at as usize + 1, column as usize);
        let words = words(cell.get_value());
        if words.is_empty() {
            continue;
        }
        if at > ROWS * 2 || column >= text::CELLS {
            return Err(ImportError::unusable(format!(
                "there is a cell in line {at}, column {}: too far out",
                column + 1
            )));
        }
        if at < line.0 {
            return Err(unreadable(format!("line {at} comes after line {}", line.0)));
        }
        // A spreadsheet may write any character as its number.
        if words.contains('\0') {
            return Err(unreadable(format!("line {at} holds the character NUL")));
        }
        if at != line.0 {
            finish(&mut line, &mut row)?;
            line.0 = at;
        }
        if line.1.len() <= column {
            line.1.resize(column + 1, String::new());
        }
        line.1[column] = words;
    }
    finish(&mut line, &mut row)
}

fn finish(
    line: &mut (usize, Vec<String>),
    row: &mut impl FnMut(usize, Vec<String>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let cells = std::mem::take(&mut line.1);
    if cells.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(());
    }
    row(line.0, checked(line.0, cells.iter().map(String::as_str))?)
}

/// Refuses a workbook that is larger than it looks, before anything of it is kept in memory.
fn measure(file: File) -> Result<(), ImportError> {
    let mut archive = ZipArchive::new(file).map_err(unreadable)?;
    if archive.len() > PARTS {
        return Err(ImportError::unusable("the workbook has too many parts"));
    }
    let mut left = UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(unreadable)?;
        let read = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(unreadable)?;
        left = left.checked_sub(read).ok_or_else(|| {
            ImportError::unusable(format!("the workbook has more than {UNPACKED} bytes once decompressed"))
        })?;
    }
    Ok(())
}

fn unreadable(error: impl std::fmt::Display) -> ImportError {
    ImportError::unusable(format!("the workbook cannot be read: {error}"))
}

/// A cell as it would be typed.
fn words(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        // Spreadsheets keep numbers as floats: an id of 1001 is 1001, not 1001.0.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(moment) => date(moment),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn date(moment: &ExcelDateTime) -> String {
    if !moment.as_f64().is_finite() || !(0.0..3_000_000.0).contains(&moment.as_f64()) {
        return String::new();
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}
