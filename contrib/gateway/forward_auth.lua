-- Asks a server of forward auth about a request: http-request lua.forward_auth URL NAMES
-- NAMES are the headers, with commas between, that the answer sets: none of them ever comes from the client.
-- Sets txn.forward_auth to "allowed" where the request may go on, and answers it where it may not.

-- What belongs to the client's own connection, or to its body, or describes a request that another server asks about.
local own = {
	["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true, ["keep-alive"] = true,
	["proxy-connection"] = true, ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
	["x-forwarded-method"] = true, ["x-forwarded-uri"] = true, ["x-original-method"] = true,
	["x-original-uri"] = true, ["x-original-url"] = true,
};

-- HAProxy counts values from 0.
local function values(listed)
	local all = {};
	for index = 0, #listed do all[#all + 1] = listed[index]; end
	return all;
end

local function question(txn)
	local headers = {};
	for name, listed in pairs(txn.http:req_get_headers()) do
		if not own[name] then headers[name] = values(listed); end
	end
	headers["x-original-uri"] = { txn.f:pathq() };
	headers["x-original-method"] = { txn.f:method() };
	return headers;
end

local function first(answer, name)
	local listed = (answer.headers or {})[name];
	return listed and listed[0] or "";
end

local function set_identity(txn, answer, names)
	for name in names:gmatch("[^,]+") do
		local value = first(answer, name);
		txn.http:req_del_header(name);
		if value ~= "" then txn.http:req_add_header(name, value); end
	end
end

local function refuse(txn, answer)
	local reply = txn:reply({ status = answer.status, body = answer.body });
	for _, name in ipairs({ "content-type", "www-authenticate" }) do
		local value = first(answer, name);
		if value ~= "" then reply:add_header(name, value); end
	end
	txn:done(reply);
end

core.register_action("forward_auth", { "http-req" }, function(txn, url, names)
	local answer = core.httpclient():get({ url = url, headers = question(txn), timeout = 1000 });
	if answer.status == 200 then
		set_identity(txn, answer, names);
		txn:set_var("txn.forward_auth", "allowed");
	elseif answer.status == 401 or answer.status == 403 then
		refuse(txn, answer);
	end
end, 2);
