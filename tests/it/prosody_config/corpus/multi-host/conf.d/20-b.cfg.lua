included_last = "20-b"
Component "conference.a.example.org" "muc"
	-- Set twice: the last one counts.
	name = "first"
	name = "second"
