VirtualHost "acme.example.net" {
	authentication = "token";
	app_id = "acme";
	app_secret = "first";
	modules_enabled = { "ping" };
}

Component "rooms.acme.example.net" "muc" {
	modules_enabled = { "token_verification" };
	restrict_room_creation = true;
}
after_a_table = "is global again"
