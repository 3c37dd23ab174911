//! Every metric that there is.

use super::family::{Family, Kind, Unit};

/// Makes a constant of each row, and the list of all of them.
macro_rules! families {
    ($($family:ident: $kind:ident $name:literal in $unit:ident by [$($label:literal),*], $help:literal;)*) => {
        $(pub(super) const $family: Family = Family {
            name: $name,
            kind: Kind::$kind,
            unit: Unit::$unit,
            labels: &[$($label),*],
            help: $help,
        };)*

        /// All of them, in the order in which they are told.
        pub const ALL: &[Family] = &[$($family),*];
    };
}

families! {
    BUILD_INFO: Gauge "prosody_tokend_build_info" in Count by ["version"],
        "Always 1, for the version of the daemon.";
    DECISIONS: Counter "prosody_tokend_decisions" in Count by ["host", "kind", "code"],
        "Decisions on tokens and rooms, and explanations, by what came of them: allowed, or the code of the reason.";
    ISSUER_LOGINS: Counter "prosody_tokend_issuer_logins" in Count by ["host", "issuer", "result"],
        "Tokens of each issuer at hosts with several, by what came of them: allowed or denied.";
    UNDECIDED: Counter "prosody_tokend_undecided" in Count by ["kind", "code"],
        "Questions that could not be decided, by why not; that of a host that is not configured is one of them.";
    DURATION: Histogram "prosody_tokend_decision_duration" in Seconds by ["kind"],
        "How long answers took, from the whole question to the verdict, waiting for keys included.";
    DOCTORS: Counter "prosody_tokend_doctor_questions" in Count by ["kind"],
        "Questions of prosody-tokend doctor, which are in no other count of decisions.";
    GATEWAY_DECISIONS: Counter "prosody_tokend_gateway_decisions" in Count by ["gateway", "code"],
        "Requests that proxies asked about, by what came of them: allowed, or the code of the refusal.";
    REQUESTS: Counter "prosody_tokend_requests" in Count by ["endpoint", "status"],
        "Requests by endpoint and status; other stands for every path that is none.";
    IN_FLIGHT: Gauge "prosody_tokend_requests_in_flight" in Count by ["pool"],
        "Requests in work, by what they are about.";
    IN_FLIGHT_LIMIT: Gauge "prosody_tokend_requests_in_flight_limit" in Count by [],
        "How many requests of each pool may be in flight (limits.requests_in_flight).";
    CONNECTIONS: Gauge "prosody_tokend_connections" in Count by [],
        "Open connections, the one that asks for this included.";
    CONNECTIONS_LIMIT: Gauge "prosody_tokend_connections_limit" in Count by [],
        "How many connections may be open (limits.connections, or fewer where there are not enough descriptors).";
    PATTERN_QUEUE: Gauge "prosody_tokend_pattern_queue_length" in Count by ["class"],
        "Room claims that are patterns and wait to be matched, by how long that takes.";
    PATTERN_QUEUE_LIMIT: Gauge "prosody_tokend_pattern_queue_limit" in Count by [],
        "How many patterns of each class may wait.";
    HOST_HAS_KEYS: Gauge "prosody_tokend_host_has_keys" in Count by ["host"],
        "Whether a host has any key; with 0 it can let nobody in.";
    KEYS: Gauge "prosody_tokend_keys" in Count by ["host", "issuer", "source"],
        "Keys that are accepted now, by the issuer whose they are and the option that names their source.";
    KEYS_PAST_LIFETIME: Gauge "prosody_tokend_keys_past_lifetime" in Seconds by ["host", "issuer", "source"],
        "For how long keys have been used past their lifetime because their source is down; 0 if they are not.";
    KEY_SOURCE_FAILING: Gauge "prosody_tokend_key_source_failing" in Count by ["host", "issuer", "source"],
        "Whether the last fetch from a source failed.";
    KEY_LAST_SUCCESS: Gauge "prosody_tokend_key_last_success_timestamp" in Seconds by ["host", "issuer", "source"],
        "When a source vouched for its keys last.";
    KEY_NEXT_REFRESH: Gauge "prosody_tokend_key_next_refresh_timestamp" in Seconds by ["host", "issuer", "source"],
        "When a source will be asked again without anybody needing a key.";
    KEY_FETCHES: Counter "prosody_tokend_key_fetches" in Count by ["source", "result"],
        "Fetches of keys for all hosts together, by what came of them.";
    SIGNATURE_LOOKUPS: Counter "prosody_tokend_signature_cache_lookups" in Count by ["result"],
        "Signatures of key pairs by whether they were verified before: hit, or miss.";
    RELOADS: Counter "prosody_tokend_config_reloads" in Count by ["result"],
        "Reloads of the configuration, by whether it was put in force.";
    LAST_RELOAD_SUCCESSFUL: Gauge "prosody_tokend_config_last_reload_successful" in Count by [],
        "Whether the configuration on disk is in force, as far as it was read.";
    LAST_SUCCESS: Gauge "prosody_tokend_config_last_success_timestamp" in Seconds by [],
        "When a configuration was put in force last.";
    LAST_FAILURE: Gauge "prosody_tokend_config_last_failure_timestamp" in Seconds by [],
        "When a configuration was refused last; not there if none was.";
    WATCHED: Gauge "prosody_tokend_config_watched" in Count by [],
        "Whether changes of the configuration are noticed at once.";
    WARNINGS: Gauge "prosody_tokend_config_warnings" in Count by [],
        "Warnings about the configuration in force, as in the log; prosody-tokend check shows them.";
    LOG_LINES_LOST: Counter "prosody_tokend_log_lines_lost" in Count by [],
        "Lines of the log that could not be written.";
    AUDIT_LINES_LOST: Counter "prosody_tokend_audit_lines_lost" in Count by [],
        "Decisions that have no line in the audit log.";
    REVOCATIONS: Gauge "prosody_tokend_revocations" in Count by [],
        "Revocations that are in force; not there without a store.";
    CONSUMERS: Gauge "prosody_tokend_consumers" in Count by [],
        "Consumers that are in force; not there without a store.";
    CREDENTIALS: Gauge "prosody_tokend_credentials" in Count by [],
        "Credentials of consumers that are in force; not there without a store.";
    UNREADABLE_SECRETS: Gauge "prosody_tokend_unreadable_secrets" in Count by [],
        "Credentials whose secrets were sealed with another key than store.seal_key; not there without a store.";
    STORE_FAILING: Gauge "prosody_tokend_store_failing" in Count by [],
        "Whether revocations cannot be written, or those of other daemons do not come; not there without a store.";
    STORE_FAILING_SINCE: Gauge "prosody_tokend_store_failing_since_timestamp" in Seconds by [],
        "Since when that is so; not there while it is not.";
    START_TIME: Gauge "process_start_time" in Seconds by [],
        "When the process was started.";
    CPU: Counter "process_cpu" in Seconds by [],
        "Processor time that the process has had.";
    RESIDENT_MEMORY: Gauge "process_resident_memory" in Bytes by [],
        "Memory of the process that is in RAM.";
    VIRTUAL_MEMORY: Gauge "process_virtual_memory" in Bytes by [],
        "Address space of the process.";
    OPEN_FDS: Gauge "process_open_fds" in Count by [],
        "Open file descriptors of the process.";
    MAX_FDS: Gauge "process_max_fds" in Count by [],
        "How many file descriptors the process may have.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_metric_is_named_by_the_rules_and_says_what_it_is_in_one_sentence() {
        let names: BTreeSet<String> = ALL.iter().map(Family::exposed_name).collect();
        assert_eq!(names.len(), ALL.len());
        for family in ALL {
            let (name, help) = (family.exposed_name(), family.help);
            let is_plain = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(name.chars().all(is_plain), "{name}");
            let of_ours = name.starts_with("prosody_tokend_") || name.starts_with("process_");
            assert!(of_ours, "{name}");
            assert!(
                help.ends_with('.') && !help.contains(". "),
                "{name}: {help}"
            );
        }
    }
}
