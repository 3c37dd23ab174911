VirtualHost "included.example"
	a = "a"
