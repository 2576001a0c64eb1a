//! Lists as text: UTF-8 with or without a mark, UTF-16 with one, otherwise GB18030 as spreadsheets in China write; separated by
//! commas, semicolons or tabs.

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::ImportError;

/// Longest line of a list, in cells.
pub(super) const CELLS: usize = 64;
/// Longest cell, in bytes of UTF-8.
pub(super) const CELL: usize = 16 << 10;

/// Reads a list; `row` is told each line that has any text: its number, the header being 1, and its cells. It answers whether to go on.
pub(super) fn read(
    bytes: &[u8],
    mut row: impl FnMut(usize, Vec<String>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut lines = Lines { text: &text, upto: 0, number: 1 };
    for record in reader.records() {
        let record =
            record.map_err(|error| ImportError::unusable(format!("the list cannot be read: {error}")))?;
        let number = lines.of(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        row(number, checked(number, record.iter())?)?;
    }
    Ok(())
}

/// The cells of a line, when they are few and short enough.
pub(super) fn checked<'a>(
    number: usize,
    cells: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, ImportError> {
    let cells: Vec<String> = cells.take(CELLS + 1).map(str::to_owned).collect();
    if cells.len() > CELLS {
        return Err(ImportError::unusable(format!("line {number} has more than {CELLS} columns")));
    }
    if cells.iter().any(|cell| cell.len() > CELL) {
        return Err(ImportError::unusable(format!("line {number} has a cell of more than {CELL} bytes")));
    }
    Ok(cells)
}

/// Counts lines as an editor shows them, whatever they end with.
struct Lines<'a> {
    text: &'a str,
    upto: usize,
    number: usize,
}

impl Lines<'_> {
    /// The line in which the record begins that was found from byte `at` on. Asked in the order of records.
    fn of(&mut self, at: u64) -> usize {
        let bytes = self.text.as_bytes();
        let at = usize::try_from(at).unwrap_or(usize::MAX).clamp(self.upto, bytes.len());
        let begin = at + bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.number += (self.upto..begin).filter(|at| ends_line(bytes, *at)).count();
        self.upto = begin;
        self.number
    }
}

/// Whether a line ends with this byte: `\n`, or `\r` with no `\n` after it.
fn ends_line(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    }
}

fn decode(bytes: &[u8]) -> Result<String, ImportError> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, &bytes[mark..]),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, bytes),
        None => (GB18030, bytes),
    };
    let (text, wrong) = encoding.decode_without_bom_handling(bytes);
    if wrong || text.contains('\0') {
        return Err(ImportError::unusable(
            "the list is neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\" and send it again",
        ));
    }
    Ok(text.into_owned())
}

/// What separates the columns of the first line.
fn delimiter(text: &str) -> u8 {
    let header = text.split(['\r', '\n']).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: char| header.matches(separator).count();
    [('\t', b'\t'), (';', b';'), (',', b',')]
        .into_iter()
        .max_by_key(|(separator, _)| count(*separator))
        .map_or(b',', |(_, byte)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, ImportError> {
        let mut rows = Vec::new();
        read(bytes, |number, cells| {
            rows.push((number, cells));
            Ok(())
        })?;
        Ok(rows)
    }

    #[test]
    fn encodings_and_separators_are_found_out() {
        let plain = "工号,姓名\n1,张三\n\n2,\"李, 四\"\n";
        let expected = rows(plain.as_bytes()).unwrap();
        assert_eq!(expected[1], (2, vec!["1".to_owned(), "张三".to_owned()]));
        assert_eq!(expected[2], (4, vec!["2".to_owned(), "李, 四".to_owned()]));
        let marked = [&b"\xef\xbb\xbf"[..], plain.as_bytes()].concat();
        assert_eq!(rows(&marked).unwrap(), expected);
        for end in ["\r\n", "\r"] {
            assert_eq!(rows(plain.replace('\n', end).as_bytes()).unwrap(), expected, "{end:?}");
        }
        assert_eq!(rows(&GB18030.encode(plain).0).unwrap(), expected);
        let utf16: Vec<u8> =
            [0xfeff].into_iter().chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(rows(&utf16).unwrap(), expected);
        for separator in [";", "\t"] {
            let other = plain.replace("李, 四", "李四").replace(',', separator).replace("李四", "李, 四");
            assert_eq!(rows(other.as_bytes()).unwrap(), expected, "{separator:?}");
        }
    }

    #[test]
    fn every_record_has_a_line_of_its_own_whatever_lines_end_with() {
        let mixed = "id,name\r1,\"a\rb\r\nc\"\r\n2,d\n3,e\r\r\n4,f\r5,g";
        let numbers: Vec<usize> = rows(mixed.as_bytes()).unwrap().iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2, 5, 6, 8, 9]);
        // What separates columns is told by the first line alone.
        let old = "id,name\r1,a;b;c\r2,d;e;f\r";
        assert_eq!(rows(old.as_bytes()).unwrap()[1], (2, vec!["1".to_owned(), "a;b;c".to_owned()]));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert!(rows(b"id\x00name\n").is_err());
        assert!(rows(b"\xff\xff\xff\xff").is_err());
        assert!(rows(",".repeat(CELLS + 1).as_bytes()).unwrap().is_empty());
        assert!(rows("a,".repeat(CELLS + 1).as_bytes()).is_err());
        assert!(rows("x".repeat(CELL + 1).as_bytes()).is_err());
    }
}
