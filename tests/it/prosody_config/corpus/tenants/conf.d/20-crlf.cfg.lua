VirtualHost "crlf.example.net"
	authentication = "token"
	app_id = "crlf"
	app_secret = [[a
b]]
--[[ a comment
 over lines ]]
	asap_accepted_issuers = { "a",
		"b" }
