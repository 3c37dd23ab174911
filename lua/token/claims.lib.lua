-- The session fields that follow from a verified token: those that Jitsi's modules read, and what the shim keeps
-- beside them. The lists of other files are made from this one as they load, so that no field is forgotten in one.

-- type: what an answer of the daemon must have there, since this shim reads it so. Without one the value may be anything
-- that a token has in its context. is_own: the shim sets it, and no answer may. decides_room: rooms are decided on it.
local fields = {
	{ name = "auth_token"; is_own = true };
	{ name = "jitsi_meet_room"; type = "string"; decides_room = true };
	{ name = "jitsi_meet_domain"; type = "string"; decides_room = true };
	{ name = "jitsi_meet_auth_issuer"; type = "string"; decides_room = true };
	{ name = "jitsi_meet_str_tenant"; decides_room = true };
	{ name = "jitsi_meet_context_user" };
	{ name = "jitsi_meet_context_group" };
	{ name = "jitsi_meet_context_features" };
	{ name = "jitsi_meet_context_room"; decides_room = true };
	{ name = "jitsi_meet_tenant_mismatch"; type = "boolean" };
	{ name = "tokend_affiliation"; type = "string" };
	{ name = "tokend_token_id"; is_own = true };
	{ name = "tokend_room_verdict"; is_own = true };
	{ name = "tokend_verified_token"; is_own = true };
	{ name = "tokend_changes_seen"; is_own = true };
	{ name = "tokend_check_again_at"; is_own = true };
	{ name = "tokend_warned_of"; is_own = true };
};

local names, is_claim = {}, {};
for i, field in ipairs(fields) do
	names[i], is_claim[field.name] = field.name, true;
end

-- The fields that the daemon decides a room on, apart from whether there is a token. The prefix is no claim: it is the
-- tenant of the client's URL, which must fit the token.
local room_fields = { "jitsi_web_query_prefix" };
for _, field in ipairs(fields) do
	if field.decides_room then table.insert(room_fields, field.name); end
end

local function copy(from, to)
	for _, name in ipairs(names) do to[name] = from[name]; end
	return to;
end

local function clear(session)
	copy({}, session);
end

-- A copy of the session that has the claims of another one, to ask what would be decided on it.
local function carried_by(session, claims)
	local candidate = {};
	for name, value in pairs(session) do
		if not is_claim[name] then candidate[name] = value; end
	end
	return copy(claims, candidate);
end

return { fields = fields; room_fields = room_fields; copy = copy; clear = clear; carried_by = carried_by };
