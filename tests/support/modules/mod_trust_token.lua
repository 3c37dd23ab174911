-- Does what modules do that take whoever has auth_token for authenticated: makes such an occupant an owner. Writes to the
-- log what it makes of each.

module:hook("muc-occupant-joined", function (event)
	local occupant, is_trusted = event.occupant, event.origin.auth_token ~= nil;
	if is_trusted then event.room:set_affiliation(true, occupant.bare_jid, "owner"); end
	module:log("info", "%s is taken for %s", event.nick, is_trusted and "a host" or "a guest");
end, 2);
