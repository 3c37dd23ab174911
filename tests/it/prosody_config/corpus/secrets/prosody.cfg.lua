-- Secrets outside of the configuration, in the ways that work before 13.0.
local function read(path)
	local file = assert(io.open(path, "r"))
	local text = file:read("*a")
	file:close()
	return (text:gsub("%s+$", ""))
end

local folder = ENV_CONFIG_FOLDER

VirtualHost "file.example.org"
	authentication = "token"
	app_id = ENV_APP_ID
	app_secret = read(folder .. "/secrets/app_secret")

VirtualHost "variable.example.org"
	app_id = os.getenv("APP_ID")
	app_secret = ENV_APP_SECRET or "fallback"
	unset = ENV_NOBODY_SETS_THIS
	allow_empty_token = (ENV_ALLOW_EMPTY == "1")

VirtualHost "lines.example.org"
	asap_accepted_issuers = {}
	for line in io.lines(folder .. "/secrets/issuers") do
		local issuer = line:match("^%s*([^#%s]+)")
		if issuer then
			asap_accepted_issuers = issuers
		end
	end
	local issuers = {}
	for line in io.lines(folder .. "/secrets/issuers") do
		issuers[#issuers + 1] = line:match("^%s*([^#%s]+)")
	end
	asap_accepted_issuers = issuers
	local missing, reason = io.open(folder .. "/secrets/none")
	has_missing = missing ~= nil
	dofile(folder .. "/secrets/more.lua")
	from_dofile = set_by_dofile
