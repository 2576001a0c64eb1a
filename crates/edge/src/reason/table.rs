//! Every reason: a function for each, of the name that stands on the wire. A word and its values are never given another meaning.

use protocol::Code;
use serde_json::Map;

use super::{Entry, Kind, Number, Reason, Text};

macro_rules! reasons {
    ($($word:ident($($value:ident: $kind:ident),*) $code:ident $status:literal $sentence:literal;)+) => {
        $(
            #[doc = concat!("`", $sentence, "`")]
            pub(crate) fn $word($($value: impl $kind),*) -> Reason {
                static ENTRY: Entry = Entry {
                    word: stringify!($word),
                    values: &[$((stringify!($value), Kind::$kind)),*],
                    code: Code::$code,
                    status: $status,
                };
                let sentence = format!($sentence);
                #[allow(unused_mut, reason = "some have no values")]
                let mut details = Map::new();
                $(details.insert(stringify!($value).to_owned(), $value.into());)*
                Reason { entry: &ENTRY, field: None, details, sentence }
            }
        )+

        /// All of them: word and values.
        pub(crate) const ALL: &[(&str, &[(&str, Kind)])] =
            &[$((stringify!($word), &[$((stringify!($value), Kind::$kind)),*])),+];
    };
}

reasons! {
    // How a request was sent.
    no_body()                              EMPTY_REQUEST      400 "the request has no body";
    body_too_long()                        PAYLOAD_TOO_LARGE  413 "the body is too long";
    body_too_slow(seconds: Number)         BAD_REQUEST        400 "the body did not arrive within {seconds} s";
    broken_off(why: Text)                  BAD_REQUEST        400 "{why}";
    only_json(found: Text)                 CONTENT_TYPE_ERROR 415 "expected application/json, found {found}";
    status_only_json()                     CONTENT_TYPE_ERROR 415 "the status is sent as json only";
    unreadable(why: Text)                  FOG_PARAM_ERROR    400 "{why}";
    no_upgrade(why: Text)                  BAD_REQUEST        400 "{why}";
    not_json(why: Text)                    FOG_PARAM_ERROR    400 "not JSON: {why}";
    missing(expected: Text)                FOG_PARAM_ERROR    400 "expected {expected}, found nothing";
    unexpected(expected: Text, found: Text) FOG_PARAM_ERROR   400 "expected {expected}, found {found}";
    more_than(limit: Number, what: Text)   FOG_PARAM_ERROR    400 "more than {limit} {what}";
    no_such_address()                      FOG_NOT_FOUND      404 "there is nothing at this address";
    no_such_method()                       NOT_IMPLEMENTED    501 "this address does not serve this method";
    only_https()                           BAD_REQUEST        400 "this port is spoken to by https, except from the box itself";

    // Who may.
    not_logged_in()                        BAD_REQUEST        401 "log in (POST /api/v1/session), or send the token of local_api.token as \"Authorization: Bearer\"";
    wrong_credentials()                    BAD_REQUEST        401 "these credentials are wrong: log in (POST /api/v1/session), or send the token of local_api.token as \"Authorization: Bearer\"";
    session_ended()                        BAD_REQUEST        401 "this session has ended; log in again";
    wrong_password()                       BAD_REQUEST        401 "the password is wrong";
    too_many_attempts(seconds: Number)     BAD_REQUEST        429 "too many wrong attempts from this address; try again in {seconds} s";
    foreign_page()                         BAD_REQUEST        403 "a page of another origin may not do this";
    password_to_change()                   BAD_REQUEST        403 "this password was made up by the box: change it first (PUT /api/v1/session/password)";
    token_needed()                         BAD_REQUEST        403 "only whoever knows the token of local_api.token may do this";
    passwords_busy()                       SERVER_PROCESS_FAILED 503 "too many passwords are being checked, try again";
    pad_password_needed()                  BAD_REQUEST        401 "the camera's password is needed, as \"Authorization: Bearer\" or Basic, or as ?code= of a stream";
    wrong_pairing_code()                   BAD_REQUEST        401 "this code is not good, or not any more; ask for a new one";
    no_pad_here()                          BAD_REQUEST        401 "this browser is no pad; pair it with a code";
    wrong_screen_link()                    BAD_REQUEST        401 "this link is not good, or not any more";
    no_screen_here()                       BAD_REQUEST        401 "this browser is no greeting screen; open it by its link";
    sender_not_listed()                    BAD_REQUEST        401 "events are taken from the addresses of welcome.allow, and with the box's token";

    // The box itself.
    disk_full()                            SERVER_PROCESS_FAILED 507 "the disk is full: nothing was written";
    disk_nearly_full()                     SERVER_PROCESS_FAILED 507 "the disk is nearly full";
    disk_failed(why: Text)                 SERVER_PROCESS_FAILED 507 "{why}";
    failed(why: Text)                      SERVER_PROCESS_FAILED 500 "{why}";
    stopping()                             SERVER_PROCESS_FAILED 500 "the box is stopping";
    busy_with_changes()                    SERVER_PROCESS_FAILED 500 "the box is still busy with earlier changes; nothing was done, try again";
    goes_on()                              SERVER_PROCESS_FAILED 500 "this takes longer than a connection waits; it goes on and needs no second request: ask later";
    too_many_listeners()                   SERVER_PROCESS_FAILED 503 "as many as may follow the events do so already; close another listener";
    too_many_viewers()                     SERVER_PROCESS_FAILED 503 "as many as may watch cameras of this box do so already; close another view";
    too_many_watching_screens()            SERVER_PROCESS_FAILED 503 "as many greeting screens as may look do so already; close another";

    // What is wrong with a value.
    empty()                                FOG_PARAM_ERROR    400 "is empty";
    empty_name()                           GROUP_NAME_ERROR   409 "a name may not be empty";
    long_name(limit: Number)               GROUP_NAME_ERROR   409 "a name has at most {limit} characters";
    commas_in_name()                       GROUP_NAME_ERROR   409 "a name has no commas and no control characters";
    at_most(limit: Number)                 FOG_PARAM_ERROR    400 "at most {limit}";
    at_most_bytes(limit: Number)           FOG_PARAM_ERROR    400 "at most {limit} bytes";
    at_most_seconds(limit: Number)         FOG_PARAM_ERROR    400 "at most {limit} seconds";
    at_most_characters(limit: Number)      FOG_PARAM_ERROR    400 "at most {limit} characters";
    at_most_plain_characters(limit: Number) FOG_PARAM_ERROR   400 "at most {limit} characters, no control characters";
    at_most_one_line(limit: Number)        FOG_PARAM_ERROR    400 "at most {limit} characters, in one line";
    characters_between(least: Number, most: Number) FOG_PARAM_ERROR 400 "{least} to {most} characters";
    too_long(text: Text, limit: Number)    FOG_PARAM_ERROR    400 "\"{text}…\" is too long; at most {limit} characters";
    each_once()                            FOG_PARAM_ERROR    400 "each once";
    not_one_of(found: Text, known: Text)   FOG_PARAM_ERROR    400 "\"{found}\" is not one of {known}";
    not_between(found: Number, least: Number, most: Number) FOG_PARAM_ERROR 400 "{found} is not between {least} and {most}";
    reserved_key(key: Text)                FOG_PARAM_ERROR    400 "must not have {key}";
    not_of_this_list(found: Text)          FOG_PARAM_ERROR    400 "\"{found}\" is not what an earlier page or this document gave";
    not_a_number()                         FOG_PARAM_ERROR    400 "expected a number";
    not_a_web_address()                    FOG_PARAM_ERROR    400 "expected http://host[:port]/path or https://…";
    not_a_stream_address()                 FOG_PARAM_ERROR    400 "expected rtsp://host[:port]/path or rtsps://…";
    account_in_address()                   FOG_PARAM_ERROR    400 "the account belongs into user and password";
    password_without_user()                FOG_PARAM_ERROR    400 "a password without user";
    bad_header(name: Text)                 FOG_PARAM_ERROR    400 "{name} is no header, or its value cannot be sent";
    licence_key_shape(limit: Number)       FOG_PARAM_ERROR    400 "a licence key has at most {limit} characters and no blanks";
    pairing_needed()                       FOG_PARAM_ERROR    400 "\"mq\" needs a licence key and a login URL; set them first with /SophonMQ/api/DevSno and LoginUrl";
    secret_not_set()                       FOG_PARAM_ERROR    400 "\"(set)\" means the secret that is set, and none is set for this address; type it";
    password_unchanged()                   FOG_PARAM_ERROR    400 "is the old one";
    password_length(least: Number, most: Number) FOG_PARAM_ERROR 400 "must be {least} to {most} characters";
    password_repeats()                     FOG_PARAM_ERROR    400 "repeats itself: choose several words instead";
    password_is_the_name()                 FOG_PARAM_ERROR    400 "is little more than the user name: choose several words instead";
    password_is_a_row()                    FOG_PARAM_ERROR    400 "is a row of keys or letters: choose several words instead";
    password_is_common()                   FOG_PARAM_ERROR    400 "is one of the first that are tried: choose several words instead";

    // People, groups and libraries.
    no_person(id: Text)                    ID_NOT_FOUND       404 "there is no person \"{id}\" on this box";
    no_photo(id: Text)                     ID_NOT_FOUND       404 "there is no photo of person \"{id}\" on this box";
    nobody_moved(id: Text)                 ID_NOT_FOUND       404 "there is no person \"{id}\" on this box; nobody was moved";
    person_exists(id: Text)                IDENTITY_EXISTS    409 "person \"{id}\" exists already; send ignore_exist to update";
    no_library(name: Text)                 FOG_NOT_FOUND      404 "there is no library called \"{name}\"";
    library_exists(name: Text)             GROUP_NAME_ERROR   409 "there is a library called \"{name}\" already";
    no_more_libraries(name: Text)          GROUP_LENGTH_ERROR 400 "this box keeps no more of them: library \"{name}\"";
    library_full(people: Number)           GROUP_LENGTH_ERROR 400 "the library is full: it holds {people} people";
    no_group(name: Text)                   FOG_NOT_FOUND      404 "there is no permission group called \"{name}\"";
    no_group_yet(name: Text)               FOG_NOT_FOUND      404 "there is no permission group \"{name}\"; create it, or send create_no_exit_permission with a new person";
    group_exists(name: Text)               GROUP_NAME_ERROR   409 "there is a permission group called \"{name}\" already";
    no_more_groups()                       GROUP_LENGTH_ERROR 400 "this box keeps no more permission groups";
    default_group_stays()                  GROUP_NAME_ERROR   409 "permission group \"0\" always exists";

    // Photos.
    photo_needed()                         IMAGE_ERROR        400 "a new person needs a photo";
    photo_unreadable(why: Text)            IMAGE_ERROR        400 "{why}";
    photo_too_large(why: Text)             IMAGE_TOO_LARGE    413 "{why}";
    photo_without_face(why: Text)          NO_FACE            400 "{why}";
    face_too_small(why: Text)              FACE_TOO_SMALL     400 "{why}";
    photo_too_poor(why: Text)              LOW_QUALITY        400 "{why}";
    photo_refused(why: Text)               FOG_PARAM_ERROR    400 "{why}";
    nothing_to_compare()                   FOG_PARAM_ERROR    400 "this person has no registration photo to compare it with";
    somebody_else(found: Number, needed: Number) BAD_FEATURE  400 "the photo does not resemble the registration photo ({found:.3} of {needed:.3}); it shows somebody else";
    too_many_photos(limit: Number)         FOG_PARAM_ERROR    400 "the person has {limit} further photos already; remove one first";
    no_further_photo(number: Number)       FOG_NOT_FOUND      404 "this person has no further photo {number}";

    // Cameras and doors.
    no_camera(name: Text)                  FOG_NOT_FOUND      404 "there is no camera called \"{name}\"";
    camera_exists(name: Text)              FOG_PARAM_ERROR    400 "there is a camera called \"{name}\" already";
    address_taken(address: Text, camera: Text) FOG_PARAM_ERROR 400 "{address} is the address of camera \"{camera}\"; give this one another";
    too_many_cameras(limit: Number)        FOG_PARAM_ERROR    400 "this box has {limit} cameras already";
    camera_in_file(camera: Text)           FOG_PARAM_ERROR    400 "camera \"{camera}\" is written in the configuration file; change it there";
    camera_keeps_its_name()                FOG_PARAM_ERROR    400 "a camera keeps its name; remove it and add another";
    needed_by(kind: Text)                  FOG_PARAM_ERROR    400 "a camera of kind {kind} needs one";
    not_a_pads_type(found: Number)         FOG_PARAM_ERROR    400 "{found} is not what a pad is: 0 gate, 4 door";
    boxs_own_directory(path: Text, how: Text) FOG_PARAM_ERROR 400 "{path} {how} the box's own directory (data_dir), whose files a camera must not touch; give it another folder";
    only_streams_are_tried()               FOG_PARAM_ERROR    400 "only network cameras (rtsp) can be tried: all others call the box";
    trial_busy()                           FOG_PARAM_ERROR    400 "another camera is being tried right now";
    scan_busy()                            FOG_PARAM_ERROR    400 "somebody else is looking right now";
    scan_failed(why: Text)                 FOG_PARAM_ERROR    400 "{why}";
    account_needed()                       FOG_PARAM_ERROR    400 "the camera tells its streams only to those who have an account";
    device_not_added(address: Text, why: Text) FOG_PARAM_ERROR 400 "the device at {address} cannot be added: {why}";
    no_picture_yet(camera: Text)           FOG_NOT_FOUND      404 "camera \"{camera}\" has delivered no picture since the box was started";
    no_door(camera: Text)                  FOG_NOT_FOUND      404 "camera \"{camera}\" has no door";
    relay_opens_the_door(relay: Number)    FOG_PARAM_ERROR    400 "relay {relay} opens the door";
    too_many_relays(limit: Number)         FOG_PARAM_ERROR    400 "{limit} relays are in use already";
    no_keeping_open(value: Number)         NOT_IMPLEMENTED    501 "{value}, keep open, is not supported";
    relay_order(why: Text)                 FOG_PARAM_ERROR    400 "{why}";
    relays_failed(failed: Number, count: Number, why: Text) REMOTE_SERVER_FAILED 502 "{failed} of {count} actions failed: {why}";

    // Pads and screens.
    not_a_pad(camera: Text)                FOG_PARAM_ERROR    400 "camera \"{camera}\" is no pad; add one of kind \"pad\"";
    no_terminal(camera: Text, id: Text)    FOG_NOT_FOUND      404 "camera \"{camera}\" has no terminal {id}";
    too_many_streams()                     SERVER_PROCESS_FAILED 503 "this pad has too many streams; close one";
    pad_busy()                             SERVER_PROCESS_FAILED 503 "this pad has pictures on their way already; wait for their answers";
    capture_left(why: Text)                SERVER_PROCESS_FAILED 503 "{why}";
    capture_unreadable(why: Text)          IMAGE_ERROR        422 "{why}";
    capture_too_slow(seconds: Number)      BAD_REQUEST        408 "the picture did not arrive within {seconds} seconds";
    capture_too_large(limit: Number)       IMAGE_TOO_LARGE    413 "a picture may have {limit} bytes at most";
    no_picture()                           EMPTY_REQUEST      400 "the request has no picture";
    too_many_keys(count: Number)           IDENTITY_EXISTS    409 "there are {count} of them already; take back those that are not used any more";
    no_link(id: Text)                      FOG_NOT_FOUND      404 "there is no link {id}";
    picture_gone()                         FOG_NOT_FOUND      404 "this picture is not kept (any more)";
    no_piece(id: Text)                     FOG_NOT_FOUND      404 "there is no piece {id}";
    other_media(kind: Text, expected: Text) CONTENT_TYPE_ERROR 415 "a {kind} is {expected}; this file is something else";
    too_many_pieces(limit: Number)         PAYLOAD_TOO_LARGE  413 "there are {limit} pieces already; remove one first";
    piece_too_large(kind: Text, limit: Number) PAYLOAD_TOO_LARGE 413 "a {kind} may have {limit} bytes at most here";
    upload_busy()                          SERVER_PROCESS_FAILED 503 "another file is being uploaded; try again when it is there";
    upload_broke_off(why: Text)            BAD_REQUEST        400 "the file did not arrive whole: {why}";

    // Events.
    no_event(id: Text)                     FOG_NOT_FOUND      404 "event {id} is not kept (any more)";
    no_event_photo(id: Text, name: Text)   FOG_NOT_FOUND      404 "event {id} has no {name} photo";
    unknown_event_photo(name: Text)        FOG_NOT_FOUND      404 "an event has the photos spot and registration, not \"{name}\"";

    // Pairing with a platform.
    pairing_link_shape()                   FOG_PARAM_ERROR    400 "the link must look like http://platform:8080/pair/ABCD-EFGH-JKMN-PQRS; copy it whole";
    pairing_link_unusable(why: Text)       FOG_PARAM_ERROR    400 "{why}";
    paired_already(dev_sno: Text, platform: Text) IDENTITY_EXISTS 409 "this box is paired already: it is {dev_sno} at {platform}; to give it to another platform, replace that on purpose (--replace)";
    platform_unreachable(why: Text)        REMOTE_SERVER_FAILED 502 "{why}; nothing has changed, try again";
    pairing_refused(why: Text)             REMOTE_DATA_FAILED 502 "{why}";
    no_pairing_platform()                  REMOTE_DATA_FAILED 502 "what answers there is no platform that pairs boxes; check the link";
}
