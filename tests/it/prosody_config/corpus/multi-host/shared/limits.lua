limits = { c2s = { rate = "1mb/s" } }
token_regex_room_max_length = "64"
