-- Tokens for the modules that load "luajwtjitsi" and sign some of their own, such as mod_short_lived_token. What Prosody
-- brings along signs them, with the key that the module hands over; prosody-tokend knows nothing of those keys.
-- Who is let in is not decided here: that is token/util.

local base64 = require "util.encodings".base64;
local hashes = require "util.hashes";
local json = require "util.json";

-- COMPAT: 0.12 has no RSA.
local has_crypto, crypto = pcall(require, "util.crypto");
if not has_crypto then crypto = {}; end

local max_token_length = 16384;

local url_safe = { ["+"] = "-"; ["/"] = "_"; ["="] = ""; ["-"] = "+"; ["_"] = "/" };

local function to_url64(data)
	return (base64.encode(data):gsub("[+/=]", url_safe));
end

local function from_url64(text)
	if text:find("[^%w_-]") or #text % 4 == 1 then return nil; end
	return base64.decode(text:gsub("[-_]", url_safe)..("="):rep(-#text % 4));
end

local function import(import_pem, key)
	local ok, imported = pcall(import_pem, key);
	return ok and imported and imported:get_type() == "rsaEncryption" and imported or nil;
end

local function hmac_algorithm(hmac)
	return hmac and {
		sign = function (data, key) return hmac(key, data); end;
		verify = function (data, signature, key) return hashes.equals(hmac(key, data), signature); end;
	};
end

local function rsa_algorithm(sign, verify)
	return sign and {
		sign = function (data, key)
			local private_key = import(crypto.import_private_pem, key);
			if not private_key then return nil, "Not a private PEM key"; end
			return sign(private_key, data);
		end;
		verify = function (data, signature, key)
			local public_key = import(crypto.import_public_pem, key);
			return public_key and verify(public_key, data, signature) or false;
		end;
	};
end

-- COMPAT: 0.12 lacks some of HMAC, too.
local algorithms = {};
for _, bits in ipairs({ "256"; "384"; "512" }) do
	local rsa = "rsassa_pkcs1_sha"..bits;
	algorithms["HS"..bits] = hmac_algorithm(hashes["hmac_sha"..bits]) or nil;
	algorithms["RS"..bits] = rsa_algorithm(crypto[rsa.."_sign"], crypto[rsa.."_verify"]) or nil;
end

local function unsupported(algorithm)
	local is_rsa = algorithm == "RS256" or algorithm == "RS384" or algorithm == "RS512";
	return is_rsa and algorithm.." needs Prosody 13 or newer" or "Algorithm not supported";
end

local function encode_json(value)
	local ok, text = pcall(json.encode, value);
	return ok and text or nil;
end

local function decode_json(text)
	local ok, value = pcall(json.decode, text);
	return ok and type(value) == "table" and value or nil;
end

local luajwtjitsi = {};

-- A signed token, or nil and why there is none.
function luajwtjitsi.encode(data, key, algorithm, header)
	algorithm = algorithm or "HS256";
	if type(data) ~= "table" then return nil, "Argument #1 must be table"; end
	if type(key) ~= "string" then return nil, "Argument #2 must be string"; end
	if not algorithms[algorithm] then return nil, unsupported(algorithm); end
	local whole_header = { typ = "JWT"; alg = algorithm };
	for name, value in pairs(header or {}) do whole_header[name] = whole_header[name] or value; end
	local header_text, payload_text = encode_json(whole_header), encode_json(data);
	if not (header_text and payload_text) then return nil, "Not encodable as JSON"; end
	local input = to_url64(header_text).."."..to_url64(payload_text);
	local signature, err = algorithms[algorithm].sign(input, key);
	if not signature then return nil, err or "Signing failed"; end
	return input.."."..to_url64(signature);
end

local function read(token, algorithm, key)
	local input, header_part, payload_part, signature_part = token:match("^(([^.]+)%.([^.]+))%.([^.]+)$");
	if not input or #token > max_token_length then return nil, "Invalid token"; end
	local header, payload = decode_json(from_url64(header_part)), decode_json(from_url64(payload_part));
	local signature = from_url64(signature_part);
	if not header then return nil, "Invalid header"; end
	if not payload then return nil, "Invalid body"; end
	if not signature then return nil, "Invalid signature"; end
	if header.typ ~= "JWT" then return nil, "Invalid typ"; end
	if header.alg ~= algorithm then return nil, "Invalid or incorrect alg"; end
	-- RFC 7515 section 4.1.11: nobody here knows any extension.
	if header.crit ~= nil then return nil, "Invalid header"; end
	if not algorithms[algorithm].verify(input, signature, key) then return nil, "Invalid signature"; end
	return payload;
end

local function check_times(claims)
	for _, name in ipairs({ "exp"; "nbf" }) do
		if claims[name] ~= nil and type(claims[name]) ~= "number" then return name.." must be number"; end
	end
	local now = os.time();
	if claims.exp and now >= claims.exp then
		return ("Not acceptable by exp (%s sec since expired)"):format(tostring(now - claims.exp));
	end
	if claims.nbf and now < claims.nbf then return "Not acceptable by nbf"; end
end

local function check_claim(claims, name, accepted)
	if not accepted then return; end
	if claims[name] == nil then return ("'%s' claim is missing"):format(name); end
	for _, value in ipairs(accepted) do
		if value == "*" or value == claims[name] then return; end
	end
	return ("invalid '%s' claim"):format(name);
end

-- The claims of a token, or nil and why it is not good.
function luajwtjitsi.verify(token, algorithm, key, issuers, audiences)
	if type(token) ~= "string" then return nil, "token argument must be string"; end
	if type(algorithm) ~= "string" then return nil, "algorithm argument must be string"; end
	if type(key) ~= "string" then return nil, "key argument must be string"; end
	if issuers ~= nil and type(issuers) ~= "table" then return nil, "acceptedIssuers argument must be table"; end
	if audiences ~= nil and type(audiences) ~= "table" then return nil, "acceptedAudiences argument must be table"; end
	if not algorithms[algorithm] then return nil, unsupported(algorithm); end
	local claims, err = read(token, algorithm, key);
	if not claims then return nil, err; end
	err = check_times(claims) or check_claim(claims, "iss", issuers) or check_claim(claims, "aud", audiences);
	if err then return nil, err; end
	return claims;
end

return luajwtjitsi;
