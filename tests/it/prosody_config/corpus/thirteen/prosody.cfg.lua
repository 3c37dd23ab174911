-- What 13.0 brought.
modules_enabled = { "disco"; "tls"; }
modules_enabled { "ping"; }
modules_enabled:append { "bosh" }:append { "websocket" }

limits = { c2s = { rate = "10kb/s" } }
limits { s2sin = { rate = "30kb/s" } }

domain = "meet.example.net"
app_id = "thirteen"
external_service_secret = FileLine "secrets/turn"

VirtualHost (domain)
	authentication = "token"
	app_secret = FileContents("secrets/app_secret"):sub(1, -2)
	asap_accepted_issuers = FileLines "secrets/issuers"
	first_line = FileContents("secrets/issuers", "*l")
	token = Credential "token"
	own = { "a" }
	own { "b" }
	copied = own:value()
	inherited_reads_as_nil = app_id
	year = Lua.os.date("!%Y", 0)
	count = 0
	for _ in own:values() do
		count = count + 1
	end

Component ("conference." .. (Lua.string.lower("MEET.example.net"))) "muc"
	modules_enabled = { "token_verification" }
	modules_enabled { "muc_meeting_id" }
