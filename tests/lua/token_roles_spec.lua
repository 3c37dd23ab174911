package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";
local st = require "util.stanza";

local host = "meet.example.com";
local muc = "conference.meet.example.com";
local room_jid = "standup@"..muc;
local ann = "ann@meet.example.com";

local module;

-- A room as mod_muc has it, as far as it matters.
local function new_room(fields)
	local room = { jid = room_jid; affiliations = {}; changes = 0 };
	for name, value in pairs(fields or {}) do room[name] = value; end

	function room:get_affiliation(jid) return self.affiliations[jid]; end

	function room:set_affiliation(actor, jid, affiliation)
		assert.is_true(actor);
		if self.refuses then return nil, "cancel", self.refuses; end
		self.affiliations[jid], self.changes = affiliation, self.changes + 1;
		return true;
	end

	function room:get_default_role(affiliation)
		if affiliation == "owner" or affiliation == "admin" then return "moderator", 3; end
		if self.members_only and not affiliation then return nil, 0; end
		if self.moderated and not affiliation then return "visitor", 1; end
		return "participant", 2;
	end

	function room:get_members_only() return self.members_only; end
	function room:get_password() return self.password; end
	return room;
end

local function refuse(event, condition)
	event.refused = condition;
	return true;
end

-- What turns somebody away: the lobby, the list of members, a ban and the password, each at its priority.
local function hook_refusals()
	module:hook("muc-occupant-pre-join", function (event)
		if event.room.members_only and not event.room:get_affiliation(ann) then return refuse(event, "lobby"); end
	end, -4);
	module:hook("muc-occupant-pre-join", function (event)
		if event.room:get_affiliation(ann) == "outcast" then return refuse(event, "ban"); end
	end, -10);
	module:hook("muc-occupant-pre-join", function (event)
		local given = event.stanza:get_child("x", "http://jabber.org/protocol/muc"):get_child_text("password");
		if event.room.password and event.room.password ~= given then return refuse(event, "password"); end
	end, -20);
end

local function load_module(on, modules)
	prosody.hosts[on or muc] = { type = on and "local" or "component"; modules = modules or { token_verification = {} } };
	module = support.load("mod_token_roles", on or muc);
	hook_refusals();
end

local function session_of(affiliation, fields)
	local session = support.session({ tokend_affiliation = affiliation; jitsi_meet_verified_room = room_jid });
	for name, value in pairs(fields or {}) do session[name] = value or nil; end
	return session;
end

-- Has ann join, and returns her as an occupant, and what she was refused for.
local function join(room, session, fields)
	fields = fields or {};
	local occupant = { bare_jid = ann; role = fields.role or room:get_default_role(room:get_affiliation(ann)) };
	local stanza = st.presence({ from = ann.."/1"; to = room_jid.."/ann" }):tag("x", { xmlns = "http://jabber.org/protocol/muc" });
	if fields.password then stanza:text_tag("password", fields.password); end
	local event = { room = room; origin = session; occupant = occupant; stanza = stanza:reset() };
	module.events.fire_event("muc-occupant-pre-join", event);
	return occupant, event.refused;
end

describe("mod_token_roles", function ()
	before_each(function () support.reset(); load_module(); end);

	describe("on a join", function ()
		local cases = {
			{ "makes an owner of a moderator", "owner", nil, "owner", "moderator" };
			{ "makes a member of anybody else with a token", "member", nil, "member", "participant" };
			{ "raises a member to owner", "owner", "member", "owner", "moderator" };
			{ "raises an admin to owner", "owner", "admin", "owner", "moderator" };
			{ "leaves an owner an owner", "owner", "owner", "owner", "moderator" };
			{ "does not demote an owner by another's grant", "member", "owner", "owner", "moderator" };
			{ "does not demote an admin", "member", "admin", "admin", "moderator" };
			{ "leaves a member a member", "member", "member", "member", "participant" };
		};
		for _, case in ipairs(cases) do
			it(case[1], function ()
				local room = new_room({ affiliations = { [ann] = case[3] } });
				local occupant = join(room, session_of(case[2]));
				assert.equal(case[4], room:get_affiliation(ann));
				assert.equal(case[5], occupant.role);
				assert.equal(case[3] == case[4] and 0 or 1, room.changes);
				assert.equal(0, #support.loud_lines());
			end);
		end

		it("changes nothing that need not be changed", function ()
			for _, present in ipairs({ "member", "admin", "owner" }) do
				local room = new_room({ affiliations = { [ann] = present } });
				join(room, session_of("member"));
				assert.equal(0, room.changes);
			end
		end);

		it("gives a member a voice in a moderated room", function ()
			local room = new_room({ moderated = true });
			assert.equal("participant", (join(room, session_of("member"))).role);
		end);

		it("leaves a role that another module has chosen", function ()
			for _, affiliation in ipairs({ "owner", "member" }) do
				local room = new_room();
				local occupant = join(room, session_of(affiliation), { role = "visitor" });
				assert.equal("visitor", occupant.role);
				assert.equal(affiliation, room:get_affiliation(ann));
			end
		end);

		it("never waits and asks nobody", function ()
			join(new_room(), session_of("owner"));
			assert.equal(0, #support.requests);
		end);

		it("tells what keeps it from doing so, and changes no role then", function ()
			local room = new_room({ refuses = "not-allowed" });
			local occupant = join(room, session_of("owner"));
			assert.equal("participant", occupant.role);
			assert.truthy(support.lines("warn")[1]:find("could not become owner of", 1, true));
		end);
	end);

	describe("leaves alone", function ()
		local others = {
			{ "guests, who have no verdict on a token", {} };
			{ "who is not let into this room by token_verification", { tokend_affiliation = "owner"; jitsi_meet_verified_room = false } };
			{ "who was let into another room", { tokend_affiliation = "owner"; jitsi_meet_verified_room = "board@"..muc } };
			{ "who was let into the main room of this one", {
				tokend_affiliation = "owner"; jitsi_meet_verified_room = "standup@main.example.com" } };
			{ "a module's own idea of a token", { auth_token = "a"; jitsi_meet_context_user = { moderator = true } } };
			{ "another server's users", { type = "s2sin"; jitsi_meet_verified_room = false } };
		};
		for _, case in ipairs(others) do
			it(case[1], function ()
				local room = new_room();
				local occupant = join(room, session_of(nil, case[2]));
				assert.equal(0, room.changes);
				assert.equal("participant", occupant.role);
			end);
		end

		for _, affiliation in ipairs({ "outcast", "none", "admin", "Owner", "" }) do
			it("an affiliation that no token gives: '"..affiliation.."'", function ()
				local room = new_room({ affiliations = { [ann] = "member" } });
				join(room, session_of(affiliation));
				assert.equal("member", room:get_affiliation(ann));
				assert.equal(0, room.changes);
			end);
		end
	end);

	describe("with a lobby", function ()
		it("lets a moderator pass it", function ()
			local room = new_room({ members_only = true });
			local occupant, refused = join(room, session_of("owner"));
			assert.is_nil(refused);
			assert.equal("owner", room:get_affiliation(ann));
			assert.equal("moderator", occupant.role);
		end);

		it("has everybody else wait in it, and gives them nothing before", function ()
			local room = new_room({ members_only = true });
			local _, refused = join(room, session_of("member"));
			assert.equal("lobby", refused);
			assert.equal(0, room.changes);
		end);

		it("has who was let in by a moderator be what that one said", function ()
			for _, affiliation in ipairs({ "member", "owner" }) do
				local room = new_room({ members_only = true; affiliations = { [ann] = affiliation } });
				local _, refused = join(room, session_of("member"));
				assert.is_nil(refused);
				assert.equal(affiliation, room:get_affiliation(ann));
			end
		end);

		it("has a guest wait in it", function ()
			local _, refused = join(new_room({ members_only = true }), session_of(nil));
			assert.equal("lobby", refused);
		end);
	end);

	describe("gives nothing to", function ()
		it("who does not know the password", function ()
			for _, affiliation in ipairs({ "owner", "member" }) do
				for _, password in ipairs({ false, "wrong" }) do
					local room = new_room({ password = "right" });
					local _, refused = join(room, session_of(affiliation), { password = password or nil });
					assert.equal("password", refused);
					assert.equal(0, room.changes);
				end
			end
		end);

		it("a moderator without the password of a room with a lobby", function ()
			local room = new_room({ password = "right"; members_only = true });
			local _, refused = join(room, session_of("owner"), { password = "wrong" });
			assert.equal("lobby", refused);
			assert.equal(0, room.changes);
		end);

		it("who is banned", function ()
			for _, affiliation in ipairs({ "owner", "member" }) do
				local room = new_room({ affiliations = { [ann] = "outcast" } });
				local _, refused = join(room, session_of(affiliation));
				assert.equal("ban", refused);
				assert.equal("outcast", room:get_affiliation(ann));
			end
		end);
	end);

	it("gives what the token says to who knows the password", function ()
		for _, affiliation in ipairs({ "owner", "member" }) do
			local room = new_room({ password = "right" });
			local _, refused = join(room, session_of(affiliation), { password = "right" });
			assert.is_nil(refused);
			assert.equal(affiliation, room:get_affiliation(ann));
		end
	end);

	it("says on a VirtualHost that it belongs to the component, and does nothing there", function ()
		load_module(host);
		assert.truthy(support.lines("error")[1]:find("does nothing on the VirtualHost "..host, 1, true));
		local room = new_room();
		join(room, session_of("owner"));
		assert.equal(0, room.changes);
	end);

	it("says as Prosody starts that it does nothing without token_verification", function ()
		prosody.events.fire_event("server-started");
		assert.equal(0, #support.loud_lines());
		support.reset();
		load_module(nil, {});
		prosody.events.fire_event("server-started");
		prosody.events.fire_event("server-started");
		assert.equal(1, #support.lines("warn"));
		assert.truthy(support.lines("warn")[1]:find("token_roles does nothing for "..muc, 1, true));
	end);
end);
