

-- The image's file, rendered.
admins = {  }

modules_enabled = {

	-- Generally required
		"roster"; -- Allow users to have a roster.
		"saslauth"; -- Authentication for clients and servers.
		"tls";
		"disco";
		"ping";
		"http_health";
};

component_ports = { }
https_ports = { }

trusted_proxies = {

  "127.0.0.1";

  "::1";

}

modules_disabled = {
    "offline";
    "register";
	"s2s"; -- Handle server-to-server connections
};

allow_registration = false;

gc = {
	mode = "incremental";
	threshold = 400;
	speed = 250;
	step_size = 13;
}

pidfile = "/run/prosody/config/data/prosody.pid";
c2s_require_encryption = false;
c2s_ports = { 5222 } -- Listen on specific c2s port
c2s_interfaces = { "*", "::" }
s2s_secure_auth = false
authentication = "internal_hashed"

log = {
	{ levels = {min = "info"}, timestamps = "%Y-%m-%d %X", to = "console"};
}

network_backend = "epoll";
network_settings = {
  tcp_backlog = 511;
}
unbound = {
    resolvconf = true
}

http_ports = { 5280 }
http_interfaces = { "*", "::" }

data_path = "/run/prosody/config/data"

Include "conf.d/*.cfg.lua"
