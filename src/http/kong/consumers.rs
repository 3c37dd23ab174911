//! `/consumers` and what is below it, but for credentials.

use crate::audit::RegisteredChange;
use crate::gateway::admin::consumers;
use crate::gateway::admin::listing::Asked;
use crate::gateway::admin::path::{EntityName, Place};
use crate::gateway::admin::refusal::Refusal;
use crate::gateway::admin::shown::{self, Next};
use crate::gateway::consumer::Consumer;
use crate::http::response::Reply;
use crate::store::MOST_LISTED;
use crate::store::registry::{ConsumerName, Expected, Kept, Listed, Tags};

use super::edge::{Action, Edge, TRIES, created, expected, listed, ok, page};
use super::failure::Failure;

/// Lists consumers, or the one that another system calls so.
pub async fn list(edge: &Edge<'_>) -> Result<Reply, Failure> {
    let asked = Asked::read(&edge.question.query)?;
    if let Some(custom_id) = &asked.custom_id {
        let found = with_custom_id(edge, custom_id).await?;
        let found: Vec<Consumer> = found.into_iter().collect();
        return Ok(ok(shown::consumers(&found, Next::default())));
    }
    let mut found = edge.store.list_consumers(listed(&asked)).await?;
    let next = |last: &_| asked.next("/consumers", last);
    let next = page(&mut found, &asked, |consumer| consumer.id, next);
    Ok(ok(shown::consumers(&found, next)))
}

/// The store finds none by this name of theirs: all of them are looked through.
async fn with_custom_id(edge: &Edge<'_>, custom_id: &str) -> Result<Option<Consumer>, Failure> {
    let mut after = None;
    loop {
        let listed = Listed {
            after,
            size: MOST_LISTED,
            tags: Tags::Any,
        };
        let found = edge.store.list_consumers(listed).await?;
        after = found.last().map(|consumer| consumer.id);
        let is_last = found.len() < MOST_LISTED;
        let mut found = found.into_iter();
        let meant = found.find(|consumer| consumer.custom_id.as_deref() == Some(custom_id));
        if meant.is_some() || is_last {
            return Ok(meant);
        }
    }
}

/// Makes one.
pub async fn make(edge: &Edge<'_>) -> Result<Reply, Failure> {
    let consumer = consumers::made(&edge.question.fields()?, &edge.fresh()?)?;
    let id = consumer.id;
    let made = edge.store.put_consumer(consumer, Expected::Nothing).await;
    match made.map_err(Failure::from) {
        Ok(made) => {
            edge.note_consumer(&made.value, RegisteredChange::Made);
            Ok(created(shown::consumer(&made.value)))
        }
        Err(Failure::Changed) => Err(Refusal::TakenId(id).into()),
        Err(failure) => Err(failure),
    }
}

/// Does something with one.
pub async fn act(edge: &Edge<'_>, name: &EntityName, action: Action) -> Result<Reply, Failure> {
    match action {
        Action::Show => Ok(ok(shown::consumer(&existing(edge, name).await?.value))),
        Action::Put => put(edge, name).await,
        Action::Change => change(edge, name).await,
        Action::Delete => {
            // What is gone already is as good, as in Kong.
            if let Some(found) = find(edge, name).await? {
                edge.store.delete_consumer(found.value.id).await?;
                edge.note_consumer(&found.value, RegisteredChange::Deleted);
            }
            Ok(Reply::done())
        }
        Action::Make => {
            let allowed = Place::Consumer(name.clone()).methods();
            Err(Refusal::Method { allowed }.into())
        }
    }
}

async fn put(edge: &Edge<'_>, name: &EntityName) -> Result<Reply, Failure> {
    let (fields, fresh) = (edge.question.fields()?, edge.fresh()?);
    for _ in 0..TRIES {
        let before = find(edge, name).await?;
        let value = before.as_ref().map(|before| &before.value);
        let consumer = consumers::put(&fields, name, value, &fresh)?;
        let expected = before.as_ref().map_or(Expected::Nothing, expected);
        match edge
            .store
            .put_consumer(consumer, expected)
            .await
            .map_err(Failure::from)
        {
            Err(failure) if failure.is_of_others(name) => {}
            written => return Ok(changed(edge, &written?.value, before.is_some())),
        }
    }
    Err(Failure::Changed)
}

async fn change(edge: &Edge<'_>, name: &EntityName) -> Result<Reply, Failure> {
    let fields = edge.question.fields()?;
    for _ in 0..TRIES {
        let before = existing(edge, name).await?;
        let consumer = consumers::changed(&fields, &before.value, edge.now())?;
        let written = edge.store.put_consumer(consumer, expected(&before)).await;
        match written.map_err(Failure::from) {
            Err(Failure::Changed) => {}
            written => return Ok(changed(edge, &written?.value, true)),
        }
    }
    Err(Failure::Changed)
}

/// What there is from now on, where there was something before or nothing.
fn changed(edge: &Edge<'_>, consumer: &Consumer, was_there: bool) -> Reply {
    let change = if was_there {
        RegisteredChange::Changed
    } else {
        RegisteredChange::Made
    };
    edge.note_consumer(consumer, change);
    ok(shown::consumer(consumer))
}

/// The consumer of this name, which has to be there.
pub async fn existing(edge: &Edge<'_>, name: &EntityName) -> Result<Kept<Consumer>, Failure> {
    let found = find(edge, name).await?;
    found.ok_or_else(|| Refusal::NotFound.into())
}

async fn find(edge: &Edge<'_>, name: &EntityName) -> Result<Option<Kept<Consumer>>, Failure> {
    let name = match name {
        EntityName::Id(id) => ConsumerName::Id(*id),
        EntityName::Text(username) => ConsumerName::Username(username.clone()),
    };
    Ok(edge.store.find_consumer(name).await?)
}
