//! Face libraries, and who is in them.

use axum::extract::State;
use axum::response::Response;
use protocol::IdentityId;
use protocol::fog::{
    Data, Info, LibraryDelete, LibraryDeleted, LibraryList, LibraryPeople, LibraryPeopleReply, LibraryQuery,
    LibraryRequest, NameInfo,
};

use super::naming::{self, Named};
use super::to_the_end;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::Sent;
use crate::people::Moved;
use crate::reason::table as reason;
use crate::store::libraries::{self, Library};

/// `GET groups`: one, or all.
pub(super) async fn list(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let query = sent.query(LibraryQuery::from_query)?;
    let name = query.group_name.clone();
    let found = desk.app.store.read(move |db| libraries::list(db, name.as_deref())).await?;
    if let (Some(name), true) = (&query.group_name, found.is_empty()) {
        return Err(naming::no_library(name));
    }
    json(&Data::new(LibraryList { groups_list: found.into_iter().map(shown).collect() }))
}

/// `POST groups`
pub(super) async fn add(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = read(&sent)?;
    naming::checked(&request.group_name)?;
    let library = Library {
        name: request.group_name,
        description: request.description.unwrap_or_default(),
        info: request.info,
    };
    let row = library.clone();
    let outcome = desk.app.store.write(move |db| libraries::add(db, &row, crate::clock::now())).await?;
    naming::added(outcome, Named::Library, &library.name)?;
    tracing::info!(library = library.name, "a library was added");
    json(&Data::new(Info { info: shown(library) }))
}

/// `PUT groups`: another description, and other further fields when any are given.
pub(super) async fn change(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = read(&sent)?;
    let name = request.group_name.clone();
    let changed = desk.app.store.write(move |db| {
        let Some(mut library) = libraries::find(db, &request.group_name)? else { return Ok(None) };
        library.description = request.description.unwrap_or(library.description);
        if !request.info.is_empty() {
            library.info = request.info;
        }
        libraries::change(db, &library)?;
        Ok(Some(library))
    });
    let library = changed.await?.ok_or_else(|| naming::no_library(&name))?;
    json(&Data::new(Info { info: shown(library) }))
}

/// `DELETE groups`: the people of the library stay or go with it. The default library is emptied and stays.
pub(super) async fn remove(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    naming::not_blank(&sent, "group_name")?;
    let request = sent.json_or_query(LibraryDelete::read, LibraryDelete::from_query)?;
    let name = request.group_name.clone();
    let found = desk.app.store.read(move |db| {
        let Some(library) = libraries::find(db, &name)? else { return Ok(None) };
        Ok(Some((library, libraries::people(db, &name)?)))
    });
    let (library, people) = found.await?.ok_or_else(|| naming::no_library(&request.group_name))?;
    let people_too = request.user_recursive_delete;
    let message = if people_too {
        "delete the group info and the user in the group"
    } else {
        "just delete the group info,the user already exists"
    };
    let task = desk.clone();
    let removing = async move {
        if people_too {
            let people = people.into_iter().map(IdentityId::new).collect();
            task.commands.remove_people(&people).await?;
        }
        tracing::info!(library = library.name, people_too, "a library was removed");
        task.app.people.remove_library(library).await
    };
    to_the_end(&desk.app.life, removing).await?;
    json(&Data::new(LibraryDeleted { group_name: request.group_name, message: message.into() }))
}

/// `PUT GroupUsers`: puts people into a library; all of them or none.
pub(super) async fn put_people(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = people(&sent)?;
    moved(&desk, &request, true).await?;
    members(&desk, request, None).await
}

/// `DELETE GroupUsers`: takes people out of a library.
pub(super) async fn delete_people(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = people(&sent)?;
    moved(&desk, &request, false).await?;
    members(&desk, request, Some("have remove from group success".into())).await
}

fn people(sent: &Sent) -> Result<LibraryPeople, Refusal> {
    naming::not_blank(sent, "group_name")?;
    sent.json_or_query(LibraryPeople::read, LibraryPeople::from_query)
}

async fn moved(desk: &Desk, request: &LibraryPeople, into: bool) -> Result<(), Refusal> {
    let outcome =
        desk.app.people.move_people(request.group_name.clone(), request.identity_id.clone(), into).await?;
    match outcome {
        Moved::Done => Ok(()),
        Moved::NoLibrary => Err(naming::no_library(&request.group_name)),
        Moved::NoPerson(id) => Err(reason::nobody_moved(id.to_string()).into()),
    }
}

/// The answer, with everybody who is in the library now when that was asked for.
async fn members(desk: &Desk, request: LibraryPeople, message: Option<String>) -> Result<Response, Refusal> {
    let name = request.group_name.clone();
    let identity_id = if request.with_identity_id {
        let ids = desk.app.store.read(move |db| libraries::people(db, &name)).await?;
        Some(ids.into_iter().map(IdentityId::new).collect())
    } else {
        None
    };
    json(&Data::new(LibraryPeopleReply { group_name: request.group_name, message, identity_id }))
}

fn read(sent: &Sent) -> Result<LibraryRequest, Refusal> {
    naming::not_blank(sent, "group_name")?;
    let request = sent.json(LibraryRequest::read)?;
    naming::described(request.description.as_deref(), &request.info)?;
    Ok(request)
}

fn shown(library: Library) -> NameInfo {
    NameInfo { id: None, name: library.name, description: library.description, rest: library.info }
}
