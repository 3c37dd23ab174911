//! How revocations are written and listed.

use tokio_postgres::types::Type;

use super::super::super::record::RevocationRecord;
use super::super::connection::Connection;
use super::super::trouble::Trouble;
use super::rows::select;

/// The revocations behind this name that were not taken back, in the order of their names.
pub async fn list(
    connection: &Connection,
    after: &[u8],
    size: usize,
) -> Result<Vec<RevocationRecord>, Trouble> {
    let rest = "id > $1 AND withdrawn_at IS NULL ORDER BY id LIMIT $2";
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let parameters = [(&after as _, Type::BYTEA), (&size as _, Type::INT8)];
    select(connection, rest, &parameters).await
}

/// Writes a row, if the one with the same name still has the version that was seen (0: there was none), and says which version it has
/// then. None where it has not, and nothing was written. A withdrawal has the time of the database.
pub async fn put(
    connection: &Connection,
    record: &RevocationRecord,
    seen: i64,
) -> Result<Option<i64>, Trouble> {
    let mark = fastrand::i64(..);
    let is_withdrawn = record.withdrawn_at.is_some();
    let parameters = [
        (&record.id as _, Type::BYTEA),
        (&record.kind as _, Type::TEXT),
        (&record.name as _, Type::TEXT),
        (&record.digest as _, Type::BYTEA),
        (&record.fingerprint as _, Type::INT8),
        (&record.issued_before as _, Type::INT8),
        (&record.host as _, Type::TEXT),
        (&record.until as _, Type::INT8),
        (&record.reason as _, Type::TEXT),
        (&record.made_by as _, Type::TEXT),
        (&record.made_at as _, Type::INT8),
        (&is_withdrawn as _, Type::BOOL),
        (&mark as _, Type::INT8),
        (&seen as _, Type::INT8),
    ];
    let rows = connection.rows(PUT, &parameters).await?;
    let version = rows.first().map(|row| row.try_get(0));
    Ok(version.transpose()?)
}

/// What was written by somebody else meanwhile is not seen by the statement as it begins, but by ON CONFLICT it is.
const PUT: &str = "WITH next AS (UPDATE tokend_meta SET version = version + 1 RETURNING version), \
    marked AS (INSERT INTO tokend_marks (version, mark) SELECT version, $13 FROM next), \
    written AS (INSERT INTO tokend_revocations AS r (id, version, kind, name, digest, fingerprint, issued_before, host, until, reason, \
        made_by, made_at, withdrawn_at) \
        SELECT $1, version, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
            CASE WHEN $12 THEN extract(epoch FROM now())::bigint END FROM next \
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, kind = excluded.kind, name = excluded.name, \
            digest = excluded.digest, fingerprint = excluded.fingerprint, issued_before = excluded.issued_before, \
            host = excluded.host, until = excluded.until, reason = excluded.reason, made_by = excluded.made_by, \
            made_at = excluded.made_at, withdrawn_at = excluded.withdrawn_at \
        WHERE r.version = $14 RETURNING r.version) \
    SELECT version, pg_notify('tokend_changes', version::text) FROM written";
