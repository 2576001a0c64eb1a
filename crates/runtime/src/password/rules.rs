//! What a password must be: long enough, and nothing that is tried first. No rule about kinds of characters: they make people
//! choose worse ones.

/// Shortest password, in characters.
const SHORTEST: usize = 10;
/// Longest password, in bytes.
const LONGEST: usize = 256;
/// Fewer different characters than this are a pattern.
const DIFFERENT: usize = 5;
/// What must be left of a password when a well-known word or the user's name is taken out.
const OWN: usize = 6;

/// What most passwords of this length are made of. Compared without case, with digits read as the letters they stand for.
const WELL_KNOWN: &[&str] = &[
    "password",
    "passwort",
    "passwd",
    "motdepasse",
    "contrasena",
    "senha",
    "wachtwoord",
    "parola",
    "haslo",
    "mima",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "qazwsx",
    "letmein",
    "iloveyou",
    "woaini",
    "welcome",
    "willkommen",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "superman",
    "batman",
    "princess",
    "sunshine",
    "shadow",
    "master",
    "trustno",
    "starwars",
    "pokemon",
    "michael",
    "charlie",
    "jennifer",
    "whatever",
    "freedom",
    "computer",
    "internet",
    "changeme",
    "default",
    "secret",
    "administrator",
    "admin",
    "operator",
    "viewer",
    "manager",
    "guest",
    "root",
    "user",
    "login",
    "access",
    "system",
    "server",
    "security",
    "camera",
    "door",
    "gate",
    "menshen",
    "sophon",
    "rabbitmq",
    "test",
    "demo",
    "example",
    "temp",
    "hello",
    "summer",
    "winter",
    "spring",
    "autumn",
];

/// What people walk along on keyboards and in alphabets.
const WALKS: [&str; 7] = [
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// Why a password keeps nobody out, in words that follow its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// It is too short or too long.
    #[error("must be {least} to {most} characters")]
    Length {
        /// The fewest characters.
        least: usize,
        /// The most.
        most: usize,
    },
    /// It has few characters, or is one text several times.
    #[error("repeats itself: choose several words instead")]
    Repeats,
    /// It is whose it is.
    #[error("is little more than the user name: choose several words instead")]
    UserName,
    /// It is walked along on a keyboard.
    #[error("is a row of keys or letters: choose several words instead")]
    Row,
    /// It is guessed first.
    #[error("is one of the first that are tried: choose several words instead")]
    WellKnown,
}

/// Whether a password keeps others out; `username` is whose it is.
///
/// # Errors
/// Why not.
pub fn check(password: &str, username: &str) -> Result<(), Weak> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(Weak::Length { least: SHORTEST, most: LONGEST });
    }
    let lower = password.to_lowercase();
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT || is_repetition(&lower) {
        return Err(Weak::Repeats);
    }
    let name = username.to_lowercase();
    if name.chars().count() >= 3 && lower.contains(&name) && left_without(&lower, &name) < OWN {
        return Err(Weak::UserName);
    }
    if without_walks(&lower) < OWN {
        return Err(Weak::Row);
    }
    let spoken = spoken(&lower);
    let well_known = WELL_KNOWN.iter().any(|word| {
        [&lower, &spoken].into_iter().any(|text| text.contains(word) && own_letters(text, word) < OWN)
    });
    if well_known {
        return Err(Weak::WellKnown);
    }
    Ok(())
}

/// Whether a text is one shorter text several times.
fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 2).any(|unit| chars.chunks(unit).all(|chunk| chars.starts_with(chunk)))
}

fn left_without(text: &str, part: &str) -> usize {
    text.replace(part, "").chars().count()
}

/// Letters left when a word is taken out: digits and signs around a well-known word add nothing.
fn own_letters(text: &str, word: &str) -> usize {
    text.replace(word, "").chars().filter(|c| c.is_alphabetic()).count()
}

/// Characters left when every piece of four or more of a walk, in either direction, is taken out.
fn without_walks(text: &str) -> usize {
    let chars: Vec<char> = text.chars().collect();
    let walks: Vec<Vec<char>> = WALKS
        .iter()
        .flat_map(|walk| [walk.chars().collect::<Vec<_>>(), walk.chars().rev().collect()])
        .collect();
    let longest = |from: usize| {
        let fits = |length: &usize| {
            let piece = chars.get(from..from + length);
            piece.is_some_and(|piece| walks.iter().any(|walk| walk.windows(*length).any(|at| at == piece)))
        };
        (4..=chars.len() - from).take_while(fits).last().unwrap_or(0)
    };
    let (mut at, mut left) = (0, 0);
    while at < chars.len() {
        let walked = longest(at);
        left += usize::from(walked == 0);
        at += walked.max(1);
    }
    left
}

/// Digits and signs as the letters they are used for.
fn spoken(text: &str) -> String {
    let letter = |c: char| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_refused() {
        for bad in [
            "short",
            "123456789",
            "Password123",
            "p4ssw0rd2026!",
            "Administrator1",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "1234567890",
            "0987654321",
            "qwertyuiop1",
            "1q2w3e4r5t6y",
            "abcdefghijkl",
            "Welcome2026!",
            "Menshen2026",
            "wang.wu.2026",
            "1212121212",
            "qazwsxedc123",
        ] {
            assert!(check(bad, "wang.wu").is_err(), "{bad}");
        }
        assert!(check(&"x y".repeat(100), "a").is_err(), "too long");
    }

    #[test]
    fn what_people_can_remember_is_accepted() {
        for good in [
            "correct horse battery",
            "front-door-test",
            "battery staple again",
            "Dörte isst gern Birnen",
            "门神守护着每一扇大门和窗户",
            "xk7mf2qpz9rt",
            "the admin of north tower",
        ] {
            assert!(check(good, "wang.wu").is_ok(), "{good}");
        }
    }
}
