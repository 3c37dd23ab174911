//! What was written to the file while there was no database, handed over to one.

use uuid::Uuid;

use super::super::file::File;
use super::super::record::{ConsumerRecord, CredentialRecord, Record};
use super::super::registered::{ConsumerName, CredentialName, Expected, RegistryError};
use super::asking::Asker;
use super::trouble::Trouble;

/// Hands rows over. What the database does not take is told of, and is not held against the rest.
pub async fn share(asker: &Asker, file: &File, rows: &[Record]) -> Result<(), Trouble> {
    for row in rows {
        let shared = match row {
            Record::Revocation(record) => match record.row() {
                Ok(row) => asker
                    .revoke(row.revocation)
                    .await?
                    .map(drop)
                    .map_err(Into::into),
                Err(_) => Ok(()),
            },
            Record::Consumer(record) => share_consumer(asker, record).await?,
            Record::Credential(record) => share_credential(asker, file, record).await?,
        };
        if let Err(error) = shared {
            let (table, id) = row.name();
            tracing::error!(
                id = hex::encode(id),
                error = error.to_string(),
                "a row of the file ({table:?}) is not in the database"
            );
        }
    }
    Ok(())
}

async fn share_consumer(
    asker: &Asker,
    record: &ConsumerRecord,
) -> Result<Result<(), RegistryError>, Trouble> {
    let Ok(consumer) = record.consumer() else {
        return Ok(Ok(()));
    };
    if record.deleted_at.is_some() {
        asker.delete_consumer(consumer.id).await?;
        return Ok(Ok(()));
    }
    let found = asker.find_consumer(&ConsumerName::Id(consumer.id)).await?;
    let expected = found.map_or(Expected::Nothing, |found| Expected::Version(found.version));
    Ok(asker.put_consumer(&consumer, expected).await?.map(drop))
}

/// Its consumer comes first, which may have been changed after it.
async fn share_credential(
    asker: &Asker,
    file: &File,
    record: &CredentialRecord,
) -> Result<Result<(), RegistryError>, Trouble> {
    let (Ok(id), Ok(owner)) = (record.id(), Uuid::from_slice(&record.consumer)) else {
        return Ok(Ok(()));
    };
    if record.deleted_at.is_some() {
        asker.delete_credential(id).await?;
        return Ok(Ok(()));
    }
    let owner = ConsumerName::Id(owner);
    if asker.find_consumer(&owner).await?.is_none()
        && let Ok(Some(owner)) = file.find_consumer(owner).await
        && let Err(error) = asker.put_consumer(&owner.value, Expected::Nothing).await?
    {
        return Ok(Err(error));
    }
    let found = asker.find_credential(&CredentialName::Id(id)).await?;
    let expected = found.map_or(Expected::Nothing, |found| Expected::Version(found.version));
    let shared = asker.put_credential_record(record, id, expected).await?;
    Ok(shared.map(drop))
}
