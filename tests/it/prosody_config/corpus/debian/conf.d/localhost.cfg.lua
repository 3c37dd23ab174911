-- Section for VirtualHost localhost
VirtualHost "localhost"
	enabled = true
