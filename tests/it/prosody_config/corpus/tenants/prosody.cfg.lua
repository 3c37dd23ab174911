-- One Prosody for several customers, as a script of their provider writes it.
local base = "example.net";
local customers = { "north", "south", "east" };
local shared = { issuers = { "portal", "billing" }, audience = "meetings" };

plugin_paths = { "/usr/share/jitsi-meet/prosody-plugins/", "/srv/plugins" }
muc_mapper_domain_base = base;
muc_mapper_domain_prefix = "rooms";
cross_domain_bosh = false;
http_ports = { "5280", 5281 }
c2s_require_encryption = "false"
asap_require_room_claim = "true"
token_regex_max_quantifiers = "2"
jwt_pubkey_cache_size = "64"
asap_ttl = 3600.0
limits = { c2s = { rate = "512kb/s" } }
modules_enabled = {
	"roster"; "saslauth"; "tls"; "disco";
	-- "legacyauth";
	"posix", "bosh", "websocket";
}
modules_disabled = { "offline", "s2s" }
admins = {}

Include "conf.d/*.cfg.lua"
include "more/acme.cfg.lua"

for number, name in ipairs(customers) do
	local host = name .. "." .. base;
	VirtualHost(host)
		authentication = number == 3 and "anonymous" or "token"
		app_id = "app_" .. name
		app_secret = name:rep(4) .. ("%04d"):format(number)
		asap_accepted_issuers = shared.issuers
		asap_accepted_audiences = shared.audience
		allow_empty_token = number == 2
		enabled = number ~= 1
	Component("rooms." .. host, "muc") "muc"
		modules_enabled = { "token_verification", name == "south" and "muc_meeting_id" or nil }
		storage = "memory"
		token_verification_allowlist = { "recorder@recorder." .. host }
end

VirtualHost "*"
	late = "in the global section"
Host "*"
	later = { "too" }

VirtualHost "Grün.example.net"
	authentication = "token"
	app_id = 12
	app_secret = 0xFF
	allow_empty_token = 1
	enable_domain_verification = "false"
	token_regex_enabled = 0
	asap_accepted_audiences = { "*" }

VirtualHost "off.example.net"
	enabled = false

Component "upload.example.net" "http_file_share"
	http_file_share_size_limit = 16 * 1024 * 1024
