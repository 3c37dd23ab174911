-- Reads JSON as prosody-tokend writes it as a rule: objects of strings, booleans and such objects, with neither
-- escapes nor white space, but for the end of the line. util.json goes over the bytes of a text several times, which costs ten times as much.

local byte, find, sub = string.byte, string.find, string.sub;

local quote, colon, comma, left_brace, right_brace = ("\":,{}"):byte(1, -1);
local first_of_true, first_of_false = ("tf"):byte(1, -1);

-- What util.json takes for more than names of members.
local is_special = { __array = true; __hash = true };

local read_object;

-- The functions below return what is at a position and where it ends, or nil where that is not plain.

local function read_string(text, first)
	local last = find(text, "\"", first + 1, true);
	if not last then return nil; end
	return sub(text, first + 1, last - 1), last + 1;
end

local function read_value(text, first)
	local start = byte(text, first);
	if start == quote then return read_string(text, first); end
	if start == left_brace then return read_object(text, first); end
	if start == first_of_true and sub(text, first, first + 3) == "true" then return true, first + 4; end
	if start == first_of_false and sub(text, first, first + 4) == "false" then return false, first + 5; end
	return nil;
end

local function read_member(text, first)
	if byte(text, first) ~= quote then return nil; end
	local name, after = read_string(text, first);
	if not name or is_special[name] or byte(text, after) ~= colon then return nil; end
	return name, read_value(text, after + 1);
end

function read_object(text, first)
	local object, position = {}, first + 1;
	if byte(text, position) == right_brace then return object, position + 1; end
	while true do
		local name, value, after = read_member(text, position);
		if value == nil then return nil; end
		object[name] = value;
		local separator = byte(text, after);
		if separator == right_brace then return object, after + 1; end
		if separator ~= comma then return nil; end
		position = after + 1;
	end
end

-- The object that the text is, or nil where the text is no plain JSON, or no JSON at all.
local function decode(text)
	if byte(text, 1) ~= left_brace or find(text, "\\", 1, true) then return nil; end
	local object, after = read_object(text, 1);
	return object and find(text, "^\n?$", after) and object or nil;
end

return { decode = decode };
