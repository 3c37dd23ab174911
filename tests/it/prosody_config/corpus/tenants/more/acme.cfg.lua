-- The same host once more: options are added.
VirtualHost "acme.example.net"
	app_secret = "second" -- the last one counts
	app_id = nil
	ssl = { key = "/etc/prosody/certs/acme.key"; certificate = "/etc/prosody/certs/acme.crt"; }
