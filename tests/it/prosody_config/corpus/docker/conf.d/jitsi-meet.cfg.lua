admins = {

    "focus@auth.meet.jitsi",
    "jvb@auth.meet.jitsi"
}

unlimited_jids = {
    "focus@auth.meet.jitsi",
    "jvb@auth.meet.jitsi"
}

plugin_paths = { "/prosody-plugins/", "/prosody-plugins-custom", "/prosody-plugins-contrib" }

muc_mapper_domain_base = "meet.jitsi";
muc_mapper_domain_prefix = "muc";

recorder_prefixes = { "recorder@hidden.meet.jitsi" };

http_default_host = "meet.jitsi"


asap_accepted_issuers = { "my_web_client","my_app_client" }



asap_accepted_audiences = { "my_server1","my_server2" }



consider_bosh_secure = true;
consider_websocket_secure = true;

smacks_max_unacked_stanzas = 5;
smacks_hibernation_time = 60;

VirtualHost "meet.jitsi"

    authentication = "token"
    app_id = "my_jitsi_app_id"

    app_secret = "my_jitsi_app_secret"

    allow_empty_token = false

    enable_domain_verification = false

    ssl = {
        key = "/config/certs/meet.jitsi.key";
        certificate = "/config/certs/meet.jitsi.crt";
    }
    modules_enabled = {
        "bosh";
        "features_identity";

        "websocket";
        "smacks"; -- XEP-0198: Stream Management

        "conference_duration";
    }

    main_muc = "muc.meet.jitsi"

    lobby_muc = "lobby.meet.jitsi"

    c2s_require_encryption = true

VirtualHost "guest.meet.jitsi"
    authentication = "jitsi-anonymous"
    modules_enabled = {

        "smacks"; -- XEP-0198: Stream Management

    }
    main_muc = "muc.meet.jitsi"
    c2s_require_encryption = true

VirtualHost "auth.meet.jitsi"
    modules_enabled = {
        "limits_exception";
    }
    authentication = "internal_hashed"

Component "internal-muc.meet.jitsi" "muc"
    storage = "memory"
    modules_enabled = {
        "muc_hide_all";
    }
    restrict_room_creation = true
    muc_filter_whitelist="auth.meet.jitsi"

Component "muc.meet.jitsi" "muc"
    restrict_room_creation = true
    storage = "memory"
    modules_enabled = {
        "muc_hide_all";
        "muc_meeting_id";
        "token_verification";
        "muc_domain_mapper";
        "muc_password_whitelist";
    }

	-- The size of the cache that saves state for IP addresses
    rate_limit_cache_size = 10000;

    muc_room_cache_size = 10000
    muc_max_occupants = "75"
    muc_tombstones = false

Component "focus.meet.jitsi" "client_proxy"
    target_address = "focus@auth.meet.jitsi"

Component "lobby.meet.jitsi" "muc"
    storage = "memory"
    modules_enabled = {
    }

Component "metadata.meet.jitsi" "room_metadata_component"
    muc_component = "muc.meet.jitsi"
    breakout_rooms_component = "breakout.meet.jitsi"
