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

return introduction;
