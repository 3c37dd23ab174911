-- In the manner of the file that Debian's package installs.

---------- Server-wide settings ----------

admins = { }

plugin_paths = { "/usr/local/lib/prosody/modules" }

modules_enabled = {

	-- Generally required
		"disco"; -- Service discovery
		"roster"; -- Contacts
		"saslauth"; -- Authentication
		"tls"; -- Encryption

	-- Nice to have
		"ping"; -- Answers pings
		--"mam"; -- Archive
		"posix"; -- Signals and syslog
}

modules_disabled = {
	-- "offline";
}

pidfile = "/run/prosody/prosody.pid";

s2s_secure_auth = true
--s2s_insecure_domains = { "insecure.example" }

limits = {
	c2s = {
		rate = "10kb/s";
	};
	s2sin = {
		rate = "30kb/s";
	};
}

authentication = "internal_hashed"

archive_expires_after = "1w" -- A week

log = {
	info = "/var/log/prosody/prosody.log";
	error = "/var/log/prosody/prosody.err";
	{ levels = { "error" }; to = "syslog";  };
}

certificates = "certs"

VirtualHost "localhost"

Include "conf.d/*.cfg.lua"
