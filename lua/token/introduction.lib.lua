-- The first word to the daemon, as a module loads: whoever set this up hears of a mistake before anybody joins.

local introduction = {};

local function has_host(hosts, name)
	for _, host in ipairs(hosts) do
		if host == name then return true; end
	end
	return false;
end

-- Never waits. The log has a line where the daemon cannot be asked, or would have no verdict.
function introduction.start(client)
	client:ask_hosts(function (hosts, failure)
		if not hosts then
			module:log("warn", "prosody-tokend at %s does not tell its hosts (%s). Until it does, nobody gets in to %s. "
				.."Check that it runs, and that tokend_url and tokend_api_key are right", client.url, failure, client.host);
		elseif not has_host(hosts, client.host) then
			module:log("warn", "prosody-tokend at %s does not know %s, so nobody gets in there (it knows %s). Set "
				.."prosody_config in its configuration, or add a section for this host; its command check shows what it knows",
				client.url, client.host, table.concat(hosts, ", "));
		end
	end);
end

return introduction;
