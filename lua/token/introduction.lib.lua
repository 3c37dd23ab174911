-- The first word to the daemon, as a module loads: whoever set this up hears of a mistake before anybody joins.

local introduction = {};

-- Never waits. The log has a line where the daemon cannot be asked, or would have no verdict.
function introduction.start(client)
	client:ask_about_host(function (is_known, reason)
		if is_known == nil then
			module:log("warn", "prosody-tokend at %s does not say whether it knows %s (%s). Until it does, nobody gets in there. "
				.."Check that it runs, and that tokend_url and tokend_api_key are right", client.url, client.host, reason);
		elseif not is_known then
			module:log("warn", "prosody-tokend at %s does not know %s, so nobody gets in there (%s). Set "
				.."prosody_config in its configuration, or add a section for this host; its command check shows what it knows",
				client.url, client.host, reason);
		end
	end);
end

local function modules_of(name)
	local host_session = prosody.hosts[name];
	return host_session and host_session.modules or {};
end

local function verifies_tokens(name)
	return modules_of(name).muc and modules_of(name).token_verification;
end

-- The MUC component of this host's meetings: others beside it, such as that of lobbies, have no use for tokens.
function introduction.main_muc()
	local prefix = module:get_option_string("muc_mapper_domain_prefix", "conference");
	local base = module:get_option_string("muc_mapper_domain_base", module.host);
	return module:get_option_string("muc_mapper_domain") or prefix.."."..base;
end

local function has_guarded_rooms()
	for name in pairs(prosody.hosts) do
		if name:match("^[^.]+%.(.+)$") == module.host and verifies_tokens(name) then return true; end
	end
	return false;
end

-- A token decides about rooms only where their component asks for it. Without that nothing else would say so.
function introduction.warn_of_open_rooms()
	local muc = introduction.main_muc();
	if not modules_of(muc).muc or verifies_tokens(muc) or has_guarded_rooms() then return; end
	module:log("warn", "%s has no token_verification in its modules_enabled: whoever gets in to %s gets into all of its rooms. "
		.."Name it there, below Component \"%s\" \"muc\"", muc, module.host, muc);
end

return introduction;
