//! One connection to the database, on which no answer is waited for without end.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, Row};

use super::super::settings::Database;
use super::patience::within;
use super::schema;
use super::tls::Tls;
use super::trouble::Trouble;

/// A parameter of a statement.
pub type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// A connection. It is closed with this.
pub struct Connection {
    client: Client,
    changed: Arc<Notify>,
    /// Reads what the server sends.
    reader: JoinHandle<()>,
    /// The second number of the tables' version, as far as this version knows them.
    minor: usize,
}

impl Connection {
    /// Connects, and makes the tables what this version needs.
    pub async fn open(database: &Database) -> Result<Self, Trouble> {
        within(OPENING, async {
            let tls = Tls::new(database.ca_file.clone());
            let (client, mut connection) = config(database).connect(tls).await?;
            let changed = Arc::new(Notify::new());
            let notice = Arc::clone(&changed);
            let reader = tokio::spawn(async move {
                while let Some(Ok(message)) =
                    poll_fn(|context| connection.poll_message(context)).await
                {
                    if let AsyncMessage::Notification(_) = message {
                        notice.notify_one();
                    }
                }
                // Whoever waits finds out that it is closed.
                notice.notify_one();
            });
            let mut opened = Self {
                client,
                changed,
                reader,
                minor: 0,
            };
            opened.execute(SESSION).await?;
            opened.minor = schema::prepare(&opened).await?;
            Ok(opened)
        })
        .await
    }

    /// Whether there are tables of consumers and credentials.
    pub const fn has_registry(&self) -> bool {
        self.minor >= schema::WITH_REGISTRY
    }

    /// Whether it can be used no more.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Is told from now on when something is written.
    pub async fn listen(&self) -> Result<(), Trouble> {
        self.execute("LISTEN tokend_changes").await
    }

    /// Waits until something was written, or the connection is closed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What a statement gives. Statements are not prepared, for the sake of poolers in between.
    pub async fn rows(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Trouble> {
        let rows = async { Ok(self.client.query_typed(statement, parameters).await?) };
        within(PATIENCE, rows).await
    }

    /// What a statement gives in a transaction that begins in this way. All of it is sent at once, so that no connection that breaks
    /// leaves it open; nobody else may use the connection meanwhile.
    pub async fn transact(
        &self,
        begin: &str,
        statement: &str,
        parameters: &[Parameter<'_>],
        patience: Duration,
    ) -> Result<Vec<Row>, Trouble> {
        let done = async {
            let (held, rows, committed) = tokio::join!(
                self.client.batch_execute(begin),
                self.client.query_typed(statement, parameters),
                self.client.batch_execute("COMMIT"),
            );
            held?;
            let rows = rows?;
            committed?;
            Ok(rows)
        };
        within(patience, done).await
    }

    /// How many rows a statement changes.
    pub async fn change(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, Trouble> {
        let parameters = parameters
            .iter()
            .map(|(value, kind)| (*value, kind.clone()));
        let parameters: Vec<Parameter<'_>> = parameters.collect();
        let changed = async { Ok(self.client.execute_typed(statement, &parameters).await?) };
        within(PATIENCE, changed).await
    }

    /// Does what statements without parameters say.
    pub async fn execute(&self, statements: &str) -> Result<(), Trouble> {
        let done = async { Ok(self.client.batch_execute(statements).await?) };
        within(PATIENCE, done).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn config(database: &Database) -> Config {
    let mut config = database.address.config().clone();
    if let Some(password) = &database.password {
        config.password(password.bytes());
    }
    if config.get_application_name().is_none() {
        config.application_name("prosody-tokend");
    }
    config
        .connect_timeout(CONNECTING)
        .keepalives_idle(KEEPALIVE)
        .keepalives_interval(KEEPALIVE)
        .keepalives_retries(3)
        .tcp_user_timeout(UNANSWERED);
    config
}

/// What is given up here must not go on there, and hold up others. Every statement has its index, and must not be planned as if the table
/// still were as small as it was when the server looked last.
const SESSION: &str = "SET statement_timeout = '5s'; SET idle_in_transaction_session_timeout = '5s'; \
    SET default_transaction_isolation = 'read committed'; \
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET jit = off";

const OPENING: Duration = Duration::from_secs(3);
const CONNECTING: Duration = Duration::from_secs(2);
/// How long one answer is waited for.
pub const PATIENCE: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(5);
const UNANSWERED: Duration = Duration::from_secs(5);
