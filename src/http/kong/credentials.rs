//! `/jwts`, and the credentials below `/consumers`.

use uuid::Uuid;

use crate::audit::RegisteredChange;
use crate::gateway::admin::body::Fields;
use crate::gateway::admin::credentials;
use crate::gateway::admin::listing::{self, Asked};
use crate::gateway::admin::path::{EntityName, Place};
use crate::gateway::admin::refusal::Refusal;
use crate::gateway::admin::shown;
use crate::gateway::credential::Credential;
use crate::http::response::Reply;
use crate::store::registry::{CredentialName, Expected, Kept};

use super::consumers::{self, existing};
use super::edge::{Action, Edge, TRIES, created, expected, listed, ok, page};
use super::failure::Failure;

/// Lists all credentials.
pub async fn list(edge: &Edge<'_>) -> Result<Reply, Failure> {
    let asked = Asked::read(&edge.question.query)?;
    let next = |last: &Uuid| asked.next("/jwts", last);
    listing(edge, None, &asked, next).await
}

/// Lists those of a consumer.
pub async fn list_of(edge: &Edge<'_>, owner: &EntityName) -> Result<Reply, Failure> {
    let owner = existing(edge, owner).await?.value.id;
    let asked = Asked::read(&edge.question.query)?;
    let next = |last: &Uuid| listing::next(edge.question.path(), last);
    listing(edge, Some(owner), &asked, next).await
}

async fn listing(
    edge: &Edge<'_>,
    of: Option<Uuid>,
    asked: &Asked,
    next: impl Fn(&Uuid) -> String,
) -> Result<Reply, Failure> {
    let mut found = edge.store.list_credentials(of, listed(asked)).await?;
    let next = page(&mut found, asked, |credential| credential.id, next);
    Ok(ok(shown::credentials(&found, next)))
}

/// Makes one for whoever is said to have it.
pub async fn make(edge: &Edge<'_>) -> Result<Reply, Failure> {
    let fields = resolved(edge, edge.question.fields()?).await?;
    make_of(edge, &fields).await
}

/// Makes one for this consumer.
pub async fn make_for(edge: &Edge<'_>, owner: &EntityName) -> Result<Reply, Failure> {
    let mut fields = edge.question.fields()?;
    credentials::set_owner(&mut fields, existing(edge, owner).await?.value.id);
    make_of(edge, &fields).await
}

async fn make_of(edge: &Edge<'_>, fields: &Fields) -> Result<Reply, Failure> {
    let credential = credentials::made(fields, &edge.fresh()?)?;
    let id = credential.id;
    let made = edge
        .store
        .put_credential(credential, Expected::Nothing)
        .await;
    match made.map_err(Failure::from) {
        Ok(made) => {
            edge.note_credential(&made.value, RegisteredChange::Made);
            Ok(created(shown::credential(&made.value)))
        }
        Err(Failure::Changed) => Err(Refusal::TakenId(id).into()),
        Err(failure) => Err(failure),
    }
}

/// Does something with one.
pub async fn act(edge: &Edge<'_>, name: &EntityName, action: Action) -> Result<Reply, Failure> {
    match action {
        Action::Show => Ok(ok(shown::credential(&found(edge, name, None).await?.value))),
        Action::Put => {
            let fields = resolved(edge, edge.question.fields()?).await?;
            put(edge, name, &fields).await
        }
        Action::Change => {
            let fields = resolved(edge, edge.question.fields()?).await?;
            change(edge, name, None, &fields).await
        }
        Action::Delete => {
            // What is gone already is as good, as in Kong; that of a consumer is not.
            if let Some(found) = find(edge, name).await? {
                delete(edge, &found.value).await?;
            }
            Ok(Reply::done())
        }
        Action::Make => {
            let allowed = Place::Credential(name.clone()).methods();
            Err(Refusal::Method { allowed }.into())
        }
    }
}

/// Does something with one of a consumer.
pub async fn act_for(
    edge: &Edge<'_>,
    owner: &EntityName,
    name: &EntityName,
    action: Action,
) -> Result<Reply, Failure> {
    let owner = existing(edge, owner).await?.value.id;
    match action {
        Action::Show => Ok(ok(shown::credential(
            &found(edge, name, Some(owner)).await?.value,
        ))),
        Action::Put => {
            let mut fields = edge.question.fields()?;
            credentials::set_owner(&mut fields, owner);
            put(edge, name, &fields).await
        }
        Action::Change => {
            let fields = resolved(edge, edge.question.fields()?).await?;
            change(edge, name, Some(owner), &fields).await
        }
        Action::Delete => {
            delete(edge, &found(edge, name, Some(owner)).await?.value).await?;
            Ok(Reply::done())
        }
        Action::Make => {
            let allowed = Place::Credential(name.clone()).methods();
            Err(Refusal::Method { allowed }.into())
        }
    }
}

/// Does something with the consumer whose it is.
pub async fn act_on_owner(
    edge: &Edge<'_>,
    name: &EntityName,
    action: Action,
) -> Result<Reply, Failure> {
    let credential = found(edge, name, None).await?.value;
    match action {
        Action::Show | Action::Put | Action::Change => {
            let owner = EntityName::Id(credential.consumer);
            consumers::act(edge, &owner, action).await
        }
        Action::Make | Action::Delete => {
            let allowed = Place::Owner(name.clone()).methods();
            Err(Refusal::Method { allowed }.into())
        }
    }
}

async fn put(edge: &Edge<'_>, name: &EntityName, fields: &Fields) -> Result<Reply, Failure> {
    let fresh = edge.fresh()?;
    for _ in 0..TRIES {
        let before = find(edge, name).await?;
        let value = before.as_ref().map(|before| &before.value);
        let credential = credentials::put(fields, name, value, &fresh)?;
        let expected = before.as_ref().map_or(Expected::Nothing, expected);
        let written = edge.store.put_credential(credential, expected).await;
        match written.map_err(Failure::from) {
            Err(failure) if failure.is_of_others(name) => {}
            written => return Ok(changed(edge, &written?.value, before.is_some())),
        }
    }
    Err(Failure::Changed)
}

async fn change(
    edge: &Edge<'_>,
    name: &EntityName,
    owner: Option<Uuid>,
    fields: &Fields,
) -> Result<Reply, Failure> {
    for _ in 0..TRIES {
        let before = found(edge, name, owner).await?;
        let credential = credentials::changed(fields, &before.value)?;
        let written = edge
            .store
            .put_credential(credential, expected(&before))
            .await;
        match written.map_err(Failure::from) {
            Err(Failure::Changed) => {}
            written => return Ok(changed(edge, &written?.value, true)),
        }
    }
    Err(Failure::Changed)
}

async fn delete(edge: &Edge<'_>, credential: &Credential) -> Result<(), Failure> {
    edge.store.delete_credential(credential.id).await?;
    edge.note_credential(credential, RegisteredChange::Deleted);
    Ok(())
}

/// What there is from now on, where there was something before or nothing.
fn changed(edge: &Edge<'_>, credential: &Credential, was_there: bool) -> Reply {
    let change = if was_there {
        RegisteredChange::Changed
    } else {
        RegisteredChange::Made
    };
    edge.note_credential(credential, change);
    ok(shown::credential(credential))
}

/// What was set, with the consumer by its ID where it is named by its username.
async fn resolved(edge: &Edge<'_>, mut fields: Fields) -> Result<Fields, Failure> {
    let Some(username) = credentials::owner_username(&fields).map(str::to_owned) else {
        return Ok(fields);
    };
    let name = EntityName::Text(username.clone());
    let owner = match existing(edge, &name).await {
        Err(Failure::Refused(Refusal::NotFound)) => {
            return Err(Refusal::Unresolved(username).into());
        }
        owner => owner?.value.id,
    };
    credentials::set_owner(&mut fields, owner);
    Ok(fields)
}

/// The credential of this name, which has to be there, and this consumer's where one is named.
async fn found(
    edge: &Edge<'_>,
    name: &EntityName,
    owner: Option<Uuid>,
) -> Result<Kept<Credential>, Failure> {
    let found = find(edge, name).await?;
    let found = found.filter(|found| owner.is_none_or(|owner| owner == found.value.consumer));
    found.ok_or_else(|| Refusal::NotFound.into())
}

async fn find(edge: &Edge<'_>, name: &EntityName) -> Result<Option<Kept<Credential>>, Failure> {
    let name = match name {
        EntityName::Id(id) => CredentialName::Id(*id),
        EntityName::Text(key) => CredentialName::Key(key.clone()),
    };
    Ok(edge.store.find_credential(name).await?)
}
