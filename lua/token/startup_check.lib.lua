-- Looks for mistakes of the installation as Prosody starts, so that they are in the log before anybody joins:
-- a daemon that does not answer or does not know this host, and rooms that no token guards.

local own_version = module:require "token/version";
local shown = module:require "token/shown";

local startup_check = {};

-- The daemon that was met last.
local met_version;

local function report_version(client, version)
	version = type(version) == "string" and shown.bounded(version) or "before 0.1";
	if version == met_version then return; end
	met_version = version;
	module:log("info", "mod_%s %s asks prosody-tokend %s at %s about %s", module.name, own_version, version, client.url, client.host);
end

-- Asks the daemon whether it knows this host, and logs a warning where it does not. Does not wait for the answer,
-- since nothing may wait while a module loads. When it has been away, it is asked again.
function startup_check.ask_daemon(client)
	client.on_return = client.on_return or function () startup_check.ask_daemon(client); end;
	client:ask_about_host(function (is_known, reason)
		if is_known then
			report_version(client, reason);
		elseif is_known == nil then
			module:log("warn", "prosody-tokend at %s does not say whether it knows %s (%s). Until it does, nobody gets in there. "
				.."Check that it runs, and that tokend_url and tokend_api_key are right", client.url, client.host, reason);
		else
			module:log("warn", "prosody-tokend at %s does not know %s, so nobody gets in there (%s). Set "
				.."prosody_config in its configuration, or add a section for this host; its command check shows what it knows",
				client.url, client.host, reason);
		end
	end);
end

local function modules_of(host)
	local host_session = prosody.hosts[host];
	return host_session and host_session.modules or {};
end

local function verifies_tokens(host)
	return modules_of(host).muc and modules_of(host).token_verification;
end

-- The MUC component with this host's meetings, as Jitsi's options name it. Other MUC components, such as that of the
-- lobbies, need no tokens.
function startup_check.main_muc()
	local prefix = module:get_option_string("muc_mapper_domain_prefix", "conference");
	local base = module:get_option_string("muc_mapper_domain_base", module.host);
	return module:get_option_string("muc_mapper_domain") or prefix.."."..base;
end

local function has_guarded_rooms()
	for host in pairs(prosody.hosts) do
		if host:match("^[^.]+%.(.+)$") == module.host and verifies_tokens(host) then return true; end
	end
	return false;
end

-- Without token_verification on the component any good token opens every room, and no other line of the log would
-- tell. Called when all components are active, or a component that is activated later would seem to be missing.
function startup_check.warn_of_open_rooms()
	local muc = startup_check.main_muc();
	if not modules_of(muc).muc or verifies_tokens(muc) or has_guarded_rooms() then return; end
	module:log("warn", "%s has no token_verification in its modules_enabled: whoever gets in to %s gets into all of its rooms. "
		.."Name it there, below Component \"%s\" \"muc\"", muc, module.host, muc);
end

return startup_check;
