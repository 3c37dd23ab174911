-- Puts a public key on each session before its token is decided, as modules do that fetch keys themselves.

module:set_global();

local public_key = module:get_option_string("tests_public_key");

if public_key then
	module:hook("pre-jitsi-authentication-fetch-key", function (session)
		session.public_key = public_key;
	end);
end
