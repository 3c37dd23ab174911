local prosodys_own = {
	["net.connect"] = true; ["net.resolvers.basic"] = true; ["core.sessionmanager"] = true; ["core.usermanager"] = true;
};

-- What a file does without where Prosody is too old for it, and loads in protected mode.
local optional = { ["util.crypto"] = true };

local function text_of(path)
	local file = assert(io.open(path));
	local text = file:read("*a");
	file:close();
	return text;
end

local function is_prosodys(name)
	return prosodys_own[name] or name:find("^util%.[%w.]+$") ~= nil;
end

local function plugin_files()
	local files = {};
	for path in io.popen("find lua -name '*.lua'"):lines() do table.insert(files, path); end
	assert(#files >= 11, "the plugin files are looked for in lua/, from the root of the project");
	return files;
end

for _, path in ipairs(plugin_files()) do
	describe(path, function ()
		it("requires nothing but what Prosody ships, under names that 0.12 and 13 know", function ()
			local text = text_of(path);
			local _, every = text:gsub("%f[%w_.:]require%f[^%w_]", "");
			local named = 0;
			for required in text:gmatch("pcall%(require, \"([^\"]+)\"%)") do
				named = named + 1;
				assert.truthy(optional[required], required.." is not optional");
			end
			for required in text:gmatch("%f[%w_.:]require%s*%(?%s*[\"']([^\"']+)[\"']") do
				named = named + 1;
				assert.truthy(is_prosodys(required), required.." is not Prosody's");
			end
			assert.equal(every, named, "a require whose name is not written out");
		end);

		it("needs no module or library of Prosody that is not there", function ()
			for required in text_of(path):gmatch("%f[%w_.:]require%s*%(?%s*[\"']([^\"']+)[\"']") do
				local library = (os.getenv("PROSODY_LIB") or "/usr/lib/prosody").."/"..required:gsub("%.", "/");
				local file = io.open(library..".lua") or io.open(library..".so");
				assert.truthy(file, required.." is not in the installed Prosody");
				file:close();
			end
		end);
	end);
end
