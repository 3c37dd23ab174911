VirtualHost "Example.COM"
	enabled = false -- Remove this line to enable this host

	ssl = {
		key = "/etc/prosody/certs/example.com.key";
		certificate = "/etc/prosody/certs/example.com.crt";
		}

Component "conference.example.com" "muc"
	restrict_room_creation = "local"

Component "gateway.example.com"
	component_secret = "password"
