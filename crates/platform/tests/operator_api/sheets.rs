//! Lists as workbooks: the cells spreadsheets make of ids and dates, and workbooks that are larger than they look.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::harness::Platform;
use crate::imports::{import, rows};

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PARTS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
/// Style 1 is a date, style 2 a date with a time.
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="3">
<xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>"#;

/// A workbook of one sheet with these rows, and further parts as `more` writes them.
fn workbook(sheet_rows: &str, more: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet_rows}</sheetData></worksheet>"#
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", PARTS),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/sheet1.xml", &sheet),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    more(&mut zip);
    zip.finish().unwrap().into_inner()
}

fn text(at: &str, words: &str) -> String {
    format!(r#"<c r="{at}" t="inlineStr"><is><t>{words}</t></is></c>"#)
}

fn number(at: &str, style: u8, value: &str) -> String {
    format!(r#"<c r="{at}" s="{style}"><v>{value}</v></c>"#)
}

fn row(number: usize, cells: &[String]) -> String {
    format!(r#"<row r="{number}">{}</row>"#, cells.concat())
}

fn headers() -> String {
    row(
        1,
        &[text("A1", "identity_id"), text("B1", "name"), text("C1", "valid_from"), text("D1", "valid_until")],
    )
}

#[tokio::test]
async fn ids_and_dates_are_what_they_look_like_in_the_sheet() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let sheet = [
        headers(),
        row(
            2,
            &[
                number("A2", 0, "1001"),
                text("B2", "张三"),
                number("C2", 2, "46082.354166666664"),
                number("D2", 1, "47848"),
            ],
        ),
        // Spreadsheets keep numbers as floats, long ones in powers of ten.
        row(3, &[number("A3", 0, "1.23456789012345E14"), text("B3", "Li Si")]),
        row(4, &[text("A4", "0007"), text("B4", "Wang Wu"), text("D4", "2030-12-31")]),
        row(5, &[text("A5", "8"), text("B5", "Zhao Liu"), number("D5", 0, "12")]),
        // A sheet may skip lines and leave cells out.
        row(9, &[text("B9", "nobody")]),
    ];
    let done = import(&admin, "", workbook(&sheet.concat(), |_| {})).await;
    assert_eq!(
        (&done["state"], &done["total"], &done["failed"]),
        (&json!("done"), &json!(5), &json!(2)),
        "{done}"
    );
    let person = admin.get("/api/v1/people/1001").await.expect(200);
    assert_eq!(
        (&person["name"], &person["valid_from"], &person["valid_until"]),
        (&json!("张三"), &json!(1_772_353_800_000_i64), &json!(1_924_992_000_000_i64)),
        "{person}"
    );
    assert_eq!(admin.get("/api/v1/people/123456789012345").await.expect(200)["name"], "Li Si");
    let typed = admin.get("/api/v1/people/0007").await.expect(200);
    assert_eq!(typed["valid_until"], person["valid_until"], "a date that is typed means the same");
    let failed = rows(&admin, &done, "state=failed").await;
    assert!(failed[0].2.contains("\"12\" is no date"), "a number is no date: {failed:?}");
    assert!(failed[1].2.contains("identity_id"), "{failed:?}");
}

#[tokio::test]
async fn a_sheet_whose_lines_fall_or_hold_what_cannot_be_kept_is_refused() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let named = |line: usize, name: &str| {
        row(line, &[text(&format!("A{line}"), &line.to_string()), text(&format!("B{line}"), name)])
    };
    let falling = [headers(), named(2, "Li Si"), named(3, "Wang Wu"), named(2, "Zhao Liu")].concat();
    let nul = [headers(), named(2, "Li_x0000_Si")].concat();
    for (rows, expected) in [(falling, "line 2 comes after line 3"), (nul, "the character NUL")] {
        let failed = import(&admin, "", workbook(&rows, |_| {})).await;
        let message = failed["message"].as_str().unwrap_or_default();
        assert!(failed["state"] == "failed" && message.contains(expected), "{expected}: {failed}");
    }
    let done = import(&admin, "", workbook(&[headers(), named(2, "Li Si")].concat(), |_| {})).await;
    assert_eq!(done["done"], json!(1), "{done}");
}

#[tokio::test]
async fn a_workbook_that_is_larger_than_it_looks_is_refused() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let far = |at: &str, line: usize| workbook(&(headers() + &row(line, &[text(at, "x")])), |_| {});
    let parts = workbook(&headers(), |zip| {
        for part in 0..2_000 {
            zip.start_file(format!("xl/media/{part}.xml"), SimpleFileOptions::default()).unwrap();
        }
    });
    let bomb = workbook(&headers(), |zip| {
        zip.start_file("xl/media/zeros.xml", SimpleFileOptions::default()).unwrap();
        let zeros = vec![0; 1 << 20];
        (0..257).for_each(|_| zip.write_all(&zeros).unwrap());
    });
    assert!(bomb.len() < 2 << 20, "{} bytes", bomb.len());
    let broken = workbook("<row r=\"1\"><c r=\"A1\"><v>", |_| {});
    for (file, expected) in [
        (far("A9999999", 9_999_999), "too far out"),
        (far("XFD2", 2), "too far out"),
        (parts, "too many parts"),
        (bomb, "once decompressed"),
        (broken, "cannot be read"),
    ] {
        let done = import(&admin, "", file).await;
        let told = done["message"].as_str().unwrap_or_default();
        assert!(done["state"] == "failed" && told.contains(expected), "{expected}: {done}");
        assert_ne!(done["total"], Value::Null);
    }
}
