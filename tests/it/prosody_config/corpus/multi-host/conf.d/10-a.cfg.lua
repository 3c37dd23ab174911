-- Nothing but a host; the file that includes this one goes on in its own section.
VirtualHost "a.example.org"
	app_id = "a"
	order = (order_so_far or "") .. "a"
