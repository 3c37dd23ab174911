-- Several tenants on one server; common parts in files and functions of their own.
local tenants = { "red", "blue" }

authentication = "internal_hashed"
asap_require_room_claim = true
token_regex_max_quantifiers = 2
app_id = "everyone"

Include "shared/limits.lua"
include "./conf.d/?0-*.cfg.lua"

local function secret_of(tenant)
	return ("secret of %s, long enough"):format(tenant)
end

for i, tenant in ipairs(tenants) do
	VirtualHost (tenant .. ".example.org")
		authentication = "token"
		app_id = "app-" .. tenant
		app_secret = secret_of(tenant)
		tenant_number = i
	Component ("conference." .. tenant .. ".example.org") "muc" {
		modules_enabled = { "token_verification" };
		restrict_room_creation = i == 1;
	}
end

after_a_table = "global again"

Host "old.example.org"
	app_id = nil
	app_secret = RunScript "shared/script.lua"
	enable_domain_verification = false

VirtualHost "table.example.org" {
	authentication = "token";
	app_id = "tabled";
	["app_secret"] = "in brackets";
	allow_empty_token = "true";
}

component "things.example.org" "http_file_share"
	size = 10 * 1024 * 1024
	ratio = 0.25
	whole = 2.0
	hexadecimal = 0xff
	large = 1e15

VirtualHost "table.example.org" {
	token_regex_enabled = false;
}
