use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::harness::{Platform, User, eventually, portraits};

const IMPORTS: &str = "/api/v1/people/imports";

/// Sends a file and waits until everything is worked off.
pub(crate) async fn import(admin: &User, query: &str, file: Vec<u8>) -> Value {
    let begun = admin.post_bytes(&format!("{IMPORTS}?time_zone=UTC&{query}"), file).await.expect(201);
    finished(admin, begun["id"].as_str().unwrap()).await
}

async fn finished(admin: &User, id: &str) -> Value {
    let begun = Instant::now();
    loop {
        let import = admin.get(&format!("{IMPORTS}/{id}")).await.expect(200);
        if import["finished_at"].is_i64() {
            return import;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{import}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A file as it comes, its mark included.
async fn download(user: &User, path: &str) -> String {
    String::from_utf8(user.raw(path).await.bytes().await.unwrap().to_vec()).unwrap()
}

/// State, outcome and reason of each row.
pub(crate) async fn rows(admin: &User, import: &Value, query: &str) -> Vec<(String, String, String)> {
    let id = import["id"].as_str().unwrap();
    let page = admin.get(&format!("{IMPORTS}/{id}/rows?{query}")).await.expect(200);
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|row| (text(row, "identity_id"), text(row, "outcome"), text(row, "reason"))).collect()
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The folders of imports a process has files in.
fn folders(platform: &Platform) -> Vec<std::path::PathBuf> {
    let found = std::fs::read_dir(platform.folder.path().join("data/imports")).into_iter().flatten();
    found.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

#[tokio::test]
async fn processes_with_folders_of_their_own_leave_each_other_s_imports_alone() {
    let one = Platform::start().await;
    let other = one.elsewhere().await;
    let admin = one.admin().await;
    let there = User { base: other.base.clone(), ..admin.clone() };
    // Begun at one and the other at the same time, by turns: each is worked off by whoever has it.
    for round in 0..4 {
        for user in [&admin, &there] {
            let list = format!("identity_id,name\n{round}{},Zhang San\n", u8::from(user.base == there.base));
            let done = import(user, "", list.into_bytes()).await;
            assert_eq!((&done["state"], &done["message"]), (&json!("done"), &Value::Null), "{done}");
        }
    }
    let photos = zipped(&[("1.jpg", b"\xff\xd8\xff and so on")]);
    let begun = admin.post_bytes(&format!("{IMPORTS}?more=true"), photos.clone()).await.expect(201);
    let path = format!("{IMPORTS}/{}", begun["id"].as_str().unwrap());
    assert_eq!(folders(&one).len(), 1);
    let added = there.post_bytes(&format!("{path}/files?more=true"), photos).await;
    if one.database().is_some() {
        // Where processes share a database, any of them has what the others received.
        added.expect(200);
        assert_eq!(folders(&other).len(), 1);
    } else {
        // Its further files belong where the first is.
        let refused = added.refused(409);
        assert!(refused.1.contains("another process"), "{refused:?}");
    }
    // Cancelled at the other, its unsealed files go at the one.
    there.post(&format!("{path}/cancel"), Value::Null).await.expect(200);
    eventually(async || folders(&one).is_empty().then_some(())).await;
    eventually(async || folders(&other).is_empty().then_some(())).await;
}

#[tokio::test]
async fn what_only_a_lost_process_has_is_given_up_after_a_day() {
    let one = Platform::start().await;
    let admin = one.admin().await;
    let begun =
        admin.post_bytes(&format!("{IMPORTS}?more=true"), b"identity_id\n1\n".to_vec()).await.expect(201);
    let id = begun["id"].as_str().unwrap();
    // The copies first: whoever saw the import running would take it over with them.
    one.tamper("DELETE FROM import_file").await;
    let lost =
        "UPDATE person_import SET place = 'lost', state = 'running', updated_at = updated_at - 90000000";
    assert_eq!(one.tamper(lost).await, 1);
    let one = one.restart().await;
    let admin = one.admin().await;
    let given_up = finished(&admin, id).await;
    assert_eq!(given_up["state"], "failed");
    assert!(given_up["message"].as_str().unwrap().contains("send them again"), "{given_up}");
    eventually(async || folders(&one).is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_list_is_imported_and_what_failed_can_be_corrected_and_sent_again() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    admin.post("/api/v1/groups", json!({"name": "仓库"})).await.expect(201);
    let list = "工号,姓名,类型,部门,权限组,有效期,鞋码\r\n\
                1001,张三,员工,生产部,仓库;0,2026-01-01~2030-12-31,42\r\n\
                1002,李四,visitor,,,,\r\n\
                1003,,员工,,,,\r\n\
                1004,王五,boss,,,,\r\n\
                1005,赵六,,,车间,,\r\n\
                1002,孙七,,,,,\r\n\
                10/6,周八,,,,someday,\r\n";
    let done = import(&admin, "", list.as_bytes().to_vec()).await;
    assert_eq!(
        (&done["state"], &done["total"], &done["done"], &done["failed"]),
        (&json!("done"), &json!(7), &json!(2), &json!(5)),
        "{done}"
    );
    assert_eq!(done["ignored_columns"], json!(["鞋码"]));
    let person = admin.get("/api/v1/people/1001").await.expect(200);
    assert_eq!(
        (&person["name"], &person["type"], &person["department"], &person["groups"]),
        (&json!("张三"), &json!(1), &json!("生产部"), &json!(["0", "1"]))
    );
    assert_eq!(
        (&person["valid_from"], &person["valid_until"]),
        (&json!(1_767_225_600_000_i64), &json!(1_924_992_000_000_i64))
    );

    let failed = rows(&admin, &done, "state=failed").await;
    for (at, (id, words)) in
        [("1003", "name"), ("1004", "VIP"), ("1005", "车间"), ("1002", "line 3"), ("10/6", "identity_id")]
            .iter()
            .enumerate()
    {
        assert!(failed[at].0 == *id && failed[at].2.contains(words), "{:?}", failed[at]);
    }
    let id = done["id"].as_str().unwrap();
    let download = download(&admin, &format!("{IMPORTS}/{id}/failed.csv")).await;
    assert_eq!(download.lines().count(), 6, "{download}");
    assert!(download.starts_with("\u{feff}工号,姓名,类型,部门,权限组,有效期,鞋码,reason"), "{download}");

    let corrected = download.replace("1003,,", "1003,吴九,").replace("boss", "贵宾").replace("车间", "仓库");
    let again = import(&admin, "existing=fail", corrected.into_bytes()).await;
    assert_eq!((&again["done"], &again["failed"]), (&json!(3), &json!(2)), "{again}");
    assert_eq!(admin.get("/api/v1/people/1004").await.expect(200)["type"], 5);
    assert_eq!(rows(&admin, &again, "state=failed&limit=1").await[0].2, "there is a person \"1002\" already");

    assert_eq!(admin.delete(&format!("{IMPORTS}/{id}")).await.status, 204);
    let told = admin.get(&format!("/api/v1/audit?subject={id}")).await.expect(200);
    let deeds: Vec<_> = told["items"].as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(deeds, ["import.delete", "import.export", "import.finish", "person.import", "import.create"]);
    assert_eq!(admin.get(&format!("{IMPORTS}/{id}")).await.status, 404);
    assert_eq!(admin.get("/api/v1/people/1001").await.status, 200);
}

#[tokio::test]
async fn existing_people_are_updated_skipped_or_refused_and_a_trial_changes_nothing() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let first = "id;name;tags;info.phone\n1;Wang Wu;a|b;1380\n2;Li Si;;\n";
    assert_eq!(rows(&admin, &import(&admin, "dry_run=true", first.into()).await, "").await[0].1, "created");
    assert_eq!(admin.get("/api/v1/people").await.expect(200)["items"], json!([]));
    import(&admin, "", first.into()).await;

    let second = "id;name;tags;info.phone\n1;;-;\n2;Li Sisi;;\n3;Zhao;;\n";
    let outcomes = async |query: &str| {
        let done = import(&admin, query, second.into()).await;
        rows(&admin, &done, "").await.into_iter().map(|row| row.1).collect::<Vec<_>>()
    };
    assert_eq!(outcomes("dry_run=true&existing=skip").await, ["skipped", "skipped", "created"]);
    assert_eq!(outcomes("existing=fail&dry_run=true").await, ["", "", "created"]);
    assert_eq!(outcomes("").await, ["updated", "updated", "created"]);
    assert_eq!(outcomes("").await, ["unchanged", "unchanged", "unchanged"]);
    let person = admin.get("/api/v1/people/1").await.expect(200);
    assert_eq!(
        (&person["name"], &person["tags"], &person["info"]),
        (&json!("Wang Wu"), &json!([]), &json!({"phone": "1380"}))
    );
}

#[tokio::test]
async fn files_that_are_no_lists_fail_with_the_reason() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (file, words) in [
        (b"name,type\nWang Wu,1\n".to_vec(), "identity_id"),
        (b"\x00\x01\x02\xff".to_vec(), "CSV UTF-8"),
        (b"PK\x03\x04 cut off".to_vec(), "zip"),
        (b"\n \n".to_vec(), "empty"),
        (zipped(&[("a.csv", b"id\n1\n"), ("b.csv", b"id\n1\n")]), "several lists"),
        (zipped(&[("a.csv", &zipped(&[("b.csv", b"id\n1\n")]))]), "archive"),
    ] {
        let failed = import(&admin, "", file).await;
        let message = failed["message"].as_str().unwrap_or_default();
        assert!(failed["state"] == "failed" && message.contains(words), "{words}: {failed}");
    }
    assert_eq!(admin.post_bytes(IMPORTS, Vec::new()).await.refused(422).0, "invalid");
    assert_eq!(
        admin.post_bytes(&format!("{IMPORTS}?existing=burn"), b"id\n1\n".to_vec()).await.refused(422).0,
        "invalid"
    );
    assert_eq!(
        admin.post_bytes(&format!("{IMPORTS}?time_zone=Mars"), b"id\n1\n".to_vec()).await.refused(422).0,
        "invalid"
    );
    let template = download(&admin, &format!("{IMPORTS}/template.csv")).await;
    let done = import(&admin, "dry_run=true", template.into_bytes()).await;
    assert_eq!((&done["done"], &done["failed"]), (&json!(1), &json!(0)), "{done}");
    // No files are left behind; those of an import that failed go once that is told.
    eventually(async || folders(&platform).is_empty().then_some(())).await;
}

#[tokio::test]
async fn an_import_that_cannot_be_worked_on_fails_and_keeps_no_other_from_its_turn() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let odd = import(&admin, "", b"id,name\r1,Wang Wu\r2,Li Si\r".to_vec()).await;
    assert_eq!((&odd["state"], &odd["done"]), (&json!("done"), &json!(2)), "{odd}");
    // Nobody can read its rows any more, and it is the first to be worked on.
    platform.tamper("UPDATE person_import_row SET state = 'waiting', cells = '{}'").await;
    assert_eq!(platform.tamper("UPDATE person_import SET state = 'running', finished_at = NULL").await, 1);
    let next = import(&admin, "", b"id,name\n3,Zhao Liu\n".to_vec()).await;
    assert_eq!((&next["state"], &next["done"]), (&json!("done"), &json!(1)), "{next}");
    let failed = finished(&admin, odd["id"].as_str().unwrap()).await;
    let message = failed["message"].as_str().unwrap_or_default();
    assert!(failed["state"] == "failed" && message.contains("a fault of ours"), "{failed}");
}

#[tokio::test]
async fn an_import_waits_for_its_list_and_can_be_cancelled() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let photos = zipped(&[("1.jpg", b"no picture")]);
    let begun = admin.post_bytes(&format!("{IMPORTS}?more=true"), photos).await.expect(201);
    let id = begun["id"].as_str().unwrap();
    assert_eq!(begun["state"], "receiving");
    assert_eq!(admin.delete(&format!("{IMPORTS}/{id}")).await.refused(409).0, "conflict");
    let cancelled = admin.post(&format!("{IMPORTS}/{id}/cancel"), json!({})).await.expect(200);
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(admin.post(&format!("{IMPORTS}/{id}/cancel"), json!({})).await.refused(409).0, "conflict");
    let late = admin.post_bytes(&format!("{IMPORTS}/{id}/files"), b"id\n1\n".to_vec()).await;
    assert_eq!(late.refused(409).0, "conflict");
    let listed = admin.get(IMPORTS).await.expect(200);
    assert_eq!(listed["items"][0]["id"], id);
    assert_eq!(admin.post_bytes(&format!("{IMPORTS}/none/files"), b"id\n1\n".to_vec()).await.status, 404);
}

#[tokio::test]
async fn hundreds_of_rows_survive_a_restart_and_are_exported_and_read_again() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let mut list = "identity_id,name,department,tags,valid_until,info.note\n".to_owned();
    for n in 0..600 {
        list.push_str(&format!(
            "e{n:04},=Name {n},Department {},\"t{}, all\",2030-12-31,+{n}\n",
            n % 3,
            n % 2
        ));
    }
    let begun = admin.post_bytes(&format!("{IMPORTS}?time_zone=UTC"), list.into_bytes()).await.expect(201);
    let id = begun["id"].as_str().unwrap().to_owned();

    // The process stops in the middle, or before, or after: the outcome is the same.
    let platform = platform.restart().await;
    let admin = platform.admin().await;
    let done = finished(&admin, &id).await;
    assert_eq!(
        (&done["state"], &done["done"], &done["failed"]),
        (&json!("done"), &json!(600), &json!(0)),
        "{done}"
    );
    assert_eq!(admin.get("/api/v1/stats").await.expect(200)["people"], 600);
    let tags = admin.get("/api/v1/people/tags").await.expect(200);
    assert_eq!(tags["items"][0], json!({"tag": "all", "people": 600}));

    let list = download(&admin, "/api/v1/people/export?bom=true").await;
    assert_eq!(list.lines().count(), 601);
    assert!(
        list.starts_with('\u{feff}')
            && list.contains("\ne0007,'=Name 7,1,Department 1,0,\"all;t1\",-,2031-01-01T00:00:00Z,,"),
        "{}",
        &list[..400]
    );
    let again = import(&admin, "existing=update", list.clone().into_bytes()).await;
    assert_eq!((&again["done"], &again["failed"]), (&json!(600), &json!(0)), "{again}");
    assert!(rows(&admin, &again, "limit=500").await.iter().all(|row| row.1 == "unchanged"));
    let part = download(&admin, "/api/v1/people/export?tag=t1&search=e000").await;
    assert_eq!(part.lines().count(), 1 + 5);

    // Into an empty platform, the same people come out as went in.
    let other = Platform::start().await;
    let there = other.admin().await;
    assert_eq!(import(&there, "", list.clone().into_bytes()).await["done"], 600);
    assert_eq!(download(&there, "/api/v1/people/export?bom=true").await, list);
}

#[tokio::test]
async fn photos_that_come_later_change_nobody_who_was_skipped_and_bring_nobody_back() {
    let platform = Platform::start_with_models().await;
    let admin = platform.admin().await;
    let [first, second] = portraits();
    import(&admin, "", b"id,name\n1,Wang Wu\n".to_vec()).await;
    let list = b"id,name\n1,Somebody Else\n2,Li Si\n3,Zhao Liu\n".to_vec();
    let done = import(&admin, "existing=skip", list).await;
    let outcomes: Vec<_> = rows(&admin, &done, "").await.into_iter().map(|row| row.1).collect();
    assert_eq!(outcomes, ["skipped", "created", "created"]);
    admin.delete("/api/v1/people/2").await.expect(200);

    let id = done["id"].as_str().unwrap();
    let later = zipped(&[("1.jpg", &first), ("2.jpg", &second), ("3.jpg", &first)]);
    admin.post_bytes(&format!("{IMPORTS}/{id}/files"), later).await.expect(200);
    let done = finished(&admin, id).await;
    assert_eq!((&done["done"], &done["failed"]), (&json!(2), &json!(1)), "{done}");
    let found = rows(&admin, &done, "").await;
    assert_eq!((found[0].1.as_str(), found[2].1.as_str()), ("skipped", "created"), "{found:?}");
    assert_eq!(found[1].2, "the person was removed since");
    assert_eq!(admin.get("/api/v1/people/2").await.status, 404);
    assert_eq!(admin.get("/api/v1/people/1").await.expect(200)["name"], "Wang Wu");
    let pictured = admin.get("/api/v1/people?photo=true").await.expect(200);
    let ids: Vec<_> = pictured["items"].as_array().unwrap().iter().map(|one| &one["identity_id"]).collect();
    assert_eq!(ids, ["3"]);
}

#[tokio::test]
async fn photos_come_with_the_list_or_later_and_refused_ones_say_why() {
    let platform = Platform::start_with_models().await;
    let admin = platform.admin().await;
    let [first, second] = portraits();
    let list = "id,name,photo\n1,Wang Wu,\n2,Li Si,photos/second.JPG\n3,Zhao,\n4,Qian,missing.jpg\n5,Sun,text.jpg\n6,Zhou,\n";
    let archive = zipped(&[
        ("list.csv", list.as_bytes()),
        ("photos/1.JPG", &first),
        ("photos/second.jpg", &second),
        ("text.jpg", b"no picture"),
        ("a/6.jpg", &first),
        ("b/6.jpg", &second),
        ("photos/nobody.jpg", &first),
    ]);
    let done = import(&admin, "", archive).await;
    assert_eq!(
        (&done["done"], &done["failed"], &done["photos"], &done["photos_unmatched"]),
        (&json!(3), &json!(3), &json!(6), &json!(3)),
        "{done}"
    );
    let (with, failed) = (rows(&admin, &done, "state=done").await, rows(&admin, &done, "state=failed").await);
    assert_eq!([&with[0].2, &with[1].2], ["", ""], "they look like nobody");
    assert!(with[2].2.contains("no file named 3.jpg"), "{with:?}");
    for (row, words) in failed.iter().zip(["missing.jpg", "IMAGE_ERROR", "several files"]) {
        assert!(row.2.contains(words), "{row:?}");
    }
    assert_eq!(admin.raw("/api/v1/people/1/photo").await.bytes().await.unwrap(), first);
    assert_eq!(
        admin.get("/api/v1/people?photo=true").await.expect(200)["items"].as_array().unwrap().len(),
        2
    );
    // A refused row changes nothing.
    assert_eq!(admin.get("/api/v1/people/5").await.status, 404);

    let id = done["id"].as_str().unwrap();
    let later = zipped(&[("3.jpg", &second), ("text.jpg", &first)]);
    admin.post_bytes(&format!("{IMPORTS}/{id}/files"), later).await.expect(200);
    let done = finished(&admin, id).await;
    assert_eq!((&done["done"], &done["failed"], &done["files"]), (&json!(4), &json!(2), &json!(2)), "{done}");
    assert_eq!(admin.raw("/api/v1/people/3/photo").await.bytes().await.unwrap(), second);
    let with = rows(&admin, &done, "state=done").await;
    let same = ["3", "5"].map(|id| with.iter().find(|row| row.0 == id).unwrap().2.as_str());
    assert_eq!(same, ["may be the same person as 2", "may be the same person as 1"]);

    let told = admin.get("/api/v1/audit?action=photo.import").await.expect(200);
    let people: Vec<_> =
        told["items"].as_array().unwrap().iter().map(|row| row["detail"]["people"].clone()).collect();
    assert_eq!(people, [json!(["3", "5"]), json!(["1", "2"])]);

    let archive = admin.raw("/api/v1/people/export?format=zip").await.bytes().await.unwrap().to_vec();
    let other = Platform::start_with_models().await;
    let there = other.admin().await;
    let done = import(&there, "", archive).await;
    assert_eq!(
        (&done["done"], &done["failed"], &done["photos_unmatched"]),
        (&json!(4), &json!(0), &json!(0)),
        "{done}"
    );
    assert_eq!(there.raw("/api/v1/people/5/photo").await.bytes().await.unwrap(), first);
}
