//! The tables of the database.
//!
//! As those of the file, they have a version of two numbers: a new second one adds tables, or columns that may be empty, so that daemons
//! of both versions work side by side. What an added column says of a revocation may only narrow it. A new first number is refused by
//! older daemons.

use super::connection::Connection;
use super::trouble::Trouble;

/// The versions' first number.
pub const MAJOR: i32 = 1;

/// From this second number on there are consumers and credentials.
pub const WITH_REGISTRY: usize = 2;

/// What leads from each second number to the next one.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE tokend_meta (
        is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
        schema_major integer NOT NULL,
        schema_minor integer NOT NULL,
        store_id text NOT NULL,
        version bigint NOT NULL,
        purged_up_to bigint NOT NULL,
        probed_at timestamptz
    );
    CREATE TABLE tokend_marks (version bigint PRIMARY KEY, mark bigint NOT NULL, made_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE tokend_revocations (
        id bytea PRIMARY KEY,
        version bigint NOT NULL UNIQUE,
        kind text NOT NULL,
        name text,
        digest bytea,
        fingerprint bigint,
        issued_before bigint,
        host text,
        until bigint,
        reason text,
        made_by text NOT NULL,
        made_at bigint NOT NULL,
        withdrawn_at bigint
    );
    CREATE INDEX tokend_revocations_by_until ON tokend_revocations (until) WHERE until IS NOT NULL;
    CREATE INDEX tokend_revocations_by_withdrawn_at ON tokend_revocations (withdrawn_at) WHERE withdrawn_at IS NOT NULL;
    CREATE TABLE tokend_used (digest bytea PRIMARY KEY, until bigint NOT NULL);
    CREATE INDEX tokend_used_by_until ON tokend_used (until);
    INSERT INTO tokend_meta VALUES (
        true, 1, 0, md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text), 0, 0
    );
    INSERT INTO tokend_marks VALUES (0, (random() * 9e15)::bigint);
", "
    CREATE TABLE tokend_consumers (
        id bytea PRIMARY KEY,
        version bigint NOT NULL UNIQUE,
        username text,
        custom_id text,
        tags text,
        created_at bigint NOT NULL,
        updated_at bigint NOT NULL,
        deleted_at bigint
    );
    CREATE UNIQUE INDEX tokend_consumers_by_username ON tokend_consumers (username) WHERE deleted_at IS NULL;
    CREATE UNIQUE INDEX tokend_consumers_by_custom_id ON tokend_consumers (custom_id) WHERE deleted_at IS NULL;
    CREATE INDEX tokend_consumers_by_deleted_at ON tokend_consumers (deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE TABLE tokend_credentials (
        id bytea PRIMARY KEY,
        version bigint NOT NULL UNIQUE,
        consumer bytea NOT NULL,
        key text NOT NULL,
        secret text,
        rsa_public_key text,
        algorithm text NOT NULL,
        tags text,
        created_at bigint NOT NULL,
        deleted_at bigint
    );
    CREATE UNIQUE INDEX tokend_credentials_by_key ON tokend_credentials (key) WHERE deleted_at IS NULL;
    CREATE INDEX tokend_credentials_by_consumer ON tokend_credentials (consumer, id) WHERE deleted_at IS NULL;
    CREATE INDEX tokend_credentials_by_deleted_at ON tokend_credentials (deleted_at) WHERE deleted_at IS NOT NULL;
"];

/// Makes the tables what this version needs, and says which second number they have for it. Who may not make any goes on with those
/// that an earlier version made.
pub async fn prepare(connection: &Connection) -> Result<usize, Trouble> {
    let lacking = missing(connection).await?;
    if lacking == 0 {
        return Ok(MIGRATIONS.len());
    }
    let there = MIGRATIONS.len().saturating_sub(lacking);
    match migrate(connection).await {
        Ok(()) => Ok(MIGRATIONS.len()),
        Err(trouble) if there > 0 && trouble.is_refusal() => {
            tracing::warn!(
                error = trouble.to_string(),
                "the tables of the database are those of an earlier version: there are no credentials in it"
            );
            connection.execute("ROLLBACK").await?;
            Ok(there)
        }
        Err(trouble) => Err(trouble),
    }
}

async fn migrate(connection: &Connection) -> Result<(), Trouble> {
    // What fails leaves the transaction to the connection, which is closed then.
    connection
        .execute("BEGIN; SELECT pg_advisory_xact_lock(1953459044)")
        .await?;
    let missing = missing(connection).await?;
    let done = MIGRATIONS.len().saturating_sub(missing);
    for migration in MIGRATIONS.iter().skip(done) {
        connection.execute(migration).await?;
    }
    let newest = MIGRATIONS.len();
    let note = format!(
        "UPDATE tokend_meta SET schema_minor = {newest} WHERE schema_minor < {newest}; COMMIT"
    );
    connection.execute(&note).await
}

/// The version of the tables; None where there are none.
pub async fn version(connection: &Connection) -> Result<Option<(i32, i32)>, Trouble> {
    let is_there = connection
        .rows("SELECT to_regclass('tokend_meta') IS NOT NULL", &[])
        .await?;
    let is_there = is_there.first().map(|row| row.try_get::<_, bool>(0));
    if !is_there.transpose()?.unwrap_or_default() {
        return Ok(None);
    }
    let version = connection
        .rows("SELECT schema_major, schema_minor FROM tokend_meta", &[])
        .await?;
    let row = version.first();
    let row = row.ok_or(Trouble::Broken("tokend_meta is empty"))?;
    Ok(Some((row.try_get(0)?, row.try_get(1)?)))
}

/// How many migrations the tables lack.
async fn missing(connection: &Connection) -> Result<usize, Trouble> {
    let minor = match version(connection).await? {
        None => 0,
        Some((MAJOR, minor)) => minor,
        Some((major, minor)) => return Err(Trouble::Newer(major, minor)),
    };
    let done = usize::try_from(minor).unwrap_or_default();
    Ok(MIGRATIONS.len().saturating_sub(done))
}
