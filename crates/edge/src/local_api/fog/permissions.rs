//! Permission groups. A group may be named by its name or by its id.

use axum::extract::State;
use axum::response::Response;
use protocol::IdentityId;
use protocol::fog::{
    Data, Info, NameInfo, PermissionDelete, PermissionDeleted, PermissionList, PermissionQuery,
    PermissionRequest,
};

use super::naming::{self, Named};
use super::to_the_end;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::Sent;
use crate::reason::table as reason;
use crate::store::permissions::{self, DEFAULT_PERMISSION, Permission};

/// `GET permissions`: one, or all.
pub(super) async fn list(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let query = sent.query(PermissionQuery::from_query)?;
    let name = query.permission_name.clone();
    let groups = desk.app.store.read(move |db| permissions::list(db, name.as_deref())).await?;
    if let (Some(name), true) = (&query.permission_name, groups.is_empty()) {
        return Err(naming::no_group(name));
    }
    json(&Data::new(PermissionList { permissions_list: groups.into_iter().map(shown).collect() }))
}

/// `POST permissions`
pub(super) async fn add(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = read(&sent)?;
    naming::checked(&request.permission_name)?;
    let group = Permission {
        id: uuid::Uuid::new_v4().to_string(),
        name: request.permission_name,
        description: request.description.unwrap_or_default(),
        info: request.info,
    };
    let outcome = desk.app.people.add_permission(group.clone()).await?;
    naming::added(outcome, Named::Group, &group.name)?;
    tracing::info!(group = group.name, id = group.id, "a permission group was added");
    json(&Data::new(Info { info: shown(group) }))
}

/// `PUT permissions`: another description, and other further fields when any are given.
pub(super) async fn change(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = read(&sent)?;
    let name = request.permission_name.clone();
    let changed = desk.app.store.write(move |db| {
        let Some(mut group) = permissions::find(db, &request.permission_name)? else { return Ok(None) };
        group.description = request.description.unwrap_or(group.description);
        if !request.info.is_empty() {
            group.info = request.info;
        }
        permissions::change(db, &group)?;
        Ok(Some(group))
    });
    let group = changed.await?.ok_or_else(|| naming::no_group(&name))?;
    json(&Data::new(Info { info: shown(group) }))
}

/// `DELETE permissions`: the people of the group stay or go with it.
pub(super) async fn remove(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    naming::not_blank(&sent, "permission_name")?;
    let request = sent.json_or_query(PermissionDelete::read, PermissionDelete::from_query)?;
    let name = request.permission_name.clone();
    let found = desk.app.store.read(move |db| {
        let Some(group) = permissions::find(db, &name)? else { return Ok(None) };
        let people = permissions::people(db, &group)?;
        Ok(Some((group, people)))
    });
    let (group, people) = found.await?.ok_or_else(|| naming::no_group(&request.permission_name))?;
    if group.id == DEFAULT_PERMISSION {
        return Err(reason::default_group_stays().into());
    }
    let people_too = request.user_recursive_delete;
    let message = if people_too {
        "delete the permission info and the user in the permission"
    } else {
        "just delete the permission info,the user already exists"
    };
    let task = desk.clone();
    let removing = async move {
        if people_too {
            let people = people.into_iter().map(IdentityId::new).collect();
            task.commands.remove_people(&people).await?;
        }
        tracing::info!(group = group.name, people_too, "a permission group was removed");
        task.app.people.remove_permission(group).await
    };
    to_the_end(&desk.app.life, removing).await?;
    json(&Data::new(PermissionDeleted { permission_name: request.permission_name, message: message.into() }))
}

fn read(sent: &Sent) -> Result<PermissionRequest, Refusal> {
    naming::not_blank(sent, "permission_name")?;
    let request = sent.json(PermissionRequest::read)?;
    naming::described(request.description.as_deref(), &request.info)?;
    Ok(request)
}

fn shown(group: Permission) -> NameInfo {
    NameInfo { id: Some(group.id), name: group.name, description: group.description, rest: group.info }
}
