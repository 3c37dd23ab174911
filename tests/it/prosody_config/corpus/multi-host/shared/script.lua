-- Scripts know Lua's globals, and what they set is one of these.
seen_by_lua = os.date("!%Y", 0)
local parts = {}
for word in ("made in a script"):gmatch("%a+") do
	table.insert(parts, word)
end
return table.concat(parts, "-")
