plugin_paths = { "/usr/share/jitsi-meet/prosody-plugins/" }

-- The mapper needs at least the base.
muc_mapper_domain_base = "meet.example.com";

external_service_secret = "turn-secret";
external_services = {
     { type = "stun", host = "meet.example.com", port = 3478 },
     { type = "turns", host = "meet.example.com", port = 5349, transport = "tcp", secret = true, ttl = 86400, algorithm = "turn" }
};

cross_domain_bosh = false;
consider_bosh_secure = true;

ssl = {
    protocol = "tlsv1_2+";
    ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
}

unlimited_jids = {
    "focus@auth.meet.example.com",
    "jvb@auth.meet.example.com"
}

VirtualHost "meet.example.com"
    authentication = "token" -- do not delete me
    app_id="my_app"
    app_secret="an example of a secret of 36 bytes!!"
    ssl = {
        key = "/etc/prosody/certs/meet.example.com.key";
        certificate = "/etc/prosody/certs/meet.example.com.crt";
    }
    av_moderation_component = "avmoderation.meet.example.com"
    modules_enabled = {
        "bosh";
        "ping"; -- Enable mod_ping
        "external_services";
        "muc_lobby_rooms";
    }
    c2s_require_encryption = false
    lobby_muc = "lobby.meet.example.com"
    main_muc = "conference.meet.example.com"

Component "conference.meet.example.com" "muc"
    restrict_room_creation = true
    storage = "memory"
    modules_enabled = {
        "muc_meeting_id";
        "muc_domain_mapper";
        "token_verification";
    }
    admins = { "focus@auth.meet.example.com" }
    muc_room_locking = false

Component "breakout.meet.example.com" "muc"
    restrict_room_creation = true
    modules_enabled = { "muc_meeting_id"; "muc_domain_mapper"; }

-- internal muc component
Component "internal.auth.meet.example.com" "muc"
    storage = "memory"
    modules_enabled = { "ping"; }

VirtualHost "auth.meet.example.com"
    modules_enabled = { "limits_exception"; }
    authentication = "internal_hashed"

Component "focus.meet.example.com" "client_proxy"
    target_address = "focus@auth.meet.example.com"

Component "speakerstats.meet.example.com" "speakerstats_component"
    muc_component = "conference.meet.example.com"

Component "lobby.meet.example.com" "muc"
    storage = "memory"
    restrict_room_creation = true

VirtualHost "jigasi.meet.jitsi"
    enabled = false
    authentication = "token"
    app_id = "jitsi";
    asap_key_server = "https://keys.example.com/components"
    asap_accepted_issuers = { "components" }
    asap_accepted_audiences = { "jigasi.meet.example.com" }
