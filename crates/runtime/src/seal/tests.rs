use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[test]
fn what_is_sealed_opens_under_the_same_label_and_key_only() {
    let (key, other) = (Key::of(&[1; KEY]), Key::of(&[2; KEY]));
    let sealed = key.seal(b"photo 7", b"a face").unwrap();
    assert_eq!(sealed.len(), 6 + OVERHEAD);
    assert_eq!(key.open(b"photo 7", &sealed).unwrap(), b"a face");
    assert_ne!(sealed, key.seal(b"photo 7", b"a face").unwrap(), "never twice the same");
    assert_eq!(key.open(b"photo 8", &sealed), Err(Refused));
    assert_eq!(other.open(b"photo 7", &sealed), Err(Refused));
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(key.open(b"photo 7", &altered).is_err(), "byte {at}");
        assert!(key.open(b"photo 7", &sealed[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(format!("{key:?}"), "Key");
}

#[test]
fn a_wrapped_key_opens_what_it_sealed() {
    let outer = Key::of(&[1; KEY]);
    let (inner, wrapped) = outer.fresh(b"key of 7").unwrap();
    let sealed = inner.seal(b"photo", b"a face").unwrap();
    let again = outer.unwrap(b"key of 7", &wrapped).unwrap();
    assert_eq!(again.open(b"photo", &sealed).unwrap(), b"a face");
    assert!(outer.unwrap(b"key of 8", &wrapped).is_err());
    assert!(outer.unwrap(b"key of 7", &sealed).is_err());
    assert_eq!(inner.name(b"x"), again.name(b"x"));
    assert!(inner.name(b"x") != inner.name(b"y") && inner.name(b"x") != outer.name(b"x"));
}

#[test]
fn a_key_file_is_made_once_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::at(folder.path().join("platform.key"));
    assert!(file.read().unwrap().is_none());
    let made = file.read_or_create().unwrap();
    assert_eq!(file.path().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    assert!(*file.read_or_create().unwrap() == *made);
    file.put(&made).unwrap();
    assert!(matches!(file.put(&Zeroizing::new([7; KEY])), Err(KeyFileError::Other(_))));
    assert!(*file.read().unwrap().unwrap() == *made);

    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    file.read().unwrap();
    assert_eq!(file.path().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for wrong in [&b""[..], &[1; KEY - 1], &[1; KEY + 1]] {
        std::fs::write(file.path(), wrong).unwrap();
        assert!(matches!(file.read_or_create(), Err(KeyFileError::Malformed(_))));
        assert_eq!(std::fs::read(file.path()).unwrap(), wrong, "it is left alone");
    }
}

#[test]
fn processes_that_begin_together_share_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::at(folder.path().join("platform.key"));
    let made: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..8).map(|_| scope.spawn(|| *file.read_or_create().unwrap())).collect();
        starting.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(made.iter().all(|key| *key == made[0]));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
